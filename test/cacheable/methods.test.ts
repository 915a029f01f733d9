import { cacheable, defineType, Ignore } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache } from "./own-cache.ts";

ownCache();

/** Applies a decorator as the language does. */
function decorate<This extends object>(
  options: Parameters<typeof cacheable>[0],
  prototype: This,
  name: string & keyof This,
): void {
  const decorator = cacheable(options as object) as unknown as (method: unknown, context: object) => unknown;
  const method = decorator(prototype[name], {
    kind: "method",
    name,
    static: typeof prototype === "function",
    private: false,
  });
  Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
}

test("a method is kept under its name, and its this is part of the key", async () => {
  const runs = counter();
  class Model {
    factor: number;
    constructor(factor: number) {
      this.factor = factor;
    }
    async scale(x: number): Promise<number> {
      runs.count += 1;
      return x * this.factor;
    }
  }
  decorate({}, Model.prototype, "scale");

  expect([await new Model(2).scale(5), await new Model(3).scale(5), await new Model(2).scale(5)]).toEqual([10, 15, 10]);
  expect(runs.count).toBe(2);
});

test("a method that does not mention this is one call for all instances", async () => {
  const runs = counter();
  class Model {
    id = Math.random();
    async double(x: number): Promise<number> {
      runs.count += 1;
      return x * 2;
    }
  }
  decorate({}, Model.prototype, "double");

  expect([await new Model().double(2), await new Model().double(2)]).toEqual([4, 4]);
  expect(runs.count).toBe(1);
});

test("with this: Ignore, instances share their results", async () => {
  class Model {
    factor: number;
    constructor(factor: number) {
      this.factor = factor;
    }
    async shared(x: number): Promise<number> {
      return x * this.factor;
    }
  }
  decorate({ args: { this: Ignore, x: Number } }, Model.prototype, "shared");

  expect([await new Model(2).shared(5), await new Model(3).shared(5)]).toEqual([10, 10]);
});

test("an inherited method of a subclass is another call", async () => {
  class Base {
    async named(): Promise<string> {
      return `${this.label()}!`;
    }
    label(): string {
      return "base";
    }
  }
  class Derived extends Base {
    override label(): string {
      return "derived";
    }
  }
  decorate({}, Base.prototype, "named");

  expect([await new Base().named(), await new Derived().named()]).toEqual(["base!", "derived!"]);
  expect([await new Base().named(), await new Derived().named()]).toEqual(["base!", "derived!"]);
});

test("a static method that mentions its class needs a type for it", async () => {
  // biome-ignore lint/complexity/noStaticOnlyClass: what is tested
  class Model {
    static factor = 2;
    static async scale(x: number): Promise<number> {
      // biome-ignore lint/complexity/noThisInStatic: what is tested
      return x * this.factor;
    }
    static async plain(x: number): Promise<number> {
      return x + 1;
    }
  }
  class Ignoring extends Model {}
  decorate({}, Model, "scale");
  decorate({}, Model, "plain");
  Object.defineProperty(Ignoring, "scale", {
    value: cacheable({ args: { this: Ignore, x: Number } }, function scale(this: typeof Model, x: number) {
      return x * this.factor * 10;
    }),
  });

  await expect(Model.scale(1)).rejects.toMatchObject({ code: "E_ARGUMENT_UNHASHABLE" });
  await expect(Model.scale(1)).rejects.toThrow(/"this"/);
  expect(await Model.plain(1)).toBe(2);
  expect(await Ignoring.scale(1)).toBe(20);
});

test("an instance with private fields is refused, and can be given a type", async () => {
  class Account {
    readonly #balance: number;
    readonly id: string;
    constructor(id: string, balance: number) {
      this.id = id;
      this.#balance = balance;
    }
    get balance(): number {
      return this.#balance;
    }
  }
  const AccountType = defineType<Account>({
    name: "Account",
    is: (value): value is Account => value instanceof Account,
    identify: (account) => [account.id, account.balance],
  });
  const interest = cacheable(async function interest(this: Account, rate: number) {
    return this.balance * rate;
  });
  const typed = interest.with({ args: { this: AccountType, rate: Number } });

  await expect(interest.call(new Account("a", 100), 2)).rejects.toThrow(/private fields/);
  expect(await typed.call(new Account("a", 100), 2)).toBe(200);
  expect(await typed.call(new Account("a", 300), 2)).toBe(600);
  expect(await typed.call(new Account("a", 100), 2)).toBe(200);
});

test("the questions to a method are asked with its this, and refused without", async () => {
  const scale = cacheable(async function scale(this: { readonly factor: number }, x: number) {
    return this.factor * x;
  });
  const model = { factor: 2 };

  expect(await scale.call(model, 5)).toBe(10);
  expect(await scale.has.call(model, 5)).toBe(true);
  expect(await scale.has.call({ factor: 3 }, 5)).toBe(false);
  expect((await scale.explain.call(model, 5)).entry?.functionName).toBe("scale");
  for (const question of [scale.key, scale.has, scale.forget, scale.recompute, scale.explain]) {
    await expect(Reflect.apply(question, scale, [5])).rejects.toMatchObject({ code: "E_FUNCTION" });
  }
  expect(await scale.forget.call(model, 5)).toBe(true);
  expect(await scale.recompute.call({ factor: 4 }, 5)).toBe(20);
});

test("a type for this coerces it for the function as well", async () => {
  const scale = cacheable(
    { args: { this: { factor: Number }, x: Number } },
    async function typedThis(this: { factor: number }, x: number) {
      return [typeof this.factor, this.factor * x];
    },
  );

  expect(await scale.call({ factor: "3" as never }, 2)).toEqual(["number", 6]);
  expect(await scale.key.call({ factor: "3" as never }, 2)).toBe(await scale.key.call({ factor: 3 }, 2));
});
