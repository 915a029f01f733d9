import fs from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import type { LocalStore } from "../../../src/store/local/local-store.ts";
import { clearEntries, entriesOf, pruneEntries, statsOf } from "../../../src/store/local/queries.ts";
import { emptyFolder, get, openStore, put, withIndex } from "../local-rig.ts";
import { blobsIn } from "./damage-rig.ts";

const LARGE = 40_000;

/** Content of 40,000 bytes, in a blob of its own for each number. */
function large(n: number): Uint8Array {
  return new Uint8Array(LARGE).fill(n);
}

function keysOf(store: LocalStore): string[] {
  return [...entriesOf(store)].map((entry) => entry.key).sort();
}

/** All that the store keeps, as it lies on the disk. */
function bytesOnDisk(store: LocalStore): number {
  const blobs = blobsIn(store.dir).reduce((sum, blob) => sum + fs.statSync(blob).size, 0);
  const inline = withIndex(store.dir, (db) => db.prepare("SELECT sum(inline_bytes) AS bytes FROM entries").get());
  return blobs + Number(inline?.["bytes"] ?? 0);
}

function fakeTime(): (minutes: number) => void {
  const start = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  onTestFinished(() => void vi.useRealTimers());
  return (minutes) => void vi.setSystemTime(start + minutes * 60_000);
}

test("the total is what lies on the disk, whatever is stored, replaced and removed", async () => {
  const store = await openStore(await emptyFolder());
  const expectRight = (): void => expect(statsOf(store).bytes).toBe(bytesOnDisk(store));

  for (let n = 0; n < 6; n += 1) await put(store, `large ${n}`, large(n));
  for (let n = 0; n < 6; n += 1) await put(store, `same ${n}`, large(0));
  for (let n = 0; n < 6; n += 1) await put(store, `small ${n}`, "x".repeat(n * 100));
  expectRight();
  await put(store, "large 1", large(7));
  await put(store, "large 2", "small now");
  await put(store, "small 3", large(8));
  expectRight();
  await clearEntries(store, { key: "same 0" });
  await clearEntries(store, { key: "large 0" });
  expectRight();
  await clearEntries(store, {});
  expect([statsOf(store).bytes, bytesOnDisk(store)]).toEqual([0, 0]);
});

test("content that entries share stays until the last of them goes, and goes with it", async () => {
  const store = await openStore(await emptyFolder());
  await put(store, "a", large(1));
  await put(store, "b", large(1));
  expect(blobsIn(store.dir)).toHaveLength(1);

  expect(await clearEntries(store, { key: "a" })).toEqual({ entries: 1, bytes: 0 });
  expect(await get(store, "b")).toEqual({ value: large(1) });
  expect((await clearEntries(store, { key: "b" })).bytes).toBeGreaterThanOrEqual(LARGE);

  expect(blobsIn(store.dir)).toEqual([]);
});

test("what was used longest ago is evicted first, down to a tenth below the limit", async () => {
  const at = fakeTime();
  const store = await openStore(await emptyFolder(), { sizeLimit: 10 * (LARGE + 100) });
  for (let n = 0; n < 10; n += 1) {
    at(n);
    await put(store, `k${n}`, large(n));
  }
  expect(keysOf(store)).toHaveLength(10);
  at(20);
  for (const key of ["k0", "k3"]) store.used(key);
  store.flush();

  at(30);
  await put(store, "new", large(99));

  expect(keysOf(store)).toEqual(["k0", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "new"].filter((key) => key !== "k2"));
  expect(blobsIn(store.dir)).toHaveLength(keysOf(store).length);
});

test("several that write at once keep the limit between them", async () => {
  const dir = await emptyFolder();
  const sizeLimit = 20 * LARGE;
  const stores = await Promise.all([0, 1, 2].map(() => openStore(dir, { sizeLimit })));

  await Promise.all(
    stores.map(async (store, place) => {
      for (let n = 0; n < 40; n += 1) await put(store, `${place} ${n}`, new Uint8Array(LARGE).fill(n * 3 + place));
    }),
  );

  const [store] = stores as [LocalStore];
  // Each looks after what it stored itself, and may have stored one that it has not looked after yet.
  expect(statsOf(store).bytes).toBeLessThanOrEqual(sizeLimit * 1.03 + 3 * LARGE);
  expect(bytesOnDisk(store)).toBe(statsOf(store).bytes);
  expect(keysOf(store).length).toBeGreaterThan(10);
});

test("a value that is larger than the limit does no harm", async () => {
  const store = await openStore(await emptyFolder(), { sizeLimit: 10_000 });

  await put(store, "large", large(1));
  await put(store, "small", "x");

  expect(statsOf(store).bytes).toBeLessThanOrEqual(10_000);
  expect(blobsIn(store.dir)).toEqual([]);
  expect(await get(store, "small")).toEqual({ value: "x" });
});

test("what somebody is reading is not evicted until it is read", async () => {
  const dir = await emptyFolder();
  const [reader, other] = [await openStore(dir), await openStore(dir)];
  await put(reader, "a", large(1));
  await put(reader, "b", large(2));

  await reader.whileReading("a", async () => {
    expect((await clearEntries(other, {})).entries).toBe(1);
    expect((await pruneEntries(other, { maxBytes: 0 })).entries).toBe(0);
    expect(keysOf(other)).toEqual(["a"]);
    expect(await get(other, "a")).toEqual({ value: large(1) });
  });

  expect((await clearEntries(other, {})).entries).toBe(1);
  expect(blobsIn(dir)).toEqual([]);
});

test("of several readings of one entry, the last one frees it", async () => {
  const dir = await emptyFolder();
  const [reader, other] = [await openStore(dir), await openStore(dir)];
  await put(reader, "a", large(1));
  const ends: (() => void)[] = [];
  const readings = [0, 1].map(() =>
    reader.whileReading("a", () => new Promise<void>((resolve) => void ends.push(resolve))),
  );

  ends[0]?.();
  await readings[0];
  expect((await clearEntries(other, {})).entries).toBe(0);
  ends[1]?.();
  await readings[1];

  expect((await clearEntries(other, {})).entries).toBe(1);
  expect(withIndex(dir, (db) => db.prepare("SELECT * FROM pins").all())).toEqual([]);
});

test("a reading that fails frees the entry as well", async () => {
  const dir = await emptyFolder();
  const [reader, other] = [await openStore(dir), await openStore(dir)];
  await put(reader, "a", large(1));

  await expect(reader.whileReading("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");

  expect((await clearEntries(other, {})).entries).toBe(1);
});

test("a reader that is gone keeps nothing", async () => {
  const store = await openStore(await emptyFolder());
  await put(store, "a", large(1));
  withIndex(store.dir, (db) => db.exec("INSERT INTO pins VALUES ('a', '1-0123456789abcdef')"));

  expect((await clearEntries(store, {})).entries).toBe(1);
});

test("what is evicted between its row and its blob being read counts as absent, what is replaced is read anew", async () => {
  const dir = await emptyFolder();
  const [reader, other] = [await openStore(dir), await openStore(dir)];
  await put(reader, "a", large(1));
  await put(reader, "b", large(2));
  const [a, b] = [reader.lookup("a"), reader.lookup("b")];
  if (typeof a === "string" || typeof b === "string") throw new Error("They are not there.");
  await clearEntries(other, { key: "a" });
  await put(other, "b", large(3));

  await expect(reader.value(a)).rejects.toThrow("it was evicted while it was being read");
  expect(await reader.value(b)).toEqual(large(3));
  expect(await get(other, "b")).toEqual({ value: large(3) });
});

test("entries are too old when their store says so, and prune removes them", async () => {
  const at = fakeTime();
  const dir = await emptyFolder();
  const [young, old] = [await openStore(dir, { maxAgeMs: 60_000 }), await openStore(dir)];
  await put(old, "a", large(1));
  at(2);
  await put(old, "b", large(2));
  const [a, b] = [old.lookup("a"), old.lookup("b")];
  if (typeof a === "string" || typeof b === "string") throw new Error("They are not there.");

  expect([young.isExpired(a), young.isExpired(b), old.isExpired(a)]).toEqual([true, false, false]);
  expect((await pruneEntries(old, { maxAgeMs: 60_000 })).entries).toBe(1);
  expect(keysOf(old)).toEqual(["b"]);
});

test.each([
  ["solve*", ["solve", "solver.run"]],
  ["*run", ["run", "solver.run"]],
  ["s?lve", ["s?lve"]],
  ["a[1]", ["a[1]"]],
  ["*", ["a[1]", "a1", "run", "s?lve", "solve", "solver.run"]],
  ["SOLVE", []],
])("the functions that %s names, and no others, are cleared and pruned", async (functionName, matching) => {
  const names = ["solve", "solver.run", "run", "s?lve", "a[1]", "a1"];
  for (const remove of [
    (store: LocalStore) => clearEntries(store, { functionName }),
    (store: LocalStore) => pruneEntries(store, { functionName }),
    (store: LocalStore) => pruneEntries(store, { functionName, maxBytes: 0 }),
  ]) {
    const store = await openStore(await emptyFolder());
    for (const name of names) await put(store, name, name, { functionName: name });

    expect((await remove(store)).entries).toBe(matching.length);
    expect(keysOf(store)).toEqual(names.filter((name) => !(matching as string[]).includes(name)).sort());
  }
});

test("writers, readers and evictions at once: what is there is right, and nothing fails", async () => {
  const dir = await emptyFolder();
  const stores = await Promise.all([0, 1, 2].map(() => openStore(dir, { sizeLimit: 6 * LARGE })));
  const wrong: unknown[] = [];

  await Promise.all(
    stores.map(async (store, place) => {
      for (let round = 0; round < 60; round += 1) {
        const n = (round * 7 + place * 3) % 12;
        const found = store.lookup(`k${n}`);
        const value = typeof found === "string" ? undefined : await Promise.resolve(store.value(found)).catch(String);
        const fine = value === undefined || value === "EntryGone" || String(value).includes("evicted");
        if (!fine && Buffer.compare(value as Uint8Array, large(n)) !== 0) wrong.push(value);
        if (value === undefined || fine) await put(store, `k${n}`, large(n));
      }
    }),
  );

  expect(wrong).toEqual([]);
  expect(bytesOnDisk(stores[0] as LocalStore)).toBe(statsOf(stores[0] as LocalStore).bytes);
});
