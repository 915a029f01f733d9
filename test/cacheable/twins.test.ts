import { runInThisContext } from "node:vm";
import { Cache, type Cacheable, cacheable } from "scalable";
import { expect, test } from "vitest";
import { ownCache, said } from "./own-cache.ts";

const own = ownCache();

type Scaling = Cacheable<(x: number) => Promise<number>>;

function scaling(factor: number, options: object): Scaling {
  return cacheable(options, async (x: number) => x * factor);
}

const twinOf = (name: string): unknown => expect.stringContaining(`Two functions are cached under the name "${name}"`);

test("two functions from one factory would answer for each other: a warning, once", async () => {
  const lines = said();

  const [double, triple] = [scaling(2, { name: "scaled" }), scaling(3, { name: "scaled" })];
  scaling(4, { name: "scaled" });

  expect(await double.key(1)).toBe(await triple.key(1));
  expect(lines).toEqual([twinOf("scaled")]);
});

test("comments and formatting make no other function, the name of a parameter does", async () => {
  const lines = said();
  const spelt = (text: string): Scaling =>
    cacheable({ name: "spelt", code: "function" }, runInThisContext(`(${text})`) as Scaling["uncached"]);

  const keys = [
    await spelt("async (x) => x * 2").key(1),
    await spelt("async (y) => y * 2").key(1),
    await spelt("async (x) =>\n  /* twice */ (x * 2)").key(1),
  ];

  expect(keys[2]).toBe(keys[0]);
  expect(keys[1]).not.toBe(keys[0]);
  expect(lines).toEqual([twinOf("spelt")]);
});

test("code: name and two bodies: the warning says so", () => {
  const lines = said();

  cacheable({ name: "named", code: "name" }, async (x: number) => x * 2);
  cacheable({ name: "named", code: "name" }, async (x: number) => x * 3);

  expect(lines).toEqual([expect.stringContaining('Their code differs, and code: "name" does not look at it.')]);
});

test.each<[string, object, object]>([
  ["another name", { name: "a" }, { name: "b" }],
  ["another version", { name: "c", version: "1" }, { name: "c", version: "2" }],
])("no warning: %s", (_case, one, other) => {
  const lines = said();

  scaling(2, one);
  scaling(3, other);

  expect(lines).toEqual([]);
});

test("no warning: a cache of their own, the same function twice, copies of one cacheable", async () => {
  const lines = said();
  const caches = ["one", "other"].map((name) => new Cache(own.ws.resolve(name)));
  const same = async (x: number): Promise<number> => x;

  for (const cache of caches) scaling(2, { name: "apart", cache });
  for (const returnType of [Number, undefined]) cacheable({ name: "same", returnType } as object, same);
  scaling(2, { name: "copied" }).with({ maxAge: 5 }).with({ maxAge: 6 });

  expect(lines).toEqual([]);
  await Promise.all(caches.map((cache) => cache.close()));
});

test("functions with bigints and regular expressions in them are compared too", () => {
  const lines = said();
  const make = (y: bigint) => cacheable({ name: "literal" }, async (x: bigint) => [x + 5n + y, /a\/b/u.test("a")]);

  make(1n);
  make(2n);

  expect(lines).toEqual([twinOf("literal")]);
});
