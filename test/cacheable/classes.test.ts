import { cacheable, defineType } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

ownCache();

class Reading {
  readonly at: Date;
  values: Float64Array;
  constructor(at: number, values: readonly number[]) {
    this.at = new Date(at);
    this.values = Float64Array.from(values);
  }
  get sum(): number {
    return this.values.reduce((total, x) => total + x, 0);
  }
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
  coerce: (value) => new Money(BigInt(value as string)),
  identify: (money) => money.cents,
  toStored: (money) => money.cents,
  fromStored: (cents) => new Money(cents as bigint),
});

test("a class as returnType: its instances come back as instances", async () => {
  const runs = counter();
  const cached = cacheable({ returnType: Reading }, async function reading(x: number) {
    runs.count += 1;
    return new Reading(x, [x, 2]);
  });

  const fresh = await cached(1);
  const stored = await cached(1);

  expect(stored).toBeInstanceOf(Reading);
  expect(stored).toStrictEqual(fresh);
  expect(stored).not.toBe(fresh);
  expect(stored.sum).toBe(3);
  expect(runs.count).toBe(1);
});

test("classes in parts and lists are restored too", async () => {
  const cached = cacheable({ returnType: { all: [Reading], first: Reading } }, async function readings() {
    const first = new Reading(1, [1]);
    return { first, all: [first, new Reading(2, [2])] };
  });
  await cached();

  const stored = await cached();

  expect(stored.all.map((reading) => [reading instanceof Reading, reading.sum])).toEqual([
    [true, 1],
    [true, 2],
  ]);
  expect(stored.first).toBeInstanceOf(Reading);
});

test("the result of the first call is the function's own, whatever is stored for it", async () => {
  const original = new Reading(1, [1]);
  const cached = cacheable({ returnType: { reading: Reading } }, async function own() {
    return { reading: original };
  });

  expect((await cached()).reading).toBe(original);
  expect((await cached()).reading).not.toBe(original);
});

test("an instance of a subclass would come back as its base class: returned, not stored", async () => {
  const lines = said();
  class Corrected extends Reading {
    override get sum(): number {
      return super.sum * 2;
    }
  }
  const cached = cacheable({ returnType: Reading }, async function corrected(): Promise<Reading> {
    return new Corrected(1, [1]);
  });

  expect([(await cached()).sum, (await cached()).sum]).toEqual([2, 2]);
  expect(lines).toEqual([expect.stringMatching(/corrected was not stored: .*Corrected/)]);
});

test("a type of one's own converts to what is stored, and back", async () => {
  const runs = counter();
  const cached = cacheable({ returnType: { price: MoneyType } }, async function price(units: number) {
    runs.count += 1;
    return { price: new Money(BigInt(units) * 5n) };
  });
  await cached(3);

  const stored = await cached(3);

  expect(stored.price).toBeInstanceOf(Money);
  expect(stored.price.cents).toBe(15n);
  expect(runs.count).toBe(1);
});

test("a type of one's own for an argument: coerced, and identified by what it says", async () => {
  const runs = counter();
  const cached = cacheable({ args: { price: MoneyType } }, async function taxed(price: Money) {
    runs.count += 1;
    return price.cents * 2n;
  });

  expect([await cached(new Money(5n)), await cached("5" as never), await cached(new Money(6n))]).toEqual([
    10n,
    10n,
    12n,
  ]);
  expect(runs.count).toBe(2);
  await expect(cached("five" as never)).rejects.toMatchObject({
    code: "E_ARGUMENT_TYPE",
    message: expect.stringMatching(/taxed: the argument "price" must be a Money, but is 'five'/),
    cause: expect.any(SyntaxError),
  });
});

test("what cannot be read back is computed again", async () => {
  const lines = said();
  const runs = counter();
  let readable = false;
  const Picky = defineType<Money>({
    name: "Picky",
    is: (value): value is Money => value instanceof Money,
    toStored: (money) => money.cents,
    fromStored: (cents) => {
      if (!readable) throw new Error("unknown format");
      return new Money(cents as bigint);
    },
  });
  const cached = cacheable({ returnType: Picky }, async function picky() {
    runs.count += 1;
    return new Money(BigInt(runs.count));
  });
  await cached();

  expect((await cached()).cents).toBe(2n);
  readable = true;
  expect((await cached()).cents).toBe(2n);
  expect(lines).toEqual([expect.stringMatching(/picky cannot be used: unknown format/)]);
});

test("a conversion that throws or gives what cannot be stored: returned, not stored", async () => {
  const lines = said();
  const broken = (name: string, toStored: () => unknown) =>
    cacheable(
      {
        name,
        returnType: defineType<Money>({
          name,
          is: (value): value is Money => value instanceof Money,
          toStored,
          fromStored: () => new Money(0n),
        }),
      },
      async () => new Money(7n),
    );
  const throwing = broken("throws", () => {
    throw new Error("no form");
  });
  const functional = broken("functional", () => () => 1);

  expect([(await throwing()).cents, (await throwing()).cents]).toEqual([7n, 7n]);
  expect([(await functional()).cents, (await functional()).cents]).toEqual([7n, 7n]);
  expect(lines).toEqual([
    expect.stringMatching(/throws was not stored: no form/),
    expect.stringMatching(/functional was not stored: it is a function/),
  ]);
});
