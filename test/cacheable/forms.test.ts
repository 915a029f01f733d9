import { type AnyFunction, cacheable, Ignore } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache } from "./own-cache.ts";

ownCache();

function add(a: number, b = 1): number {
  return a + b;
}

test("all forms wrap the same function, and share its results", async () => {
  const runs = counter();
  async function tally(x: number): Promise<number> {
    runs.count += 1;
    return x;
  }

  const results = [
    await cacheable(tally)(5),
    await cacheable({}, tally)(5),
    await cacheable({})(tally)(5),
    await cacheable({ args: { x: undefined } }, tally)(5),
  ];

  expect(results).toEqual([5, 5, 5, 5]);
  expect(runs.count).toBe(1);
});

test("a cacheable keeps the name, the length and the function itself", async () => {
  const cached = cacheable({ name: "sum" }, add);

  expect(cached.name).toBe("add");
  expect(cached.length).toBe(1);
  expect(cached.functionName).toBe("sum");
  expect(cached.uncached).toBe(add);
  expect(cached.uncached(1)).toBe(2);
  expect(await cached.has(1)).toBe(false);
});

test("a function that returns at once gives a promise all the same", async () => {
  const cached = cacheable(add);

  const result = cached(1, 2);

  expect(result).toBeInstanceOf(Promise);
  expect(await result).toBe(3);
});

test("an argument left out, and undefined, are one call; so the default is used for both", async () => {
  const cached = cacheable(add);

  expect(await cached.key(1)).toBe(await cached.key(1, undefined));
  expect(await cached(1)).toBe(2);
  expect(await cached(1, undefined)).toBe(2);
});

test("arguments beyond the declared ones are passed on and count", async () => {
  const sum = cacheable(function sum(_first: number) {
    // biome-ignore lint/complexity/noArguments: what is tested
    return Array.from(arguments as unknown as number[]).reduce((total, x) => total + x, 0);
  }) as unknown as (...values: number[]) => Promise<number>;

  expect([await sum(1), await sum(1, 2), await sum(1, 2, 3)]).toEqual([1, 3, 6]);
  expect([await sum(1), await sum(1, 2), await sum(1, 2, 3)]).toEqual([1, 3, 6]);
});

test("a type coerces its argument, for the key and for the function", async () => {
  const runs = counter();
  const cached = cacheable({ args: { id: Number, tags: [String] } }, async function typed(id: number, tags: string[]) {
    runs.count += 1;
    return [typeof id, id, tags];
  });

  const results = [await cached(42, ["a"]), await cached("42" as never, ["a"]), await cached(42n as never, ["a"])];

  expect(results).toEqual([
    ["number", 42, ["a"]],
    ["number", 42, ["a"]],
    ["number", 42, ["a"]],
  ]);
  expect(runs.count).toBe(1);
  expect(await cached(42, [1 as never])).toEqual(["number", 42, ["1"]]);
});

test("an argument of type Ignore is passed on, and does not count", async () => {
  const said: string[] = [];
  const cached = cacheable({ args: { x: undefined, log: Ignore } }, async function logged(x: number, log: AnyFunction) {
    log(`ran ${x}`);
    return x;
  });

  await cached(1, (line: string) => said.push(`one: ${line}`));
  await cached(1, (line: string) => said.push(`other: ${line}`));
  await cached(2, (line: string) => said.push(`other: ${line}`));

  expect(said).toEqual(["one: ran 1", "other: ran 2"]);
});

test("thenables and promises among ignored arguments are passed on untouched", async () => {
  const asyncSchema = {
    "~standard": { version: 1 as const, vendor: "test", validate: async (value: unknown) => ({ value }) },
  };
  let asked = 0;
  class Query {
    // biome-ignore lint/suspicious/noThenProperty: what is tested
    then(resolve: (rows: string) => void): void {
      asked += 1;
      resolve("rows");
    }
  }
  const cached = cacheable(
    { args: { _x: asyncSchema, db: Ignore, later: Ignore } },
    async function query(_x: number, db: Query, later: Promise<string>) {
      return [db instanceof Query, later instanceof Promise];
    },
  );

  expect(await cached(1, new Query(), Promise.resolve("later"))).toEqual([true, true]);
  expect(asked).toBe(0);
});

test("with changes some options and keeps the others", async () => {
  const cached = cacheable({ name: "base", version: "1", args: { a: Number, b: Number } }, add);
  const changed = cached.with({ version: "2" });

  expect(changed.functionName).toBe("base");
  expect(await changed.key("1" as never, 2)).toBe(await changed.key(1, 2));
  expect(await changed.key(1, 2)).not.toBe(await cached.key(1, 2));
  expect(await changed.with({ version: "1" }).key(1, 2)).toBe(await cached.key(1, 2));
  expect(await cached.with({ name: "other" }).key(1, 2)).not.toBe(await cached.key(1, 2));
});

test("a rest parameter is one argument with a type of its own", async () => {
  const cached = cacheable(
    { args: { first: String, rest: [Number] } },
    function join(first: string, ...rest: number[]) {
      return [first, ...rest];
    },
  );

  expect(await cached("a", 1, 2)).toEqual(["a", 1, 2]);
  expect(await cached.key("a", "1" as never, 2)).toBe(await cached.key("a", 1, 2));
  expect(await cached.key("a")).not.toBe(await cached.key("a", 1));
});

test("destructured parameters are named by the user", async () => {
  const cached = cacheable(
    { args: { point: Object } },
    function norm({ x, y }: { readonly x: number; readonly y: number }) {
      return Math.hypot(x, y);
    },
  );

  expect(await cached({ x: 3, y: 4 })).toBe(5);
  expect(await cached({ y: 4, x: 3 })).toBe(5);
});
