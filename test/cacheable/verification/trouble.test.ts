import { readFile, writeFile } from "node:fs/promises";
import { cacheable, FileType } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache, said } from "../own-cache.ts";
import { told } from "./told.ts";

const cache = ownCache();

test("a computation that throws leaves the stored result, and is told of once", async () => {
  const [events, lines, runs] = [told(), said(), counter()];
  const fn = cacheable({ name: "fragile", code: "name", verify: 1 }, async () => {
    runs.count += 1;
    if (runs.count > 1) throw new Error("the licence server is away");
    return 7;
  });
  await fn();
  expect([await fn(), await fn()]).toEqual([7, 7]);
  expect(events.slice(1).map(({ hit, verified }) => [hit, verified])).toEqual([
    [true, "failed"],
    [true, "failed"],
  ]);
  expect(lines).toEqual([
    "scalable: warning: A stored result of fragile could not be checked by computing it again: the licence server is away. The caller gets what is stored.",
  ]);
  expect(await fn.has()).toBe(true);
});

test("an input that changes while it is computed again is no difference", async () => {
  const [events, lines] = [told(), said()];
  const file = await cache.ws.write("input.txt", "1");
  let write: string | undefined;
  const fn = cacheable({ name: "reader", code: "name", args: { file: FileType }, verify: 1 }, async (file: string) => {
    if (write !== undefined) await writeFile(file, write);
    return readFile(file, "utf8");
  });
  await fn(file);
  write = "2";
  expect(await fn(file)).toBe("1");
  expect(events[1]).toMatchObject({ hit: true, verified: "failed" });
  expect(lines).toHaveLength(1);
});

test("an undeclared input is found", async () => {
  const lines = said();
  const file = await cache.ws.write("fuel.csv", "3.1");
  const fn = cacheable({ name: "undeclared", code: "name", verify: 1 }, async () => ({
    price: Number(await readFile(file, "utf8")),
  }));
  await fn();
  await writeFile(file, "3.2");
  expect(await fn()).toEqual({ price: 3.2 });
  expect(lines[0]).toContain("result.price: 3.1 → 3.2");
});

test("a body that calls itself gets the stored result, and ends", async () => {
  const runs = counter();
  let inner = false;
  const fn: () => Promise<number> = cacheable({ name: "self", code: "name", verify: 1 }, async (): Promise<number> => {
    runs.count += 1;
    return inner ? fn() : 5;
  });
  await fn();
  inner = true;
  expect(await fn()).toBe(5);
  expect(runs.count).toBe(2);
});

test("several that check one call at once do not disturb each other", async () => {
  const [events, lines, runs] = [told(), said(), counter()];
  const fn = cacheable({ name: "at once", code: "name", verify: 1 }, async () => {
    runs.count += 1;
    const mine = runs.count;
    await new Promise((resolve) => setImmediate(resolve));
    return mine === 1 ? "first" : "later";
  });
  await fn();
  expect(await Promise.all([fn(), fn(), fn()])).toEqual(["later", "later", "later"]);
  expect(lines).toHaveLength(1);
  expect(events.slice(1).map(({ verified }) => verified)).toEqual(["different", "different", "different"]);
});

test("a fresh entry that came meanwhile is not touched", async () => {
  const runs = counter();
  said();
  let during: (() => Promise<unknown>) | undefined;
  const fn = cacheable({ name: "meanwhile", code: "name", verify: 1 }, async () => {
    runs.count += 1;
    const [mine, also] = [runs.count, during];
    during = undefined;
    await also?.();
    return mine;
  });
  await fn();
  during = () => fn.recompute();
  expect(await fn()).toBe(2);
  expect(await fn.with({ verify: 0 })()).toBe(3);
});
