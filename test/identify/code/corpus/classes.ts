import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

/** Classes `A` of the module, of which `run` makes an instance. Each has one `2`. */
const PARTS: readonly (readonly [name: string, declaration: string])[] = [
  ["a method", "class A { b() { return 2; } }"],
  ["the constructor", "class A { b; constructor() { this.b = 2; } }"],
  ["a field", "class A { b = 2; }"],
  ["a static field", "class A { static b = 2; }"],
  ["a private field", "class A { #b = 2; b() { return this.#b; } }"],
  ["a private method", "class A { #b() { return 2; } b() { return this.#b(); } }"],
  ["a private getter", "class A { get #b() { return 2; } b() { return this.#b; } }"],
  ["a static private field", "class A { static #b = 2; static b() { return A.#b; } }"],
  ["whether it has a private field", "class A { #b = 2; static is(c: object) { return #b in c; } }"],
  ["a static block", "class A { static b: number; static { A.b = 2; } }"],
  ["a getter", "class A { get b() { return 2; } }"],
  ["a setter", "class A { b: any; set c(d: number) { this.b = d * 2; } }"],
  ["an accessor", "class A { accessor b = 2; }"],
  ["a computed name", "class A { ['b' + 2]() {} }"],
  ["a generator method", "class A { *[Symbol.iterator]() { yield 2; } }"],
  ["an async generator method", "class A { async *b() { yield 2; } }"],
  ["a conversion", "class A { [Symbol.toPrimitive]() { return 2; } }"],
  ["what it extends", "class Base { b() { return 2; } }\nclass A extends Base {}"],
  ["what that extends", "class First { b() { return 2; } }\nclass Base extends First {}\nclass A extends Base {}"],
  ["what it extends by a call", "const mix = (b: any) => class extends b { c = 2; };\nclass A extends mix(Object) {}"],
  ["a call of super", "class Base { b(c: number) { return c; } }\nclass A extends Base { b() { return super.b(2); } }"],
  [
    "an argument of super",
    "class Base { constructor(public b: number) {} }\nclass A extends Base { constructor() { super(2); } }",
  ],
  ["what a field refers to", "const two = 2;\nclass A { b = two; }"],
  ["what a computed name refers to", "const two = 2;\nclass A { [two]() {} }"],
  ["what a static block refers to", "const two = () => 2;\nclass A { static { two(); } }"],
  ["another class in a method", "class A { b() { return new B().c; } }\nclass B { c = 2; }"],
  ["a decorator", "const times = (b: number) => (c: any) => c;\n@times(2) class A {}"],
  [
    "what a decorator does",
    "function twice(b: any, c: any) { return () => b() * 2; }\nclass A { @twice b() { return 1; } }",
  ],
  [
    "a decorator of a field",
    "const times = (b: number) => (c: any, d: any) => (e: number) => e * b;\nclass A { @times(2) b = 1; }",
  ],
  [
    "a decorator of an accessor",
    "const times = (b: number) => (c: any, d: any): any => ({ init: () => b });\nclass A { @times(2) accessor b = 1; }",
  ],
  [
    "a decorator that is a member",
    "const all = { times: (b: number) => (c: any, d: any) => c };\nclass A { @all.times(2) b() {} }",
  ],
  ["a class expression", "const A = class { b = 2; };"],
  ["a class expression with a name", "const A = class B { static c = 2; d() { return B.c; } };"],
  ["a class of a function", "const make = () => class { b = 2; };\nconst A = make();"],
];

const DIFFERENT: readonly (readonly [name: string, declaration: string, other: string])[] = [
  [
    "a private and a public field",
    "class A { #b = 1; c() { return this.#b; } }",
    "class A { b = 1; c() { return this.b; } }",
  ],
  ["a static and another method", "class A { b() {} }", "class A { static b() {} }"],
  ["a field and a method", "class A { b = () => 1; }", "class A { b() { return 1; } }"],
  ["a field and an accessor", "class A { b = 1; }", "class A { accessor b = 1; }"],
  ["the order of fields", "class A { b = 1; c = 2; }", "class A { c = 2; b = 1; }"],
  [
    "its base",
    "class B { d = 1; }\nclass C {}\nclass A extends B {}",
    "class B { d = 1; }\nclass C {}\nclass A extends C {}",
  ],
  ["no base", "class B { d = 1; }\nclass A extends B {}", "class B { d = 1; }\nclass A {}"],
  [
    "a method that hides an inherited one",
    "class B { d() {} }\nclass A extends B {}",
    "class B { d() {} }\nclass A extends B { d() {} }",
  ],
  [
    "the order of decorators",
    "const b = (c: any) => c, d = (c: any) => class extends c {} as any;\n@b @d class A {}",
    "const b = (c: any) => c, d = (c: any) => class extends c {} as any;\n@d @b class A {}",
  ],
];

const USES = "return [new A(), x];";
const ACROSS = {
  "model.ts": model("return new Demand(x).total();", 'import { Demand } from "./demand.ts";'),
  "demand.ts":
    'import Base, { share } from "./base.ts";\nexport class Demand extends Base { total() { return this.rate() * share(3); } }\nexport class Supply extends Base { total() { return 7; } }',
  "base.ts":
    "export default class Base { constructor(readonly x: number) {} rate() { return 2; } }\nexport const share = (a: number) => a / 4;",
};

export const classes: readonly CodeCase[] = [
  ...PARTS.map(([name, declaration]) => covered(name, model(USES, declaration), swap(["2", "3"]))),
  ...DIFFERENT.map(([name, before, other]) =>
    covered(`not the same: ${name}`, model(USES, before), model(USES, other)),
  ),
  covered(
    "an inherited method of another module",
    ACROSS,
    { "base.ts": swap(["return 2", "return 5"]) },
    { changed: ["Base"] },
  ),
  covered(
    "a method of a class of another module",
    ACROSS,
    { "demand.ts": swap(["share(3)", "share(5)"]) },
    { changed: ["Demand"] },
  ),
  covered(
    "what a method of another module calls",
    ACROSS,
    { "base.ts": swap(["a / 4", "a / 5"]) },
    { changed: ["share"] },
  ),
  ignored("another class with the same base", ACROSS, { "demand.ts": swap(["return 7", "return 8"]) }),
  covered("a class's name", ACROSS, {
    "model.ts": (text) => text.replaceAll("Demand", "Need"),
    "demand.ts": swap(["class Demand", "class Need"]),
  }),
  covered(
    "an instance that the module makes",
    model("return a.b(x);", "class A { b(c: number) { return c * 2; } }\nconst a = new A();"),
    swap(["2", "3"]),
    { changed: ["A"] },
  ),
  covered(
    "what an instance of the module is made with",
    model("return a.b;", "class A { constructor(readonly b: number) {} }\nconst a = new A(2);"),
    swap(["2", "3"]),
    { changed: ["a"] },
  ),
  covered(
    "a static member",
    model("return A.b(x);", "class A { static b(c: number) { return c * 2; } }"),
    swap(["2", "3"]),
    { changed: ["A"] },
  ),
  covered(
    "a class that only instanceof asks for",
    model("return use(x) instanceof A;", "class A { static [Symbol.hasInstance]() { return 2; } }"),
    swap(["2", "3"]),
    { changed: ["A"] },
  ),
  ignored(
    "a class that another refers to by type",
    model(USES, "class B { b = 2; }\nclass A { b: B | undefined; }"),
    swap(["2", "3"]),
  ),
  ignored(
    "a class that nothing refers to",
    model(USES, "class B { b = 2; static c() {} }\nclass A {}"),
    swap(["2", "3"]),
  ),
  ignored(
    "the order of classes",
    model(USES, "class A { b() { return new B(); } }\nclass B { c = 1; }"),
    model(USES, "class B { c = 1; }\nclass A { b() { return new B(); } }"),
  ),
  ignored(
    "a variable in a method",
    model(USES, "class A { b(c: number) { const d = c; return d; } }"),
    model(USES, "class A { b(e: number) { const f = e; return f; } }"),
  ),
  ignored(
    "the variable that holds a class with a name",
    model("return new A();", "const A = class B { c = 1; };"),
    model("return new D();", "const D = class B { c = 1; };"),
  ),

  ...[
    ["an object's method", "const A = { b() { return 2; } };", "return A.b();"],
    ["an object's getter", "const A = { get b() { return 2; } };", "return A.b;"],
    ["an object's setter", "const A = { c: 1, set b(d: number) { this.c = d * 2; } };", "A.b = x; return A.c;"],
    ["an object's computed key", "const A: any = { ['b' + 2]: 1 };", "return A;"],
    ["what an object's computed key refers to", "const two = 2;\nconst A: any = { [two]: 1 };", "return A;"],
    ["an object's spread", "const b = { c: 2 };\nconst A = { ...b };", "return A.c;"],
    ["an object's prototype", "const b = { c: 2 };\nconst A: any = { __proto__: b };", "return A.c;"],
    ["a generator", "function* a() { yield 1; yield 2; }", "return [...a()];"],
    [
      "a generator that goes on with another",
      "function* b() { yield 2; }\nfunction* a() { yield* b(); }",
      "return [...a()];",
    ],
    ["an async generator", "async function* a() { yield 2; }", "return Array.fromAsync(a());"],
    ["a pattern", "const { a: [b = 2] = [] }: any = {};", "return b;"],
    ["a pattern's source", "const from = { a: { b: 2 } };\nconst { a: { b: c } } = from;", "return c;"],
    ["a pattern's default that refers", "const two = 2;\nconst { a = two }: any = {};", "return a;"],
    ["a pattern's key that refers", 'const key = "k2";\nconst { [key]: a }: any = {};', "return a;"],
    ["a pattern's rest", "const { a, ...b } = { a: 1, c: 2 };", "return b;"],
    ["a tagged template", "const tag = (a: any) => a.raw[0];\nconst b = tag`2`;", "return b;"],
    [
      "a closure over a loop's variable",
      "const all: (() => number)[] = [];\nfor (let i = 0; i < 2; i++) all.push(() => i);",
      "return all.map((a) => a());",
    ],
    ["a function's member by a call", "const a = Object.assign(() => 1, { b: 2 });", "return a.b;"],
    ["top-level await", "const a = await Promise.resolve(2);", "return a;"],
    ["what is awaited for", "async function load() { return 2; }\nconst a = await load();", "return a;"],
    ["using at the top", "using a: any = { b: 2, [Symbol.dispose]() {} };", "return a.b;"],
    ["a regular expression", "const a = /b{2}/u;", "return a.test(String(x));"],
    ["a bigint", "const a = 2n;", "return a;"],
    [
      "what several functions deep is captured",
      "const make = (a: number) => () => () => a;\nconst b = make(2)();",
      "return b();",
    ],
    ["a parameter's default that refers", "const two = 2;\nfunction a(b = two) { return b; }", "return a();"],
    [
      "a parameter's default of a function",
      "function two() { return 2; }\nfunction a({ b = two() } = {}) { return b; }",
      "return a();",
    ],
    ["what is deep in an expression", "const a = [{ b: new Map([[1, () => ({ c: [2] })]]) }];", "return a;"],
  ].map(([name = "", before, body = ""]) => covered(name, model(body, before), swap(["2", "3"]))),
];
