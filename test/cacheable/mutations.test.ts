import { readdir, rm } from "node:fs/promises";
import { cacheable, FileType } from "scalable";
import { beforeEach, expect, test } from "vitest";
import { counter, ownCache, said, settled } from "./own-cache.ts";

const own = ownCache();

interface Point {
  x: number;
  deep: { list: number[] };
}

const point = (x: number): Point => ({ x, deep: { list: [x] } });

function change(target: Point): void {
  target.x += 100;
  target.deep.list.push(100);
}

const warm = cacheable(async function warm() {
  return 1;
});

beforeEach(async () => {
  // From here on the hash is there, and a call begins before it returns to its caller.
  await warm();
});

test.each<[string, (p: Point) => unknown]>([
  ["gives back what it was given", (p) => p],
  ["gives it back as a part", (p) => ({ params: p, sum: p.x })],
  ["reads it later", async (p) => settled().then(() => ({ x: p.x, list: p.deep.list }))],
  ["gives back a part of it later", async (p) => settled().then(() => p.deep)],
])("the caller changes its argument, and the function %s", async (name, body) => {
  const cached = cacheable({ name: `mutated: ${name}`, code: "name" }, async (p: Point) => body(p));
  const expected = await body(point(1));

  const argument = point(1);
  const call = cached(argument);
  change(argument);

  expect(await call).toEqual(expected);
  expect(await cached(point(1))).toEqual(expected);
  expect(argument).toEqual({ x: 101, deep: { list: [1, 100] } });
});

test("a loop that changes one object for each call", async () => {
  const yearly = cacheable(async function yearly(params: { year: number }) {
    await settled();
    return params.year;
  });
  const params = { year: 0 };
  const calls: Promise<number>[] = [];

  for (const year of [2030, 2031, 2032]) {
    params.year = year;
    calls.push(yearly(params));
  }

  expect(await Promise.all(calls)).toEqual([2030, 2031, 2032]);
  expect([await yearly({ year: 2030 }), await yearly({ year: 2032 })]).toEqual([2030, 2032]);
});

test.each<[string, object, (value: never) => void]>([
  ["an array", [1, 2], (value: number[]) => value.push(3)],
  ["a map", new Map([["a", 1]]), (value: Map<string, number>) => value.set("b", 2)],
  ["a set", new Set([1]), (value: Set<number>) => value.add(2)],
  ["a date", new Date(1), (value: Date) => value.setTime(2)],
  ["a typed array", new Float64Array(20_000).fill(1), (value: Float64Array) => value.fill(2)],
  ["a buffer", Buffer.from("abc"), (value: Buffer) => value.fill(0)],
  [
    "an object without prototype",
    Object.assign(Object.create(null), { x: 1 }),
    (value: object) => Object.assign(value, { x: 2 }),
  ],
  ["a cycle", cyclic(), (value: { list: number[] }) => value.list.push(2)],
])("%s is what it was when the call was made", async (name, argument, mutate) => {
  const runs = counter();
  const cached = cacheable({ name: `argument: ${name}`, code: "name" }, async (value: object) => {
    runs.count += 1;
    await settled();
    return value;
  });
  const original = structuredClone(argument);
  if (Object.getPrototypeOf(argument) === null) Object.setPrototypeOf(original, null);

  const call = cached(argument);
  mutate(argument as never);

  expect(await call).toStrictEqual(Buffer.isBuffer(argument) ? Buffer.from("abc") : original);
  expect(await cached(Buffer.isBuffer(argument) ? Buffer.from("abc") : original)).toStrictEqual(await call);
  expect(runs.count).toBe(1);
});

function cyclic(): object {
  const value: { list: number[]; self?: object } = { list: [1] };
  value.self = value;
  return value;
}

test("a plain this is what it was when the call was made", async () => {
  const scale = cacheable(async function scale(this: { factor: number }, x: number) {
    await settled();
    return this.factor * x;
  });
  const model = { factor: 2 };

  const call = scale.call(model, 5);
  model.factor = 3;

  expect(await call).toBe(10);
  expect([await scale.call({ factor: 2 }, 5), await scale.call({ factor: 3 }, 5)]).toEqual([10, 15]);
});

test("a function that changes its argument changes its own copy, at the first call and at the next", async () => {
  const runs = counter();
  const sorted = cacheable(async function sorted(list: number[]) {
    runs.count += 1;
    return list.sort();
  });
  const list = [3, 1, 2];

  expect([await sorted(list), await sorted(list)]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(list).toEqual([3, 1, 2]);
  expect(runs.count).toBe(1);
});

test("the caller changes its argument while a file is read for the key", async () => {
  const file = await own.ws.write("config.json", "{}");
  const cached = cacheable(
    { args: { _config: FileType, p: Object } },
    async function configured(_config: string, p: Point) {
      await settled();
      return p;
    },
  );

  const argument = point(1);
  const call = cached(file, argument);
  change(argument);

  expect(await call).toEqual(point(1));
  expect(await cached(file, point(1))).toEqual(point(1));
});

test("the caller changes its argument while the stored result turns out to be damaged", async () => {
  said();
  const cached = cacheable(async function large(p: Point) {
    return { p, field: new Float64Array(20_000).fill(p.x) };
  });
  await cached(point(1));
  for (const folder of await readdir(own.ws.resolve("cache"))) {
    if (/^[0-9a-f]{2}$/.test(folder)) await rm(own.ws.resolve("cache", folder), { recursive: true });
  }

  const argument = point(1);
  const call = cached(argument);
  change(argument);

  expect((await call).p).toEqual(point(1));
  expect((await cached(point(1))).p).toEqual(point(1));
});

test("a result that the function goes on changing is stored as it was when it was returned", async () => {
  const gate = Promise.withResolvers<void>();
  const cached = cacheable(async function unfinished() {
    const result = { list: [1] };
    void gate.promise.then(() => result.list.push(2));
    return result;
  });

  const first = await cached();
  gate.resolve();
  await settled();

  expect(first).toEqual({ list: [1, 2] });
  expect(await cached()).toEqual({ list: [1] });
});

test("what a caller does to a result changes nothing for others", async () => {
  const cached = cacheable(async function given() {
    return { list: [1] };
  });

  (await cached()).list.push(2);
  (await cached()).list.push(3);

  expect(await cached()).toEqual({ list: [1] });
});
