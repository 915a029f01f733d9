import { readFileSync } from "node:fs";
import path from "node:path";
import { runInThisContext } from "node:vm";
import * as acorn from "acorn";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hasPrivateState, readFunction } from "../../src/identify/source.ts";
import { digest } from "./digests.ts";
import { tree } from "./reference.ts";

type Fn = (...args: never[]) => unknown;

/** The digest of a function's code. The text stands in an expression that has the function as its value. */
function code(expression: string): string {
  return digest(readFunction(runInThisContext(`(${expression})`) as Fn, "f").tree);
}

/** No two of these do the same, as little as they may differ. `⏎` stands for a line break. */
const PROGRAMS: readonly string[] = readFileSync(path.join(import.meta.dirname, "fixture/programs.txt"), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.replaceAll("⏎", "\n"));

test("no two programs share a digest", () => {
  const digests = new Map<string, string>();
  for (const program of PROGRAMS) {
    const id = code(program);
    expect(`${program} shares its digest with ${digests.get(id)}`).toBe(`${program} shares its digest with undefined`);
    digests.set(id, program);
  }
  expect(digests.size).toBeGreaterThan(150);
});

test("comments and spaces between the tokens do not count", () => {
  const filler = fc.constantFrom(" ", "\t", "  ", "/* c */", " /* return */ ", "\u00a0");
  fc.assert(
    fc.property(fc.constantFrom(...PROGRAMS), fc.array(filler, { minLength: 1, maxLength: 5 }), (program, fillers) => {
      const tokens = [...acorn.tokenizer(program, { ecmaVersion: "latest" })].map(({ start, end }) =>
        program.slice(start, end),
      );
      fc.pre(!/[`\n/]/.test(program)); // Within a template, spaces count; a tokenizer alone mistakes divisions for patterns.
      const spaced = tokens.map((token, i) => token + fillers[i % fillers.length]).join("");
      expect(code(spaced)).toBe(code(program));
    }),
    { numRuns: 500 },
  );
});

test("line breaks count exactly where they change the program", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PROGRAMS),
      fc.nat(),
      fc.constantFrom("\n", "// c\n", "\r\n", "\u2028"),
      (program, at, lineBreak) => {
        fc.pre(!/[`/]/.test(program));
        const places = [...acorn.tokenizer(program, { ecmaVersion: "latest" })].map(({ end }) => end);
        const place = places[at % places.length] ?? 0;
        const broken = `${program.slice(0, place)}${lineBreak}${program.slice(place)}`;
        fc.pre(isFunction(broken));
        expect(code(broken) === code(program)).toBe(astOf(broken) === astOf(program));
      },
    ),
    { numRuns: 1_000 },
  );
  expect(code("(a, b) => { return a + b }")).not.toBe(code("(a, b) => { return\na + b }"));
});

function astOf(program: string): string {
  const node = acorn.parseExpressionAt(`(${program}\n)`, 0, { ecmaVersion: "latest", sourceType: "script" });
  return digest(tree(node as unknown as Readonly<Record<string, unknown>>));
}

function isFunction(program: string): boolean {
  try {
    return typeof runInThisContext(`(${program}\n)`) === "function";
  } catch {
    return false;
  }
}

test.each([
  ["quotes", `() => "it's" + 'a'`, `() => 'it\\'s' + "a"`],
  ["escapes", `() => "\\u0061\\x62"`, `() => "ab"`],
  ["the spelling of numbers", "() => [1000, 255, 0.5, 100]", "() => [1_000, 0xff, .50, 1e2]"],
  ["needless parentheses", "(a, b) => a + b * 2", "(a, b) => ((a) + (b * (2)))"],
  ["semicolons", "(a) => { let b = a; return b; }", "(a) => { let b = a\n return b }"],
  ["trailing commas", "(a, b) => [a, f(b)]", "(a, b,) => [a, f(b,),]"],
  ["parentheses around a parameter", "a => a", "(a) => a"],
  [
    "comments everywhere",
    "(a) => { return a; }",
    "(/* a */ a /* : number */) => { // b\n /** c */ return a; /* return\n */ }",
  ],
  ["a hashbang of comments", "function () { return 1; }", "function /* a */ ( ) /* b */ {\n\n return 1 ; // c\n}"],
  ["the function's own name", "function a() { return 1; }", "function b() { return 1; }"],
  ["a name and none", "function a() { return 1; }", "function () { return 1; }"],
])("do not count: %s", (_what, one, other) => {
  expect(code(one)).toBe(code(other));
});

test.each([
  ["a method", "({ a(x) { return x; } }).a"],
  ["a method with a computed name", "({ ['a' + 'b'](x) { return x; } }).ab"],
  ["a method with a symbol as its name", "({ [Symbol.iterator](x) { return x; } })[Symbol.iterator]"],
  ["a method with a number as its name", "({ 1(x) { return x; } })[1]"],
  ["a method with a keyword as its name", "({ class(x) { return x; } }).class"],
  ["a method called async", "({ async(x) { return x; } }).async"],
  ["a method called get", "({ get(x) { return x; } }).get"],
  ["a method of a class", "new (class { a(x) { return x; } })().a"],
  ["a static method", "(class { static a(x) { return x; } }).a"],
  ["a static method called static", "(class { static static(x) { return x; } }).static"],
  ["a private method", "new (class { #a(x) { return x; } get() { return this.#a; } })().get()"],
  ["a setter", "Object.getOwnPropertyDescriptor({ set a(x) { return x; } }, 'a').set"],
  ["a function with a sloppy body", "function (x) { return x; }"],
])("the name and the place of a function do not count: %s", (_what, expression) => {
  expect(code(expression)).toBe(code("function (x) { return x; }"));
});

test.each([
  ["a getter", "Object.getOwnPropertyDescriptor({ get a() { return 1; } }, 'a').get", "function () { return 1; }"],
  ["an async method", "({ async a() { return 1; } }).a", "async function () { return 1; }"],
  ["a generator method", "({ *a() { yield 1; } }).a", "function* () { yield 1; }"],
  ["an async generator method", "(class { static async *a() { yield 1; } }).a", "async function* () { yield 1; }"],
  ["a field", "new (class { a = () => 1; })().a", "() => 1"],
  [
    "a method whose computed name holds a function",
    "({ [(() => 'a')()]() { return 1; } }).a",
    "function () { return 1; }",
  ],
  ["a method that calls super", "({ a() { return super.a(); } }).a", "({ b() { return super.a(); } }).b"],
  ["a function with sloppy code", "function (a) { with (a) return b; }", "function (a) { with (a)\nreturn b }"],
  ["names that are keywords elsewhere", "function (a) { var await = a; }", "function (a) { var await=a }"],
])("functions of all kinds are read: %s", (_what, one, other) => {
  expect(code(one)).toBe(code(other));
});

test("an edit of a method is noticed, whatever its computed name holds", () => {
  const method = (body: string): string => `({ [[1].map((x) => 'a')[0]]() { ${body} } }).a`;
  expect(code(method("return 1;"))).not.toBe(code(method("return 2;")));
});

test("a sum of 3,000 terms is read", () => {
  const sum = (last: number): string => `(a) => ${"a + ".repeat(3_000)}${last}`;
  expect(code(sum(1))).not.toBe(code(sum(2)));
});

test.each<readonly [string, Fn]>([
  ["a native function", Math.max],
  ["a bound function", ((a: number) => a).bind(null) as Fn],
])("%s is refused", (_what, fn) => {
  expect(() => readFunction(fn, "f")).toThrow(
    expect.objectContaining({ name: "ScalableError", code: "E_FUNCTION", details: { functionName: "f" } }),
  );
});

test.each([
  ["(function () { return this; })", true, false],
  ["(function () { return () => this; })", true, false],
  ["(function (a = this) {})", true, false],
  ["({ a() { return super.a; } }).a", true, false],
  ["(function () { return { [this.a]() {} }; })", true, false],
  ["(function () { return class extends this.A {}; })", true, false],
  ["(function () { return eval('this'); })", true, true],
  ["(function () { return (0, eval)('this'); })", false, false],
  ["(function () { return function () { return this + arguments; }; })", false, false],
  ["(function () { return { a() { return this; } }; })", false, false],
  ["(function () { return arguments.length; })", false, true],
  ["(function () { return () => arguments; })", false, true],
  ["(function () { return 'this arguments'; })", false, false],
  ["((a) => a)", false, false],
])("what a function mentions of its call: %s", (expression, usesThis, usesArguments) => {
  expect(readFunction(runInThisContext(expression) as Fn, "f")).toMatchObject({ usesThis, usesArguments });
});

test.each([
  ["class { #a = 1; }", true],
  ["class { #a; b() { return this.#a; } }", true],
  ["class { static #a = 1; }", false],
  ["class { #a() {} b() { this.#a(); } }", false],
  ["class { get #a() { return 1; } }", false],
  ["class { a = '#a'; b = /#a/; /* #a */ }", false],
  ["class { a() { return class { #b = 1; }; } }", true],
  ["class { constructor() { _A_a.set(this, void 0); __classPrivateFieldSet(this, _A_a, 1, 'f'); } }", true],
  ["class { constructor() { __privateAdd(this, _a, 1); } }", true],
  ["class { constructor() { _classPrivateFieldInitSpec(this, _a, 1); } }", true],
  ["class { constructor() { babelHelpers.classPrivateFieldInitSpec(this, _a, 1); } }", true],
  ["class { constructor() { _class_private_field_init(this, _a, { writable: true, value: 1 }); } }", true],
  ["function A() { _classPrivateFieldInitSpec(this, _a, 1); }", true],
  ["class { accessor #a = 1; }", true],
  ["class { b = 1; c() { return this.b; } }", false],
])("private state of %s: %s", (text, expected) => {
  expect(hasPrivateState(text)).toBe(expected);
  expect(hasPrivateState(text)).toBe(expected);
});
