import { type Cacheable, type CacheableWrapper, cacheable, type Explanation } from "scalable";
import { expectTypeOf, test } from "vitest";

async function simulate(scenario: number, options?: { readonly scale: number }): Promise<{ demand: number }> {
  return { demand: scenario * (options?.scale ?? 1) };
}

test("parameters and result are those of the function, in all forms", () => {
  type Simulate = (scenario: number, options?: { readonly scale: number }) => Promise<{ demand: number }>;

  expectTypeOf(cacheable(simulate)).toExtend<Simulate>();
  expectTypeOf(cacheable({ version: "1" }, simulate)).toExtend<Simulate>();
  expectTypeOf(cacheable({ version: "1" })(simulate)).toExtend<Simulate>();
  expectTypeOf(cacheable({})).toEqualTypeOf<CacheableWrapper>();
  expectTypeOf(cacheable(simulate)).parameters.toEqualTypeOf<Parameters<Simulate>>();
  expectTypeOf(cacheable(simulate)).returns.resolves.toEqualTypeOf<{ demand: number }>();
  expectTypeOf(cacheable(simulate)).toEqualTypeOf<Cacheable<typeof simulate>>();
});

test("a result is always a promise, of what the function's promise gives", () => {
  expectTypeOf(cacheable({ name: "a" }, (x: number) => x > 1)(1)).toEqualTypeOf<Promise<boolean>>();
  expectTypeOf(cacheable({ name: "a" }, async () => 1)()).toEqualTypeOf<Promise<number>>();
  expectTypeOf(cacheable({ name: "a" }, async () => Promise.resolve([1]))()).toEqualTypeOf<Promise<number[]>>();
  expectTypeOf(cacheable({ name: "a" }, async () => undefined)()).toEqualTypeOf<Promise<undefined>>();
  expectTypeOf(cacheable({ name: "a" }, (x: number): number | Promise<string> => x)(1)).toEqualTypeOf<
    Promise<number | string>
  >();
  expectTypeOf(
    cacheable({ name: "a" }, (x: number): PromiseLike<Date> => Promise.resolve(new Date(x)))(1),
  ).toEqualTypeOf<Promise<Date>>();
});

test("wrong arguments are refused", () => {
  const cached = cacheable(simulate);

  // @ts-expect-error: text is no number
  void cached("1");
  // @ts-expect-error: an argument is missing
  void cached();
  // @ts-expect-error: an option is missing
  void cached(1, {});
  // @ts-expect-error: one too many
  void cached(1, { scale: 1 }, 2);
  // @ts-expect-error: and so for the questions
  void cached.key("1");
  // @ts-expect-error: a promise is no result
  expectTypeOf<number>(cached(1).demand);
});

test("optional, default and rest parameters", () => {
  const cached = cacheable({ name: "a" }, (a: number, b = "b", ...rest: boolean[]) => ({ a, b, rest }));

  expectTypeOf(cached).parameters.toEqualTypeOf<[a: number, b?: string | undefined, ...rest: boolean[]]>();
  expectTypeOf(cached.key).parameters.toEqualTypeOf<[a: number, b?: string | undefined, ...rest: boolean[]]>();
  expectTypeOf(cached(1, "c", true)).resolves.toEqualTypeOf<{ a: number; b: string; rest: boolean[] }>();
  // @ts-expect-error: of another type
  void cached(1, "c", 5);
});

test("a function written in place needs types for its parameters, or default values", () => {
  const cached = cacheable({ version: "1" }, async function bare(x, y = 2) {
    return [x, y];
  });

  expectTypeOf(cached).parameters.toEqualTypeOf<[x: never, y?: number | undefined]>();
});

test("the type of this is kept", () => {
  const cached = cacheable(function scale(this: { readonly factor: number }, x: number) {
    return this.factor * x;
  });

  expectTypeOf(cached).thisParameter.toEqualTypeOf<{ readonly factor: number }>();
  expectTypeOf(cached.call({ factor: 2 }, 1)).toEqualTypeOf<Promise<number>>();
  // @ts-expect-error: without its this
  void cached(1);
  // @ts-expect-error: with another this
  void cached.call({}, 1);
});

test("of a function with several signatures, the last is taken; a generic one takes its bounds", () => {
  function parse(text: string): string;
  function parse(bytes: Uint8Array): number;
  function parse(value: string | Uint8Array): string | number {
    return value.length;
  }
  function firstOf<T extends string | number>(list: readonly T[]): T | undefined {
    return list[0];
  }

  expectTypeOf(cacheable(parse)).parameters.toEqualTypeOf<[bytes: Uint8Array]>();
  expectTypeOf(cacheable(parse)(new Uint8Array())).toEqualTypeOf<Promise<number>>();
  expectTypeOf(cacheable(firstOf)).parameters.toEqualTypeOf<[list: readonly (string | number)[]]>();
  expectTypeOf(cacheable(firstOf)(["a"])).toEqualTypeOf<Promise<string | number | undefined>>();
  expectTypeOf(cacheable(firstOf<"a" | "b">)(["a"])).toEqualTypeOf<Promise<"a" | "b" | undefined>>();
});

test("what a cacheable carries", () => {
  const cached = cacheable(simulate);

  expectTypeOf(cached.functionName).toEqualTypeOf<string>();
  expectTypeOf(cached.uncached).toEqualTypeOf<typeof simulate>();
  expectTypeOf(cached.key(1)).toEqualTypeOf<Promise<string>>();
  expectTypeOf(cached.has(1)).toEqualTypeOf<Promise<boolean>>();
  expectTypeOf(cached.forget(1)).toEqualTypeOf<Promise<boolean>>();
  expectTypeOf(cached.recompute(1)).toEqualTypeOf<Promise<{ demand: number }>>();
  expectTypeOf(cached.explain(1)).toEqualTypeOf<Promise<Explanation>>();
  expectTypeOf(cached.with({ version: "2" })).toEqualTypeOf<typeof cached>();
  // @ts-expect-error: it cannot be replaced
  cached.uncached = simulate;
});

test("a cacheable can stand where its function stands", () => {
  const run = (task: (scenario: number) => Promise<{ demand: number }>): unknown => task(1);

  run(cacheable(simulate));
  expectTypeOf([1, 2].map((scenario) => cacheable(simulate)(scenario))).toEqualTypeOf<Promise<{ demand: number }>[]>();
});
