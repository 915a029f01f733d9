import {
  Cache,
  type CacheableOptions,
  cacheable,
  DirType,
  defineType,
  FileType,
  Ignore,
  type TypeSpec,
} from "scalable";
import * as v from "valibot";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";

interface Report {
  readonly total: number;
}

async function report(year: number, tags: string[] = []): Promise<Report> {
  return { total: year + tags.length };
}

class Money {
  readonly #cents: bigint;
  constructor(cents: bigint) {
    this.#cents = cents;
  }
  get cents(): bigint {
    return this.#cents;
  }
}

const MoneyType = defineType<Money>({
  name: "Money",
  is: (value): value is Money => value instanceof Money,
  coerce: (value) => new Money(BigInt(String(value))),
  identify: (money) => {
    expectTypeOf(money).toEqualTypeOf<Money>();
    return money.cents;
  },
  toStored: (money) => money.cents,
  fromStored: (stored) => {
    expectTypeOf(stored).toEqualTypeOf<unknown>();
    return new Money(stored as bigint);
  },
});

test("callbacks get the function's result and parameters", () => {
  cacheable(
    {
      store: (result) => {
        expectTypeOf(result).toEqualTypeOf<Report>();
        return result.total > 0;
      },
      inputs: (year, tags) => {
        expectTypeOf(year).toEqualTypeOf<number>();
        expectTypeOf(tags).toEqualTypeOf<string[] | undefined>();
        return [`${year}.csv`];
      },
      checkOutput: async (result, year, tags) => {
        expectTypeOf(result).toEqualTypeOf<Report>();
        expectTypeOf(year).toEqualTypeOf<number>();
        expectTypeOf(tags).toEqualTypeOf<string[] | undefined>();
        return true;
      },
    },
    report,
  );
  cacheable(report).with({
    store: (result) => result.total > 0,
    checkOutput: (result, year) => result.total > year,
  });
});

test("the function decides on its types, and the options do not", () => {
  const cached = cacheable({ store: (result: Report) => result.total > 0, returnType: Object }, report);

  expectTypeOf(cached).returns.resolves.toEqualTypeOf<Report>();
  // @ts-expect-error: a test of another result
  cacheable({ store: (result: string) => result === "" }, report);
  // @ts-expect-error: a test that gives no boolean
  cacheable({ checkOutput: (result) => result.total }, report);
  // @ts-expect-error: inputs that are no paths
  cacheable({ inputs: (year) => [year] }, report);
});

test("what is no option, or has another type, is refused", () => {
  // @ts-expect-error: no such option
  cacheable({ ttl: 5 }, report);
  // @ts-expect-error: a number for text
  cacheable({ version: 2 }, report);
  // @ts-expect-error: no such way to identify code
  cacheable({ code: "body" }, report);
  // @ts-expect-error: one name is no list
  cacheable({ env: "MODE" }, report);
  // @ts-expect-error: one path is no list
  cacheable({ inputs: "a.csv" }, report);
  // @ts-expect-error: no cache
  cacheable({ cache: "./cache" }, report);
  // @ts-expect-error: no function
  cacheable({}, "report");
});

test("undefined is the same as left out", () => {
  cacheable({ name: undefined, returnType: undefined, maxAge: undefined, checkOutput: undefined }, report);
});

test("all that can be a type", () => {
  const classes: TypeSpec[] = [
    Number,
    String,
    Boolean,
    BigInt,
    Date,
    Object,
    Array,
    Map,
    Set,
    Float64Array,
    Buffer,
    Money,
  ];
  const ours: TypeSpec[] = [FileType, DirType, Ignore, MoneyType];
  const schemas: TypeSpec[] = [z.object({ x: z.number() }), v.object({ x: v.number() }), z.string().transform(Number)];
  const nested: TypeSpec = { job: { config: FileType, rows: [{ at: Date, price: MoneyType }] }, log: Ignore };
  const options: CacheableOptions = { args: { a: nested, b: undefined, c: [nested] }, returnType: nested };

  expectTypeOf([classes, ours, schemas, options]).not.toBeNever();
  // @ts-expect-error: text is no type
  cacheable({ returnType: "number" }, report);
  // @ts-expect-error: a value is no type
  cacheable({ args: { year: 5, tags: undefined } }, report);
  // @ts-expect-error: a list is of one type
  cacheable({ returnType: [Number, String] }, report);
  // @ts-expect-error: null is no type
  cacheable({ returnType: null }, report);
});

test("an abstract class and one with a private constructor are types too", () => {
  abstract class Shape {
    abstract area(): number;
  }
  const spec: TypeSpec = Shape;

  expectTypeOf(spec).not.toBeNever();
});

test("defineType asks for what belongs together", () => {
  // @ts-expect-error: without a test
  defineType<Money>({ name: "Money" });
  // @ts-expect-error: a test of nothing
  defineType<Money>({ name: "Money", is: (value) => value instanceof Money && "yes" });
  // @ts-expect-error: reads back something else
  defineType<Money>({ name: "Money", is: (value): value is Money => value instanceof Money, fromStored: () => 5n });
});

test("the cache's own values are unknown, and its options are checked", () => {
  const cache = new Cache("./cache", { sizeLimit: "10GB", maxAge: 5 });

  expectTypeOf(cache.get("a")).toEqualTypeOf<Promise<unknown>>();
  expectTypeOf(cache.set("a", 1)).toEqualTypeOf<Promise<void>>();
  expectTypeOf(cache.has("a")).toEqualTypeOf<Promise<boolean>>();
  expectTypeOf(cache.delete("a")).toEqualTypeOf<Promise<boolean>>();
  expectTypeOf(cache.entries()).toExtend<AsyncIterable<{ readonly key: string }>>();
  // @ts-expect-error: no such option
  new Cache("./cache", { size: 5 });
  cacheable({ cache }, report);
});
