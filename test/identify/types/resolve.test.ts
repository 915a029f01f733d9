import { Cache, cacheable, defineType, FileType, Ignore, type TypeSpec } from "scalable";
import { expect, test } from "vitest";
import { resolveType } from "../../../src/identify/types/resolve.ts";
import { workspace } from "../../rig/workspace.ts";

const SITE = { functionName: "run", parameter: "x" };

function coerce(spec: TypeSpec, value: unknown): unknown {
  return resolveType(spec, "args.x").coerce(value, SITE);
}

const slow = defineType<number>({
  name: "slow",
  is: (value): value is number => typeof value === "number",
  coerce: (value) => Number(value),
});

/** A function of one argument of the given type, as its keys. */
function keys(spec: TypeSpec): (value: unknown) => Promise<string> {
  const cached = cacheable({ cache: new Cache("unused"), code: "name", name: "f", args: { x: spec } }, identity);
  return (value) => cached.key(value);
}
const identity = (x: unknown): unknown => x;

test.each<readonly [string, TypeSpec, unknown, unknown]>([
  ["members are coerced", { a: Number, b: String }, { a: "1", b: 2 }, { a: 1, b: "2" }],
  ["what is not declared stays", { a: Number }, { a: 1n, more: [1n] }, { a: 1, more: [1n] }],
  ["absent and undefined members stay", { a: Number, b: Number }, { b: undefined }, { b: undefined }],
  ["members that are inherited are absent", { constructor: Number, toString: String }, {}, {}],
  ["objects nest", { a: { b: [{ c: Number }] } }, { a: { b: [{ c: "1" }] } }, { a: { b: [{ c: 1 }] } }],
  [
    "an instance becomes a plain object",
    { a: Number },
    new (class {
      a = "1";
    })(),
    { a: 1 },
  ],
  ["elements are coerced", [Number], ["1", 2n], [1, 2]],
  ["no elements", [Number], [], []],
  ["lists nest", [[Number]], [["1"], []], [[1], []]],
  ["paths", [FileType], ["a", new URL("file:///b")], ["a", "/b"]],
  ["types of one's own", { a: slow }, { a: "1" }, { a: 1 }],
])("%s", (_what, spec, value, expected) => {
  expect(coerce(spec, value)).toStrictEqual(expected);
});

test.each<readonly [string, TypeSpec, unknown, string]>([
  ["no object", { a: Number }, 1, '"x" must be an object with a'],
  ["null", { a: Number }, null, '"x" must be an object with a'],
  ["an array", { a: Number }, [], '"x" must be an object with a'],
  ["a map, which would become an empty object", { a: Number }, new Map([["a", 1]]), '"x" must be an object with a'],
  ["a date", { a: Number }, new Date(), '"x" must be an object with a'],
  ["a proxy", { a: Number }, new Proxy({ a: 1 }, {}), '"x" must be an object with a'],
  ["an object with a symbol as a key", { a: Number }, { a: 1, [Symbol("s")]: 2 }, '"x" must be an object with a'],
  ["a member of another type", { a: Number }, { a: "one" }, '"x.a" must be a number'],
  ["a null member", { a: Number }, { a: null }, '"x.a" must be a number'],
  [
    "a member deep inside",
    { a: { b: [{ c: Number }] } },
    { a: { b: [{ c: 1 }, { c: "x" }] } },
    '"x.a.b[1].c" must be a number',
  ],
  ["no array", [Number], new Set([1]), '"x" must be an array'],
  ["an element of another type", [Number], [1, "x"], '"x[1]" must be a number'],
  ["an undefined element", [Number], [1, undefined], '"x[1]" must be a number'],
  ["an absent element", [Number], Object.assign([1], { length: 2 }), '"x[1]" must be a number'],
])("refused: %s", (_what, spec, value, message) => {
  expect(() => coerce(spec, value)).toThrow(message);
  expect(() => coerce(spec, value)).toThrow(expect.objectContaining({ code: "E_ARGUMENT_TYPE" }));
});

test.each<readonly [string, TypeSpec, unknown, unknown]>([
  ["two values of a member", { a: Number }, { a: 1 }, { a: 2 }],
  ["an undefined member and none", { a: Number }, { a: undefined }, {}],
  ["a member that is not declared", { a: Number }, { a: 1, b: 1 }, { a: 1, b: 2 }],
  ["members exchanged", { a: Number, b: Number }, { a: 1, b: 2 }, { a: 2, b: 1 }],
  ["two orders of elements", [Number], [1, 2], [2, 1]],
  ["an element more", [Number], [1], [1, 1]],
  ["lists split in two ways", [[Number]], [[1], [2]], [[1, 2]]],
  ["a list of as many ignored elements", [Ignore], [1], [1, 2]],
])("two calls: %s", async (_what, spec, one, other) => {
  expect(await keys(spec)(one)).not.toBe(await keys(spec)(other));
});

test.each<readonly [string, TypeSpec, unknown, unknown]>([
  ["the order of members", { a: Number, b: Number }, { a: 1, b: 2 }, { b: "2", a: "1" }],
  ["an ignored member", { a: Number, log: Ignore }, { a: 1, log: () => 1 }, { a: 1n, log: Symbol("s") }],
  ["an ignored member and none", { a: Number, log: Ignore }, { a: 1, log: () => 1 }, { a: 1 }],
  ["ignored elements", [Ignore], [1, 2], [{}, () => 1]],
])("one call: %s", async (_what, spec, one, other) => {
  expect(await keys(spec)(one)).toBe(await keys(spec)(other));
});

test("what is ignored is passed on as it is, a promise too", async () => {
  const ws = await workspace();
  const cache = new Cache(ws.resolve("cache"));
  const pending = new Promise(() => undefined);
  const received: unknown[] = [];
  const cached = cacheable(
    { cache, name: "passed", store: false, args: { o: { p: Ignore }, l: [Ignore] } },
    (o: { p: unknown }, l: unknown[]) => received.push(o.p, l[0]),
  );

  await cached({ p: pending }, [pending]);

  expect(received[0]).toBe(pending);
  expect(received[1]).toBe(pending);
  await cache.close();
});

test("the tag tells the form of the type", () => {
  expect(resolveType({ b: Number, a: FileType }, "args.x").tag).toBe("{a,b}");
  expect(resolveType([{ a: Number }], "args.x").tag).toBe("[{a}]");
});

test.each<readonly [string, unknown, string]>([
  ["text", "Number", "args.x is not a type: 'Number'."],
  ["null", null, "args.x is not a type: null."],
  ["a number", 1, "args.x is not a type: 1."],
  ["an empty array", [], "args.x is not a type: []."],
  ["an array of two", [Number, String], "args.x is not a type: [ [Function: Number], [Function: String] ]."],
  ["a member that is none", { a: { b: 1 } }, "args.x.a.b is not a type: 1."],
  ["an element that is none", ["Number"], "args.x[0] is not a type: 'Number'."],
])("no type: %s", (_what, spec, message) => {
  expect(() => resolveType(spec as never, "args.x")).toThrow(message);
  expect(() => resolveType(spec as never, "args.x")).toThrow(expect.objectContaining({ code: "E_SETTING" }));
});

test.each<readonly [string, TypeSpec, unknown, boolean]>([
  ["a number", Number, 1, true],
  ["the digits of a number: a result is not coerced", Number, "1", false],
  ["all members", { a: Number, b: String }, { a: 1, b: "" }, true],
  ["a member too few", { a: Number, b: String }, { a: 1 }, false],
  ["a member of another type", { a: Number }, { a: "1" }, false],
  ["null for an object", { a: Number }, null, false],
  ["all elements", [Number], [1, 2], true],
  ["an absent element", [Number], new Array(1), false],
  ["an element of another type", [Number], [1, "2"], false],
  ["no array", [Number], new Set([1]), false],
])("a result: %s", async (_what, spec, value, expected) => {
  expect(await resolveType(spec, "returnType").accepts(value)).toBe(expected);
});
