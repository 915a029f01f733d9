import { cacheable, Ignore } from "scalable";
import { expectTypeOf, test } from "vitest";

test("a decorated method keeps its type", () => {
  class Model {
    readonly factor: number = 2;

    @cacheable({ returnType: Number, args: { x: Number } })
    async scale(x: number): Promise<number> {
      return x * this.factor;
    }

    @cacheable({ args: { this: Ignore, list: Array } })
    async first<T>(list: readonly T[]): Promise<T | undefined> {
      return list[0];
    }

    @cacheable({ name: "Model.size" })
    static async size(text: string): Promise<number> {
      return text.length;
    }

    @cacheable({})
    protected async inner(): Promise<void> {
      await Promise.resolve();
    }

    @cacheable({})
    async #hidden(): Promise<string> {
      return "";
    }

    async both(): Promise<string> {
      await this.inner();
      return this.#hidden();
    }
  }

  expectTypeOf<Model["scale"]>().toEqualTypeOf<(x: number) => Promise<number>>();
  expectTypeOf<(typeof Model)["size"]>().toEqualTypeOf<(text: string) => Promise<number>>();
  expectTypeOf(new Model().first(["a"])).toEqualTypeOf<Promise<string | undefined>>();
});

test("only methods that return a promise can be decorated: a cached one always does", () => {
  class Model {
    // @ts-expect-error: it would not return what its type says
    @cacheable({})
    twice(x: number): number {
      return x * 2;
    }

    // @ts-expect-error: a field is no method
    @cacheable({})
    field = 5;
  }

  // @ts-expect-error: nor is a class
  @cacheable({})
  class Decorated {}

  expectTypeOf([Model, Decorated]).not.toBeNever();
});

test("the bare function is a decorator too", () => {
  class Model {
    @cacheable
    async scale(x: number): Promise<number> {
      return x;
    }

    // @ts-expect-error: it would not return what its type says
    @cacheable
    twice(x: number): number {
      return x * 2;
    }
  }

  expectTypeOf<Model["scale"]>().toEqualTypeOf<(x: number) => Promise<number>>();
});

test("a method with several signatures keeps them", () => {
  class Model {
    parse(text: string): Promise<string>;
    parse(bytes: Uint8Array): Promise<number>;
    @cacheable({})
    async parse(value: string | Uint8Array): Promise<string | number> {
      return value.length;
    }
  }

  expectTypeOf(new Model().parse("a")).toEqualTypeOf<Promise<string>>();
  expectTypeOf(new Model().parse(new Uint8Array())).toEqualTypeOf<Promise<number>>();
});

test("options do not follow the function", () => {
  // @ts-expect-error: they come first
  cacheable(async (x: number) => x, { name: "a" });
});
