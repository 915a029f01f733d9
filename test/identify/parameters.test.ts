import { runInThisContext } from "node:vm";
import { type AnyFunction, Cache, type CacheableOptions, cacheable, Ignore, ScalableError } from "scalable";
import { expect, test } from "vitest";
import { slotsOf } from "../../src/identify/parameters.ts";
import { readFunction } from "../../src/identify/source.ts";

const made = new Map<string, AnyFunction>();

/** One function for each text: two with the same name and code are warned of. */
function fn(text: string): AnyFunction {
  const known = made.get(text) ?? (runInThisContext(`(${text})`) as AnyFunction);
  made.set(text, known);
  return known;
}

/** Keys of a function's calls. Nothing is stored. */
function keys(text: string, options: CacheableOptions = {}): (...args: readonly unknown[]) => Promise<string> {
  const cached = cacheable({ name: "f", code: "function", cache: new Cache("unused"), ...options }, fn(text));
  return (...args) => cached.key(...(args as never[]));
}

test.each<readonly [string, string, readonly string[]]>([
  ["names", "(a, b) => 1", ["a", "b", "..."]],
  ["defaults", "(a = 1, b = a) => 1", ["a", "b", "..."]],
  ["destructured parameters by their places", "({ a }, [b] = [], c) => 1", ["0", "1", "c", "..."]],
  ["a rest parameter takes all further ones", "(a, ...b) => 1", ["a", "b"]],
  ["a destructured rest parameter", "(a, ...[b, c]) => 1", ["a", "1"]],
  ["none", "() => 1", ["..."]],
  ["this comes first", "function (a) { return this; }", ["this", "a", "..."]],
  ["the number of arguments comes last", "function (a) { return arguments; }", ["a", "...", "arguments.length"]],
  ["names beyond ASCII", "(année, $, _) => 1", ["année", "$", "_", "..."]],
])("the parts of a key are called after the parameters: %s", (_what, text, names) => {
  expect(slotsOf("f", readFunction(fn(text), "f")).map(({ name }) => name)).toEqual(names);
});

test.each<readonly [string, string, CacheableOptions["args"], readonly string[]]>([
  ["all of them, in their order", "(a, b) => 1", { a: Number, b: String }, ["Number", "String", ""]],
  ["one without a type", "(a, b) => 1", { a: undefined, b: String }, ["", "String", ""]],
  [
    "a destructured parameter may be called anything",
    "({ a }, b) => 1",
    { options: Object, b: Number },
    ["Object", "Number", ""],
  ],
  ["a rest parameter", "(a, ...b) => 1", { a: Number, b: [Number] }, ["Number", "[Number]"]],
  ["this", "(a) => 1", { this: Object, a: Number }, ["Object", "Number", ""]],
])("types are given by name: %s", (_what, text, args, tags) => {
  const slots = slotsOf("f", readFunction(fn(text), "f"), args);
  expect(slots.map(({ type }) => type?.tag ?? "")).toEqual(tags);
});

test.each<readonly [string, string, CacheableOptions["args"], string]>([
  [
    "another order",
    "(a, b) => 1",
    { b: Number, a: Number },
    'f(a, b): "args" must name the function\'s parameters in their order, but names b, a.',
  ],
  ["too few", "(a, b) => 1", { a: Number }, "but names a."],
  ["too many", "(a) => 1", { a: Number, b: Number }, "but names a, b."],
  ["none for one", "(a) => 1", {}, "but names none."],
  ["one for none", "() => 1", { a: Number }, "f(): "],
  ["another name", "(a, { b }) => 1", { A: Number, options: Object }, "f(a, (destructured)): "],
])("types that do not fit are refused: %s", (_what, text, args, message) => {
  const wrap = (): unknown => cacheable({ name: "f", args: args as never }, fn(text));

  expect(wrap).toThrow(ScalableError);
  expect(wrap).toThrow(expect.objectContaining({ code: "E_PARAMETERS", details: { functionName: "f" } }));
  expect(wrap).toThrow(message);
});

test.each<readonly [string, string, readonly unknown[], readonly unknown[]]>([
  ["two orders of arguments", "(a, b) => 1", [1, 2], [2, 1]],
  ["a number and its digits", "(a) => 1", [1], ["1"]],
  ["an array and its elements", "(...a) => 1", [1, 2], [[1, 2]]],
  ["an argument at another place", "(a, b) => 1", [1, undefined], [undefined, 1]],
  ["null and nothing", "(a) => 1", [null], []],
  ["one more than the parameters", "(a) => 1", [1], [1, 2]],
  ["two more and one more", "(a) => 1", [1, 2], [1, 2, 3]],
  ["one more, and as many as an array", "(a) => 1", [1, 2, 3], [1, [2, 3]]],
  ["a rest of undefined and none", "(a, ...b) => 1", [1], [1, undefined]],
  [
    "the number of arguments, where it is asked for",
    "function (a, b) { return arguments.length; }",
    [1],
    [1, undefined],
  ],
  [
    "an object shared by two properties of one argument",
    "(a) => 1",
    [shared()],
    [JSON.parse(JSON.stringify(shared()))],
  ],
])("two calls: %s", async (_what, text, one, other) => {
  const keyOf = keys(text);
  expect(await keyOf(...one)).not.toBe(await keyOf(...other));
});

function shared(): unknown {
  const inner = { x: 1 };
  return { a: inner, b: inner };
}

test.each<readonly [string, string, readonly unknown[], readonly unknown[]]>([
  ["an absent argument and undefined", "(a, b) => 1", [1], [1, undefined]],
  ["an absent argument and undefined, with a default", "(a, b = 2) => 1", [1], [1, undefined]],
  ["no arguments and undefined ones", "(a, b) => 1", [], [undefined, undefined]],
  ["properties in another order", "({ a, b }) => 1", [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
])("one call: %s", async (_what, text, one, other) => {
  const keyOf = keys(text);
  expect(await keyOf(...one)).toBe(await keyOf(...other));
});

test("the value of a default counts as code does", async () => {
  expect(await keys("(a = 1) => a")()).not.toBe(await keys("(a = 2) => a")());
  expect(await keys("(a = 1) => a", { code: "name" })()).toBe(await keys("(a = 2) => a", { code: "name" })());
});

test("the names of parameters count where code does not", async () => {
  expect(await keys("(a) => 1", { code: "name" })(1)).not.toBe(await keys("(b) => 1", { code: "name" })(1));
});

test("this counts where the function mentions it, or its type is given", async () => {
  const keyFor = (text: string, self: unknown, options: CacheableOptions = {}): Promise<string> =>
    cacheable({ name: "f", code: "function", cache: new Cache("unused"), ...options }, fn(text)).key.call(self);
  const mentions = "function () { return this.x; }";

  expect(await keyFor(mentions, { x: 1 })).not.toBe(await keyFor(mentions, { x: 2 }));
  expect(await keyFor(mentions, { x: 1 })).toBe(await keyFor(mentions, { x: 1 }));
  expect(await keyFor(mentions, { x: 1 }, { args: { this: Ignore } })).toBe(
    await keyFor(mentions, { x: 2 }, { args: { this: Ignore } }),
  );
  expect(await keyFor("function () { return 1; }", { x: 1 })).toBe(await keyFor("function () { return 1; }", { x: 2 }));
  const typed = { args: { this: Object } };
  expect(await keyFor("function () { return 1; }", { x: 1 }, typed)).not.toBe(
    await keyFor("function () { return 1; }", { x: 2 }, typed),
  );
});

test("an argument that is ignored may be anything, and counts for nothing", async () => {
  const keyOf = keys("(a, log) => 1", { args: { a: Number, log: Ignore } });
  expect(await keyOf(1, () => 1)).toBe(await keyOf(1, Symbol("s")));
  expect(await keyOf(1)).toBe(await keyOf(1, Promise.resolve()));
  expect(await keyOf(1, 1)).not.toBe(await keyOf(2, 1));
});

test("a refused argument is named as the parameter is", async () => {
  const keyOf = keys("(params, { a }, ...rest) => 1");

  await expect(keyOf({ solver: { callback: () => 1 } })).rejects.toMatchObject({
    code: "E_ARGUMENT_UNHASHABLE",
    details: { parameter: "params", valuePath: "params.solver.callback" },
  });
  await expect(keyOf(1, Symbol("s"))).rejects.toMatchObject({ details: { parameter: "1", valuePath: "1" } });
  await expect(keyOf(1, 2, 3, () => 4)).rejects.toMatchObject({ details: { valuePath: "rest[1]" } });
});
