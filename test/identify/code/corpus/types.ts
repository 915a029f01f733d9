// biome-ignore-all lint/suspicious/noTemplateCurlyInString: sources of other programs
import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

/** Bodies of `run(x)` that do the same once their types are gone. */
const BODIES: readonly (readonly [name: string, body: string, other: string])[] = [
  ["the type of a variable", "const a = x; return a;", "const a: number | string = x; return a;"],
  ["another type of a variable", "const a: number = x; return a;", "const a: Array<{ readonly b?: 1 }> = x; return a;"],
  ["types of an inner function", "return [x].map((a) => a);", "return [x].map((a: number): unknown => a);"],
  [
    "a generic inner function",
    "return (function a(b) { return b; })(x);",
    "return (function a<B extends {}>(b: B): B { return b; })(x);",
  ],
  ["a generic arrow function", "return ((b) => b)(x);", "return (<const B,>(b: B) => b)(x);"],
  ["type arguments of a call", "return use(x);", "return use<string, { a: 1 }>(x);"],
  ["type arguments of new", "return new Map();", "return new Map<string, number>();"],
  ["type arguments of a tag", "return use`a${x}`;", "return use<string>`a${x}`;"],
  ["an instantiated function", "const a = use; return a(x);", "const a = use<number>; return a(x);"],
  ["as", "return x;", "return x as unknown as string;"],
  ["as const", "return [x, 1];", "return [x, 1] as const;"],
  ["as in the left side", "let a: any; a = x; return a;", "let a: any; (a as number) = x; return a;"],
  ["as in a pattern's target", "let a: any; [a] = [x]; return a;", "let a: any; [a as number] = [x]; return a;"],
  ["satisfies", "return { a: x };", "return { a: x } satisfies object;"],
  ["!", "const a: any = x; return a.b.c;", "const a: any = x; return a!.b!.c!;"],
  ["! within an optional chain", "const a: any = x; return a?.b.c;", "const a: any = x; return a?.b!.c;"],
  [
    "as around a chain that is closed",
    "const a: any = x; return (a?.b).c;",
    "const a: any = x; return (a?.b as any).c;",
  ],
  ["an asserted type", "return x;", "return <string><unknown>x;"],
  ["a definite assignment", "let a; a = x; return a;", "let a!: number; a = x; return a;"],
  ["an interface", "return x;", "interface A { b: number; c(): void } return x as A;"],
  ["a type alias", "return x;", "type A<B> = B extends [infer C] ? C : never; return x as A<1>;"],
  [
    "the type of a variable that is caught",
    "try { use(x); } catch (a) { use(a); }",
    "try { use(x); } catch (a: unknown) { use(a); }",
  ],
  ["an optional parameter", "return ((a) => a)(x);", "return ((a?: number) => a)(x);"],
  [
    "this as a parameter",
    "return [function (a) { return a; }, x];",
    "return [function (this: Date, a: number) { return a; }, x];",
  ],
  [
    "a type predicate",
    "return [function (a) { return a; }, x];",
    "return [function (a: unknown): a is number { return a; }, x];",
  ],
  [
    "an assertion signature",
    "return [function (a) { use(a); }, x];",
    "return [function (a: unknown): asserts a is number { use(a); }, x];",
  ],
  [
    "a typed pattern",
    "const { a, b: [c] } = x as any; return [a, c];",
    "const { a, b: [c] }: { a: 1; b: [2] } = x as any; return [a, c];",
  ],
];

/** The same for a class `A` of the module, of which `run` makes an instance. */
const CLASSES: readonly (readonly [name: string, declaration: string, other: string])[] = [
  ["accessibility", "class A { b = 1; c() {} }", "class A { public b = 1; protected c() {} }"],
  ["readonly", "class A { b = 1; static c = 2; }", "class A { readonly b = 1; static readonly c = 2; }"],
  ["override", "class A extends Map { clear() {} }", "class A extends Map { override clear() {} }"],
  ["abstract", "class A { b() {} }", "abstract class A { b() {} abstract c(): void; abstract d: number; }"],
  ["implements", "class A { b() {} }", "class A implements Iterable<1>, PromiseLike<2> { b() {} }"],
  ["generics", "class A extends Map { b(c) {} }", "class A<B, out C = B> extends Map<B, C> { b<D>(c: D) {} }"],
  ["a declared field", "class A { b() {} }", "class A { declare c: number; b() {} }"],
  ["an index signature", "class A { b() {} }", "class A { [c: string]: unknown; static [d: string]: 1; b() {} }"],
  [
    "overloads of a method",
    "class A { b(c) {} }",
    "class A { b(c: string): void; b(c: number): void; b(c: unknown) {} }",
  ],
  [
    "overloads of the constructor",
    "class A { constructor(b) {} }",
    "class A { constructor(b: 1); constructor(b: 2); constructor(b: unknown) {} }",
  ],
  ["the type of a field", "class A { b = 1; #c; }", "class A { b: number = 1; #c?: string; }"],
  ["a definite field", "class A { b; }", "class A { b!: number; }"],
  [
    "the type of an accessor",
    "class A { get b() { return 1; } set b(c) {} }",
    "class A { get b(): number { return 1; } set b(c: number) {} }",
  ],
  ["an optional method", "class A { b() {} }", "class A { b?() {} }"],
  [
    "the kind of a parameter property",
    "class A { constructor(private b: 1) {} }",
    "class A { constructor(public readonly b: number) {} }",
  ],
];

/** Edits of what stands before the function, and what may be a declaration of the same name as a value. */
const MODULE: readonly (readonly [name: string, before: string, other: string])[] = [
  ["an interface of the module", "interface A { b: 1 }", "interface A { b: 2; c(): void }"],
  ["a type of the module", "type A = 1;", "export type A<B = 2> = Partial<B>;"],
  ["a type that is exported", "type A = 1; type B = 2;", "type A = 1; type B = 2; export type { A, B as C };"],
  ["a type with the name of a global", "", "interface Math { a: 1 }"],
  ["a declared variable", "", "declare const RATE: number; declare let B: string;"],
  ["a declared function", "", "declare function use(x: unknown): void;"],
  ["declared globals", "", "declare global { interface Array<T> { total(): T } var RATE: number; }\nexport {};"],
  ["a declared module", "", 'declare module "*.csv" { const a: string; export default a; }'],
  ["a declared enum", "", "declare enum A { B = 1 }\ndeclare namespace C { const d: number; }\ndeclare class E {}"],
  ["a namespace of types only", "namespace A { export interface B { c: 1 } }", "namespace A { export type B = 2 }"],
];

const OVERLOADS = `function helper(a: number): number;
function helper(a: string): string;
function helper(a: any): any { return a; }`;

/** `run` refers to these only by types. */
const TYPE_ONLY: readonly (readonly [name: string, before: string, type: string])[] = [
  ["an enum", "enum RATE { A = 1 }", "RATE"],
  ["a class", "class RATE { a = 1; }", "RATE"],
  ["typeof", "const RATE = { a: 1 };", "typeof RATE"],
  ["keyof typeof", "const RATE = { a: 1 };", "keyof typeof RATE"],
  ["a function's type", "function RATE() { return 1; }", "ReturnType<typeof RATE>"],
  ["a namespace", "namespace RATE { export const a = 1; export type B = 2; }", "RATE.B"],
];

/** What TypeScript gives a meaning at run time: the edit reaches `run`. */
const WITH_MEANING: readonly (readonly [name: string, before: string, edit: [string, string], body: string])[] = [
  ["an enum's value", "enum MODE { A = 1, B }", ["1", "2"], "return MODE.B + x;"],
  ["an enum's text", 'enum MODE { A = "a" }', ['"a"', '"b"'], "return MODE.A + x;"],
  ["an enum's computed value", "enum MODE { A = 1 << 1, B = A | 4 }", ["4", "8"], "return MODE.B + x;"],
  ["a const enum's value", "const enum MODE { A = 1 }", ["1", "2"], "return MODE.A + x;"],
  [
    "what an enum takes from a constant",
    "const base = 1;\nenum MODE { A = base }",
    ["= 1", "= 2"],
    "return MODE.A + x;",
  ],
  ["a second part of an enum", "enum MODE { A = 1 }\nenum MODE { B = 2 }", ["2", "3"], "return MODE.B + x;"],
  ["a namespace's member", "namespace MODE { export const a = 1; }", ["1", "2"], "return MODE.a + x;"],
  [
    "a namespace's inner variable",
    "namespace MODE { const b = 1; export const a = () => b; }",
    ["1", "2"],
    "return MODE.a() + x;",
  ],
  ["a namespace within another", "namespace MODE.B { export const a = 1; }", ["1", "2"], "return MODE.B.a + x;"],
  [
    "a namespace's function",
    "namespace MODE { export function a() { return 1; } }",
    ["1", "2"],
    "return MODE.a() + x;",
  ],
  [
    "a second part of a namespace",
    "namespace MODE { export const a = 1; }\nnamespace MODE { export const b = 2; }",
    ["2", "3"],
    "return MODE.b + x;",
  ],
  [
    "a namespace on a function",
    "function MODE() { return MODE.a; }\nnamespace MODE { export const a = 1; }",
    ["1", "2"],
    "return MODE() + x;",
  ],
  ["a namespace on a class", "class MODE {}\nnamespace MODE { export const a = 1; }", ["1", "2"], "return MODE.a + x;"],
  [
    "a parameter property",
    "class MODE { constructor(private a = 1) {} }",
    ["private a", "a"],
    "return [new MODE(), x];",
  ],
  [
    "the default of a parameter property",
    "class MODE { constructor(private a = 1) {} }",
    ["1", "2"],
    "return [new MODE(), x];",
  ],
  ["a field without a value", "class MODE extends Map { size: any; }", ["size: any;", ""], "return [new MODE(), x];"],
  [
    "an alias of a namespace's member",
    "namespace MODE { export const b = 1; }\nimport A = MODE.b;",
    ["1", "2"],
    "return A + x;",
  ],
];

const NAMES = /\b(?:MODE|base)\b/;

export const types: readonly CodeCase[] = [
  ...BODIES.map(([name, body, other]) => ignored(name, model(body), model(other))),
  ...CLASSES.map(([name, before, other]) =>
    ignored(`a class: ${name}`, model("return new A(x);", before), model("return new A(x);", other)),
  ),
  ...MODULE.map(([name, before, other]) =>
    ignored(name, model("return Math.abs(x);", before), model("return Math.abs(x);", other)),
  ),
  ...TYPE_ONLY.map(([name, before, type]) =>
    ignored(
      `a type's reference: ${name}`,
      model(`const a: ${type} = x as any; return a as ${type};`, before),
      swap([" 1", " 2"]),
    ),
  ),
  ...WITH_MEANING.map(([name, before, edit, body]) =>
    covered(name, model(body, before), (text) => text.replace(before, swap(edit)(before)), {
      changed: [NAMES.exec(before)?.[0] ?? ""],
    }),
  ),
  ignored(
    "the types of the function itself",
    model("return x;"),
    swap(["run(x: number)", "run<T extends {}>(this: void, x?: T): Promise<T | undefined>"]),
  ),
  ignored("overloads", model("return helper(x);", OVERLOADS), swap(["function helper(a: string): string;\n", ""])),
  ignored(
    "all overloads",
    model("return helper(x);", OVERLOADS),
    swap(["function helper(a: number): number;\nfunction helper(a: string): string;\n", ""]),
  ),
  covered("the body under overloads", model("return helper(x);", OVERLOADS), swap(["return a", "return [a]"]), {
    changed: ["helper"],
  }),
  ignored("a type import", model("return x;"), {
    "model.ts": model("return x as A;", 'import type { A } from "./a.ts";'),
    "a.ts": "export type A = 1;",
  }),
  ignored(
    "what a type import leads to",
    {
      "model.ts": model("return x as A;", 'import type { A } from "./a.ts";'),
      "a.ts": "export type A = 1;\nexport const b = 2;",
    },
    { "a.ts": swap(["1", "3"], ["2", "4"]) },
  ),
  ignored(
    "a class that is imported as a type",
    {
      "model.ts": model("return x as any as A;", 'import { type A, b } from "./a.ts";\nuse(b);'),
      "a.ts": "export class A { c = 1; }\nexport const b = 2;",
    },
    { "a.ts": swap(["1", "3"]) },
  ),
  ignored("a type import that is missing", model("return x;"), {
    "model.ts": model("return x as A;", 'import type { A } from "./missing.ts";'),
  }),
  ignored(
    "an import of a namespace of types",
    { "model.ts": model("return x as a.B;", 'import type * as a from "./a.ts";'), "a.ts": "export type B = 1;" },
    { "a.ts": swap(["1", "2"]) },
  ),
  ignored(
    "types that are exported again",
    {
      "model.ts": model("return a(x);", 'import { a } from "./index.ts";'),
      "index.ts": 'export { a } from "./a.ts";\nexport type { B } from "./b.ts";',
      "a.ts": "export const a = Number;",
      "b.ts": "export type B = 1;",
    },
    { "index.ts": swap(["export type { B }", "export type *"]), "b.ts": swap(["1", "2"]) },
  ),
];
