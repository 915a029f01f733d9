import { type AnyFunction, cacheable, Ignore, ScalableError } from "scalable";
import { expect, test } from "vitest";
import { ownCache } from "./own-cache.ts";

ownCache();

function plain(x: unknown): unknown {
  return x;
}

function errorOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

test.each<[string, () => unknown, string]>([
  ["no function", () => cacheable(undefined as never), "E_FUNCTION"],
  ["text for a function", () => cacheable({}, "plain" as never), "E_FUNCTION"],
  [
    "no name",
    () =>
      cacheable(
        (
          () => async () =>
            1
        )(),
      ),
    "E_FUNCTION",
  ],
  ["an empty name", () => cacheable({ name: "" }, plain), "E_FUNCTION"],
  ["a native function", () => cacheable({ name: "floor" }, Math.floor), "E_FUNCTION"],
  ["a bound function", () => cacheable(plain.bind(null)), "E_FUNCTION"],
  [
    "a generator function",
    () =>
      cacheable(function* values() {
        yield 1;
      }),
    "E_FUNCTION",
  ],
  [
    "an async generator function",
    () =>
      cacheable(async function* values() {
        yield 1;
      }),
    "E_FUNCTION",
  ],
  [
    "a class",
    () =>
      cacheable(
        class Model {
          readonly x = 1;
        } as unknown as AnyFunction,
      ),
    "E_FUNCTION",
  ],
  ["an anonymous class", () => cacheable({ name: "a" }, class {} as unknown as AnyFunction), "E_FUNCTION"],
  ["a cacheable", () => cacheable({ version: "2" }, cacheable(plain)), "E_FUNCTION"],
  ["names that are not the parameters", () => cacheable({ args: { y: Number } }, plain), "E_PARAMETERS"],
  ["too many names", () => cacheable({ args: { x: Number, y: Number } }, plain), "E_PARAMETERS"],
  ["too few names", () => cacheable({ args: {} }, plain), "E_PARAMETERS"],
  ["a type that is none", () => cacheable({ returnType: [] as never }, plain), "E_SETTING"],
  ["an unknown option", () => cacheable({ ttl: 5 } as never, plain), "E_SETTING"],
  ["a version that is no text", () => cacheable({ version: 2 as never }, plain), "E_SETTING"],
  ["a misspelt code", () => cacheable({ code: "body" as never }, plain), "E_SETTING"],
  ["a store that is no test", () => cacheable({ store: "yes" as never }, plain), "E_SETTING"],
  ["a recompute that is text", () => cacheable({ recompute: "yes" as never }, plain), "E_SETTING"],
  ["a maxAge that is no duration", () => cacheable({ maxAge: "soon" }, plain), "E_SETTING"],
  ["an empty maxAge", () => cacheable({ maxAge: "" }, plain), "E_SETTING"],
  ["a negative maxAge", () => cacheable({ maxAge: -1 }, plain), "E_SETTING"],
  ["one name for env", () => cacheable({ env: "MODE" as never }, plain), "E_SETTING"],
  ["numbers for env", () => cacheable({ env: [1] as never }, plain), "E_SETTING"],
  ["one path for inputs", () => cacheable({ inputs: "a.csv" as never }, plain), "E_SETTING"],
  ["a checkOutput that is no function", () => cacheable({ checkOutput: true as never }, plain), "E_SETTING"],
  ["an outputDir that is no path", () => cacheable({ outputDir: 5 as never }, plain), "E_SETTING"],
])("refused when it is wrapped: %s", (_case, wrap, code) => {
  const error = errorOf(wrap);

  expect(error).toBeInstanceOf(ScalableError);
  expect(error).toMatchObject({ code });
});

test("errors say what was given and what would be right", () => {
  const messages = [
    () =>
      cacheable({ args: { b: Number, a: Number } }, function sum(a: number, b: number) {
        return a + b;
      }),
    () => cacheable({ ttl: 5 } as never, plain),
    () => cacheable(cacheable(plain)),
  ].map((wrap) => (errorOf(wrap) as Error).message);

  expect(messages[0]).toMatch(/^sum\(a, b\): "args" must name .* but names b, a\./);
  expect(messages[1]).toMatch(/"ttl".*there is no such option \(there are name, args, .*cache\)/);
  expect(messages[2]).toContain("plain.with({ … })");
});

test("a method that is called class is no class", async () => {
  const { class: method } = {
    class(x: number): number {
      return x;
    },
  };

  expect(await cacheable(method)(5)).toBe(5);
});

test("an arrow function that captures this or arguments is refused, as two of them would share a key", () => {
  class Model {
    readonly factor: number;
    constructor(factor: number) {
      this.factor = factor;
    }
    scaled(): AnyFunction {
      return cacheable({ name: "scale" }, async (x: number) => x * this.factor);
    }
    ignoring(): AnyFunction {
      return cacheable({ name: "scale", args: { this: Ignore, x: Number } }, async (x: number) => x * this.factor);
    }
  }
  function outer(..._values: number[]): AnyFunction {
    // biome-ignore lint/complexity/noArguments: what is tested
    return cacheable({ name: "first" }, async () => arguments[0] as unknown);
  }

  expect(errorOf(() => new Model(2).scaled())).toMatchObject({ code: "E_FUNCTION" });
  expect(errorOf(() => outer(1))).toMatchObject({ code: "E_FUNCTION" });
  expect(new Model(2).ignoring()).toBeTypeOf("function");
});

test("an arrow function without them, and one with a function of its own inside, are taken", async () => {
  const double = cacheable({ name: "double" }, async (x: number) => x * 2);
  const viaMethod = cacheable({ name: "viaMethod" }, async (factor: number, x: number) => {
    const model = {
      factor,
      run() {
        return this.factor * x;
      },
    };
    return model.run();
  });

  expect([await double(2), await viaMethod(3, 2)]).toEqual([4, 6]);
});

test("with code: name, a function without text can be wrapped", async () => {
  const floor = cacheable({ name: "floor", code: "name", args: { x: Number } }, Math.floor);

  expect([await floor(2.5), await floor("2.5" as never)]).toEqual([2, 2]);
});

test("what decorates anything but a method is refused, and says which decorators are meant", () => {
  const decorate = cacheable({}) as unknown as (value: unknown, context: unknown, descriptor?: unknown) => unknown;

  expect(errorOf(() => decorate(plain, { kind: "getter", name: "x" }))).toMatchObject({ code: "E_FUNCTION" });
  expect(errorOf(() => decorate(undefined, { kind: "field", name: "x" }))).toMatchObject({ code: "E_FUNCTION" });
  expect((errorOf(() => decorate({}, "method", {})) as Error).message).toContain("experimentalDecorators");
});
