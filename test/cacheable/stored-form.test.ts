import { cacheable, defineType } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

ownCache();

// What is stored of a result depends on its declared type, and the key does not name the type: another type must not
// take one's stored data for its own.

class Temperature {
  readonly kelvin: number;
  constructor(kelvin: number) {
    this.kelvin = kelvin;
  }
}

const kelvin = defineType<Temperature>({
  name: "Temperature",
  is: (value): value is Temperature => value instanceof Temperature,
  toStored: (value) => value.kelvin,
  fromStored: (stored) => new Temperature(stored as number),
});
const celsius = defineType<Temperature>({
  name: "Temperature",
  is: (value): value is Temperature => value instanceof Temperature,
  toStored: (value) => value.kelvin - 273,
  fromStored: (stored) => new Temperature((stored as number) + 273),
});

function measuring() {
  const runs = counter();
  const typed = cacheable({ returnType: kelvin }, function measured(at: number) {
    runs.count += 1;
    return new Temperature(at);
  });
  return { runs, typed };
}

test("a type with another conversion of the same name, and no type, do not read what was stored", async () => {
  said();
  const { runs, typed } = measuring();
  await typed(300);

  expect(await typed.with({ returnType: celsius })(300)).toEqual(new Temperature(300));
  expect(await typed.with({ returnType: undefined })(300)).toBeInstanceOf(Temperature);
  expect(await typed.with({ returnType: Temperature })(300)).toBeInstanceOf(Temperature);
  expect(runs.count).toBe(4);
});

test("what was stored without a type is not given to a conversion", async () => {
  said();
  const runs = counter();
  const plain = cacheable(function plainly(x: number): unknown {
    runs.count += 1;
    return x;
  });
  await plain(300);

  const result = await plain.with({ returnType: kelvin })(300);

  expect(result).toBe(300);
  expect(runs.count).toBe(2);
});

test("the same conversion, in parts and lists, is the same form, and its results are hits", async () => {
  said();
  const runs = counter();
  const days = (type: typeof kelvin) =>
    cacheable({ returnType: { all: [type], note: String } }, function daily(at: number) {
      runs.count += 1;
      return { all: [new Temperature(at), new Temperature(at + 1)], note: "x" };
    });
  await days(kelvin)(1);

  const again = await days(defineType(kelvin.definition))(1);
  const other = await days(celsius)(1);

  expect(again.all).toEqual([new Temperature(1), new Temperature(2)]);
  expect(other).toEqual(again);
  expect(runs.count).toBe(2);
});

class Hidden {
  readonly #secret: number;
  constructor(secret: number) {
    this.#secret = secret;
  }
  get secret(): number {
    return this.#secret;
  }
}
class Inheriting extends Hidden {
  shown = 1;
}
class Bag extends Map<string, number> {
  name = "bag";
}
class Marked {
  x = 1;
  constructor() {
    Object.defineProperty(this, "mark", { value: 2, enumerable: false });
  }
}
class Asking {
  get asked(): number {
    return 1;
  }
  x = 1;
}

test.each<readonly [string, new () => object, () => object, RegExp]>([
  ["private fields", Hidden as never, () => new Hidden(7), /private fields/],
  ["inherited private fields", Inheriting as never, () => new Inheriting(7), /private fields/],
  ["members of a Map", Bag, () => new Bag([["a", 1]]), /instance of Bag/],
  ["a hidden property", Marked, () => new Marked(), /"mark" is hidden/],
  [
    "a getter of its own",
    Asking,
    () => Object.defineProperty(new Asking(), "own", { get: () => 1, enumerable: true }),
    /"own" is computed by a getter/,
  ],
])("an instance with %s is not stored, and each call gets a whole one", async (name, returnType, make, why) => {
  const runs = counter();
  const cached = cacheable({ name, returnType }, function build() {
    runs.count += 1;
    return make();
  });

  const lines = said();

  await cached();
  const result = await cached();

  expect(result).toEqual(make());
  expect(runs.count).toBe(2);
  expect(lines.join()).toMatch(why);
});

test("an instance gets its properties back without its setters being asked", async () => {
  const asked: number[] = [];
  class Dial {
    constructor(value: number) {
      Object.defineProperty(this, "value", { value, enumerable: true, writable: true, configurable: true });
    }
    set value(value: number) {
      asked.push(value);
    }
  }
  const cached = cacheable({ returnType: Dial }, function dial() {
    return new Dial(5);
  });

  await cached();
  const result = await cached();

  expect(Object.getOwnPropertyDescriptor(result, "value")?.value).toBe(5);
  expect(asked).toEqual([]);
});
