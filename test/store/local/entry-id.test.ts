import { expect, test } from "vitest";
import { loadContentHasher } from "../../../src/identify/content.ts";
import { entryId, GREATEST_ID } from "../../../src/store/local/entry-id.ts";
import { verifyStore } from "../../../src/store/local/verify.ts";
import { emptyFolder, get, openStore, put } from "../local-rig.ts";
import { blobsIn } from "./damage-rig.ts";

test("the number of a call's key is in its first digits, that of other text in its digest", async () => {
  await loadContentHasher();

  expect(entryId("fffffffffffff0000000000000000000")).toBe(GREATEST_ID);
  expect(entryId("0000000000001fffffffffffffffffff")).toBe(1);
  for (const text of ["k", "FFFFFFFFFFFFF0000000000000000000", "fffffffffffff", "ä".repeat(512)]) {
    expect(Number.isSafeInteger(entryId(text))).toBe(true);
    expect(entryId(text)).not.toBe(entryId(`${text}.`));
  }
});

test("of two keys with one number, the one stored last is there, and neither gets the other's value", async () => {
  const store = await openStore(await emptyFolder());
  const [a, b] = ["0123456789abc0000000000000000000", "0123456789abc1111111111111111111"];
  await put(store, a, new Float64Array(50_000).fill(1));

  expect(store.lookup(b)).toBe("absent");
  expect(store.leases.acquire(b, "stored")).toMatchObject({ state: "acquired" });
  await put(store, b, "two");

  expect(await get(store, a)).toBeUndefined();
  expect(await get(store, b)).toEqual({ value: "two" });
  expect(blobsIn(store.dir)).toEqual([]);
  store.used(a);
  store.flush();
  await put(store, a, "one");
  expect(await get(store, a)).toEqual({ value: "one" });
  expect(await get(store, b)).toBeUndefined();
  expect(await verifyStore(store, "report")).toMatchObject({ entries: 1, problems: [] });
});
