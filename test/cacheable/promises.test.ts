import { cacheable } from "scalable";
import { expect, test, vi } from "vitest";
import { counter, ownCache } from "./own-cache.ts";

ownCache();

test("the order of arguments counts", async () => {
  const subtract = cacheable(function subtract(a: number, b: number) {
    return a - b;
  });

  expect([await subtract(1, 2), await subtract(2, 1)]).toEqual([-1, 1]);
  expect([await subtract(1, 2), await subtract(2, 1)]).toEqual([-1, 1]);
});

test("values of different types are different calls", async () => {
  const values = [
    1,
    "1",
    1n,
    true,
    "true",
    [1],
    { 0: 1 },
    new Set([1]),
    new Map([[0, 1]]),
    new Uint8Array([1]),
    null,
    [],
  ];
  const describeType = cacheable(function describeType(value: unknown) {
    return { value };
  });

  const fresh = await Promise.all(values.map((value) => describeType(value)));
  const stored = await Promise.all(values.map((value) => describeType(value)));

  expect(fresh).toStrictEqual(values.map((value) => ({ value })));
  expect(stored).toStrictEqual(fresh);
});

test("a list of one argument and several arguments are different calls", async () => {
  const count = cacheable(function count(...values: unknown[]) {
    return values.length;
  });

  expect([await count([1, 2]), await count(1, 2), await count([1], 2), await count()]).toEqual([1, 2, 2, 0]);
  expect([await count([1, 2]), await count(1, 2), await count([1], 2), await count()]).toEqual([1, 2, 2, 0]);
});

test("300,000 inputs have 300,000 keys", async () => {
  const run = cacheable(function run(scenario: number, name: string) {
    return `${scenario} ${name}`;
  });
  const keys = new Set<string>();

  for (let scenario = 0; scenario < 150_000; scenario += 1) {
    keys.add(await run.key(scenario, "base"));
    keys.add(await run.key(scenario, "high"));
  }

  expect(keys.size).toBe(300_000);
  expect([...keys].every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
});

test("an object of parameters is one argument, whatever the order of its keys", async () => {
  const runs = counter();
  const simulate = cacheable(async function simulate(params: { readonly year: number; readonly scale: object }) {
    runs.count += 1;
    return { year: params.year };
  });

  await simulate({ year: 2030, scale: { a: 1, b: [2] } });
  const result = await simulate({ scale: { b: [2], a: 1 }, year: 2030 });
  await simulate({ year: 2031, scale: { a: 1, b: [2] } });

  expect(result).toEqual({ year: 2030 });
  expect(runs.count).toBe(2);
});

test.each([
  ["undefined", undefined],
  ["null", null],
  ["NaN", Number.NaN],
  ["an empty string", ""],
  ["false", false],
  ["-0", -0],
])("%s is a result like any other", async (_name, result) => {
  const runs = counter();
  const nothing = cacheable({ version: String(_name) }, async function nothing() {
    runs.count += 1;
    return result;
  });

  const both = [await nothing(), await nothing()];

  expect(both).toStrictEqual([result, result]);
  expect(runs.count).toBe(1);
});

test("recompute: true runs each time, and its result replaces the stored one", async () => {
  const runs = counter();
  const count = cacheable(async function count() {
    runs.count += 1;
    return runs.count;
  });
  const fresh = count.with({ recompute: true });

  expect(await count()).toBe(1);
  expect([await fresh(), await fresh()]).toEqual([2, 3]);
  expect(await count()).toBe(3);
});

test.each([
  ["second", [2, 1]],
  ["first,second", [2, 2]],
  [" firs* , other", [1, 2]],
  ["*", [2, 2]],
  ["seco", [1, 1]],
  ["sec.nd", [1, 1]],
  ["", [1, 1]],
])("SCALABLE_RECOMPUTE=%j", async (names, [secondRuns, firstRuns]) => {
  const [one, two] = [counter(), counter()];
  const first = cacheable({ version: names }, async function first() {
    one.count += 1;
    return one.count;
  });
  const second = cacheable({ version: names }, async function second() {
    two.count += 1;
    return two.count;
  });
  await first();
  await second();

  vi.stubEnv("SCALABLE_RECOMPUTE", names);
  await first();
  await second();
  vi.stubEnv("SCALABLE_RECOMPUTE", undefined);

  expect([await second(), await first()]).toEqual([secondRuns, firstRuns]);
  expect([two.count, one.count]).toEqual([secondRuns, firstRuns]);
});

test("SCALABLE_CACHE=off neither reads nor stores", async () => {
  const runs = counter();
  const count = cacheable({ args: { by: Number } }, async function count(by: number) {
    runs.count += by;
    return runs.count;
  });
  expect(await count(1)).toBe(1);

  vi.stubEnv("SCALABLE_CACHE", "off");
  expect([await count(1), await count("1" as never), await count.recompute(1)]).toEqual([2, 3, 4]);
  vi.stubEnv("SCALABLE_CACHE", "on");

  expect(await count(1)).toBe(1);
});

test("another seed is another key for all, and the first seed still has its own", async () => {
  const runs = counter();
  const count = cacheable(async function seeded(x: number) {
    runs.count += 1;
    return runs.count + x;
  });
  const key = await count.key(0);
  expect(await count(0)).toBe(1);

  vi.stubEnv("SCALABLE_SEED", "1");
  expect(await count.key(0)).not.toBe(key);
  expect([await count(0), await count(0)]).toEqual([2, 2]);

  vi.stubEnv("SCALABLE_SEED", "987654321");
  expect(await count.key(0)).toBe(key);
  expect(await count(0)).toBe(1);
});
