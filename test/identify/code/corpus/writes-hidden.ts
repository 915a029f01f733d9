// biome-ignore-all lint/suspicious/noTemplateCurlyInString: sources of other programs
import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

const TABLE = "const TABLE: any = { a: 1, b: {}, text: '1', list: [{}], by: { k: {} }, map: new Map([['k', {}]]) };";
const whole = (more: string): string => model("return [TABLE, x];", `${TABLE}\n${more}`);

/** Statements that write to `TABLE` by a detour. Each has one `2`. */
const DETOURS: readonly (readonly [name: string, statement: string])[] = [
  ["each value of it", "for (const b of Object.values<any>(TABLE.by)) b.c = 2;"],
  ["each entry of it", "for (const [, b] of Object.entries<any>(TABLE.by)) b.c = 2;"],
  ["each value of it, by forEach", "Object.values<any>(TABLE.by).forEach((b) => { b.c = 2; });"],
  ["each member of a list", "for (const b of TABLE.list) b.c = 2;"],
  ["each member of a copied list", "for (const b of [...TABLE.list]) b.c = 2;"],
  ["each member of a list that is made of it", "Array.from<any>(TABLE.list).forEach((b) => { b.c = 2; });"],
  ["each member of a list, by map", "TABLE.list.map((b: any) => { b.c = 2; });"],
  ["each member of a list, by map and a function", "const fill = (b: any) => { b.c = 2; };\nTABLE.list.map(fill);"],
  ["each value of a map", "for (const b of TABLE.map.values()) b.c = 2;"],
  ["each value of a map, by forEach", "TABLE.map.forEach((b: any) => { b.c = 2; });"],
  ["what a method finds", "TABLE.list.find(() => true).c = 2;"],
  ["what a map has", "TABLE.map.get('k').c = 2;"],
  ["what a map has, by a variable", "const b = TABLE.map.get('k');\nb.c = 2;"],
  ["the first of a list, by a pattern", "const [b] = TABLE.list;\nb.c = 2;"],
  ["a deep pattern", "const { list: [b] } = TABLE;\nb.c = 2;"],
  ["a pattern's rest", "const { a, ...b } = TABLE;\nb.b.c = 2;"],
  ["a shallow copy", "const b = { ...TABLE };\nb.b.c = 2;"],
  ["a shallow copy, by Object.assign", "const b: any = Object.assign({}, TABLE);\nb.b.c = 2;"],
  ["a copied list", "const b = TABLE.list.slice();\nb[0].c = 2;"],
  ["a member of a list that holds it", "const b = [TABLE];\nb[0].a = 2;"],
  ["a map that holds it", "const b = new Map([['t', TABLE]]);\nb.get('t').a = 2;"],
  ["a set that holds it", "const b = new Set([TABLE]);\nfor (const c of b) c.a = 2;"],
  ["a list that it is put into", "const b: any[] = [];\nb.push(TABLE);\nb[0].a = 2;"],
  ["a map that it is put into", "const b = new Map();\nb.set('t', TABLE);\nb.get('t').a = 2;"],
  ["an object that it is put into", "const b: any = {};\nb.c = TABLE;\nb.c.a = 2;"],
  ["a getter that gives it", "const b = { get c() { return TABLE; } };\nb.c.a = 2;"],
  ["a method that gives it", "const b = { c: () => TABLE };\nb.c().a = 2;"],
  ["a static method that gives it", "class B { static c() { return TABLE; } }\nB.c().a = 2;"],
  ["a field that holds it", "class B { c = TABLE; }\nnew B().c.a = 2;"],
  [
    "an instance that holds it",
    "class B { constructor(readonly c: any) {} fill() { this.c.a = 2; } }\nnew B(TABLE).fill();",
  ],
  [
    "an instance of a variable that holds it",
    "class B { constructor(readonly c: any) {} fill() { this.c.a = 2; } }\nconst b = new B(TABLE);\nb.fill();",
  ],
  ["a generator that gives it", "function* b() { yield TABLE; }\nfor (const c of b()) c.a = 2;"],
  ["an async function that gives it", "async function b() { return TABLE; }\n(await b()).a = 2;"],
  ["a promise of it", "const b = await Promise.resolve(TABLE);\nb.a = 2;"],
  ["a promise of it, by then", "await Promise.resolve(TABLE).then((b) => { b.a = 2; });"],
  ["several promises", "const [b] = await Promise.all([TABLE]);\nb.a = 2;"],
  ["a function that gives what it is given", "const same = (b: any) => b;\nsame(TABLE).a = 2;"],
  [
    "a function that gives what it is given, by a variable",
    "const same = (b: any) => b;\nconst b = same(TABLE);\nb.a = 2;",
  ],
  ["a function that is called at once and gives it", "const b = (() => TABLE)();\nb.a = 2;"],
  ["a function that gives a function", "const fill = (b: any) => () => { b.a = 2; };\nfill(TABLE)();"],
  [
    "a function that gives a function, by a variable",
    "const make = (b: any) => (c: number) => { b.a = c; };\nconst fill = make(TABLE);\nfill(2);",
  ],
  [
    "a function that calls what it is given",
    "const on = (b: any, c: (b: any) => void) => c(b);\non(TABLE, (b) => { b.a = 2; });",
  ],
  ["a default of a parameter", "function fill(b = TABLE) { b.a = 2; }\nfill();"],
  ["a default in a parameter's pattern", "function fill({ b = TABLE }: any = {}) { b.a = 2; }\nfill();"],
  ["a rest parameter", "function fill(...b: any[]) { b[0].a = 2; }\nfill(TABLE);"],
  ["arguments", "function fill(..._: any[]) { arguments[0].a = 2; }\nfill(TABLE);"],
  ["this, by call", "function fill(this: any) { this.a = 2; }\nfill.call(TABLE);"],
  ["this, by apply", "function fill(this: any) { this.a = 2; }\nReflect.apply(fill, TABLE, []);"],
  ["this, as a method", "function fill(this: any) { this.a = 2; }\nTABLE.fill = fill;\nTABLE.fill();"],
  ["a spread argument", "const b = [TABLE, { a: 2 }] as const;\nObject.assign(...b);"],
  ["a sequence", "(0, TABLE).a = 2;"],
  ["what a template's tag gives", "const tag = (_: any, b: any) => b;\ntag`${TABLE}`.a = 2;"],
  [
    "what is caught, by an instance",
    "class B { constructor(readonly c: any) {} fill(d: number) { this.c.a = d; } }\ntry { throw TABLE; } catch (b) { new B(b).fill(2); }",
  ],
  ["a condition's second value", "const b = TABLE.none ?? TABLE;\nb.a = 2;"],
  ["an assignment where there is nothing", "let b: any;\nb ??= TABLE;\nb.a = 2;"],
  ["an assignment by a pattern", "let b: any;\n[b] = [TABLE];\nb.a = 2;"],
  ["a frozen view of it", "const b: any = Object.freeze({ c: TABLE });\nb.c.a = 2;"],
  ["what Object.freeze gives", "const b: any = Object.seal(TABLE);\nb.a = 2;"],
  ["a proxy", "const b = new Proxy(TABLE, {});\nb.a = 2;"],
  ["a weak reference", "const b = new WeakRef(TABLE);\n(b.deref() as any).a = 2;"],
  ["an object whose prototype it is", "const b = Object.create(TABLE);\nb.b.c = 2;"],
  ["a variable that a function sets", "let b: any;\nfunction take(c: any) { b = c; }\ntake(TABLE);\nb.a = 2;"],
  [
    "options that a function keeps",
    "let b: any;\nfunction configure(options: any) { b = options; }\nconfigure({ table: TABLE });\nb.table.a = 2;",
  ],
  [
    "an object that a function keeps it in",
    "const kept: any = {};\nfunction keep(c: any) { kept.c = c; }\nkeep(TABLE);\nkept.c.a = 2;",
  ],
  ["functions in a list", "const all = [() => { TABLE.a = 2; }];\nfor (const b of all) b();"],
  ["functions in a list, by forEach", "const all = [() => { TABLE.a = 2; }];\nall.forEach((b) => b());"],
  ["functions in a map", "const all = new Map([['b', () => { TABLE.a = 2; }]]);\nall.get('b')!();"],
  [
    "functions that are put into a list",
    "const all: any[] = [];\nall.push(() => { TABLE.a = 2; });\nfor (const b of all) b();",
  ],
  [
    "functions that another function puts into a list",
    "const all: any[] = [];\nconst on = (b: any) => { all.push(b); };\non(() => { TABLE.a = 2; });\nfor (const b of all) b();",
  ],
  [
    "an emitter",
    "const { EventEmitter } = await import('node:events');\nconst events = new EventEmitter();\nevents.on('a', () => { TABLE.a = 2; });\nevents.emit('a');",
  ],
  ["a getter that is read", "const b = { get c() { return (TABLE.a = 2); } };\nb.c;"],
  ["a conversion", "const b = { toString() { TABLE.a = 2; return ''; } };\n`${b}`;"],
  ["a class of a mixin", "const mix = (b: any) => class { static { b.a = 2; } };\nmix(TABLE);"],
  ["a method of a base class", "class B { fill() { TABLE.a = 2; } }\nclass C extends B {}\nnew C().fill();"],
  ["a constructor of a base class", "class B { constructor() { TABLE.a = 2; } }\nclass C extends B {}\nnew C();"],
  ["a field of an instance", "class B { c = (TABLE.a = 2); }\nnew B();"],
  ["a private method", "class B { #fill() { TABLE.a = 2; } static { new B().#fill(); } }"],
  ["Reflect.construct", "class B { constructor() { TABLE.a = 2; } }\nReflect.construct(B, []);"],
  [
    "a recursive function",
    "function fill(b: any, c: number) { if (c > 0) fill(b, c - 1); else b.a = 2; }\nfill(TABLE, 3);",
  ],
  [
    "two functions that call each other",
    "function one(b: any, c: number) { if (c > 0) two(b, c - 1); }\nfunction two(b: any, c: number) { b.a = 2; one(b, c - 1); }\none(TABLE, 3);",
  ],
  [
    "a function that is handed through three",
    "const first = (b: any) => second(b), third = (b: any) => { b.a = 2; };\nfunction second(b: any) { third(b); }\nfirst(TABLE);",
  ],
  ["a member that is handed through", "const fill = ({ b: { c } }: any) => { c.a = 2; };\nfill({ b: { c: TABLE } });"],
  ["a timer", "await new Promise<void>((resolve) => setTimeout(() => { TABLE.a = 2; resolve(); }, 0));"],
  ["a microtask", "queueMicrotask(() => { TABLE.a = 2; });\nawait 0;"],
  ["an async loop", "for await (const b of [TABLE]) b.a = 2;"],
  ["a comma in a loop", "for (let i = 0; i < 1; TABLE.a = 2, i++);"],
  ["a loop's test", "while ((TABLE.a = 2) < 0);"],
  ["a default of a pattern", "const { b = (TABLE.a = 2) }: any = {};"],
  ["an exported declaration", "export const b = ((TABLE.a = 2), 1);"],
  ["a computed key", "const b = { [(TABLE.a = 2)]: 1 };"],
  ["a throw that is caught", "try { throw TABLE; } catch (b: any) { b.a = 2; }"],
  ["a variable of a block", "{ const b = TABLE; { b.a = 2; } }"],
  ["a switch's variable", "switch (1) { case 1: const b = TABLE; b.a = 2; }"],
  ["Object.defineProperties", "Object.defineProperties(TABLE, { a: { value: 2 } });"],
  ["Object.assign, and another thing first", "Object.assign(TABLE.b, { c: 2 });"],
  ["a list's length", "TABLE.list.length = 2;"],
  ["splice of what another name holds", "const { list: b } = TABLE, c = b;\nc.splice(0, 1, 2);"],
];

/** Variables that `run` reads as `rate`, and statements that assign them. */
const ASSIGNED: readonly (readonly [name: string, statement: string])[] = [
  ["a pattern", "[rate] = [2];"],
  ["a short pattern", "({ rate } = { rate: 2 });"],
  ["a pattern's default", "({ a: { b: rate = 2 } = {} } = {} as any);"],
  ["a pattern's rest", "[, ...rate] = [1, 2];"],
  ["a loop", "for (rate of [1, 2]);"],
  ["a loop over keys", "for (rate in { 2: 1 });"],
  ["++", "for (let i = 0; i < 2; i++) rate++;"],
  ["an operator", "rate += 2;"],
  ["&&=", "rate &&= 2;"],
  ["a function in a list", "[(a: any) => { rate = a; }].forEach((a) => a(2));"],
  ["a method of a class", "class A { static set(a: any) { rate = a; } }\nA.set(2);"],
  ["a setter", "const a = { set b(c: any) { rate = c; } };\na.b = 2;"],
  ["a function that a function gives", "const make = () => (a: any) => { rate = a; };\nmake()(2);"],
  ["a function that is called in a declaration", "const put = (a: any) => (rate = a);\nconst b = put(2);"],
  ["a function that is called by a function that the function calls too", "function main() { set(2); }\nmain();"],
  ["a function that the function calls too", "set(2);"],
  ["a function with a default", "const store = (a: any = 2) => { rate = a; };\nstore();"],
  ["a promise", "await Promise.resolve(2).then(set);"],
  ["a conditional call", "if (rate) set(2);"],
];

const LET = "let rate: any = 1;\nfunction set(a: any) { rate = a; }";

/** Declarations that only read `TABLE`. */
const DERIVED: readonly (readonly [name: string, statement: string])[] = [
  ["map", "export const b = TABLE.list.map((c: any) => c.d + 2);"],
  ["filter", "export const b = TABLE.list.filter((c: any) => c.d > 2);"],
  ["reduce", "export const b = TABLE.list.reduce((c: number, d: any) => c + d.e, 2);"],
  ["find", "export const b = TABLE.list.find((c: any) => c.d === 2);"],
  ["some", "export const b = TABLE.list.some((c: any) => c.d === 2);"],
  ["slice", "export const b = TABLE.list.slice(2);"],
  ["spread", "export const b = [...TABLE.list, 2];"],
  ["Object.keys", "export const b = Object.keys(TABLE).length + 2;"],
  ["Object.entries and map", "export const b = Object.entries(TABLE).map(([c, d]) => `${c} ${d} 2`);"],
  ["a text's method", "export const b = TABLE.text.padStart(2);"],
  ["a number's method", "export const b = TABLE.a.toFixed(2);"],
  ["a loop that reads", "let b = 0;\nfor (const c of TABLE.list) b += c.d * 2;"],
  ["a map's get", "export const b = TABLE.map.get('2');"],
  ["JSON.stringify", "export const b = JSON.stringify(TABLE, null, 2);"],
  ["a template", "export const b = `${TABLE.a} 2`;"],
  ["a pattern", "export const { a: b = 2 } = TABLE;"],
  ["a function that reads what it is given", "const read = (c: any) => c.a + 2;\nexport const b = read(TABLE);"],
  [
    "another cached function that is called",
    "const other = cacheable({ name: 'other' }, async (c: any) => c.a + 2);\nexport const b = await other(TABLE);",
  ],
  ["a Map of it", "export const b = new Map(TABLE.list.map((c: any) => [c.d, 2]));"],
  ["structuredClone", "const b = structuredClone(TABLE);\nb.a = 2;"],
  ["Object.freeze", "Object.freeze(TABLE);\nconst two = 2;"],
  ["a template that is kept elsewhere", "const other: any = {};\nother.b = `${TABLE.text} 2`;"],
  ["a sum that is kept elsewhere", "const other: any = {};\nother.b = [TABLE.a + 2];"],
  [
    "a class with a base whose methods give it",
    "class A { b() { return [TABLE]; } }\nclass B { b() { return [new A().b()]; } }\nexport class C extends B { d = 2; }",
  ],
  ["a class with a base that would write", "class A { b() { TABLE.a = 1; } }\nexport class C extends A { d = 2; }"],
];

/** What cannot be written to, as its text tells. */
const KEPT: readonly (readonly [name: string, declaration: string, value: string])[] = [
  ["a number", "const rate = 1;", "rate"],
  ["a text", "const rate = 'a';", "rate"],
  ["an enum's value", "enum MODE { A = 1 }", "MODE.A"],
];

const PACKAGE = {
  "node_modules/decimal/package.json": '{ "name": "decimal", "version": "1.0.0", "main": "index.js" }',
  "node_modules/decimal/index.js": "module.exports = class Decimal { static set() {} };",
};

/** Statements that configure what comes from elsewhere, and that `run` uses. */
const CONFIGURED: readonly (readonly [name: string, imports: string, statement: string, body: string])[] = [
  ["a package's default", 'import Decimal from "decimal";', "Decimal.set({ precision: 2 });", "return new Decimal(x);"],
  ["a package's member", 'import Decimal from "decimal";', "Decimal.precision = 2;", "return new Decimal(x);"],
  [
    "a package's deep member",
    'import Decimal from "decimal";',
    "Decimal.defaults.precision = 2;",
    "return new Decimal(x);",
  ],
  ["a package's namespace", 'import * as decimal from "decimal";', "decimal.set(2);", "return decimal.make(x);"],
  [
    "another export of a package",
    'import { make, configure } from "decimal";',
    "configure({ precision: 2 });",
    "return make(x);",
  ],
  [
    "a package that is handed to a function",
    'import Decimal from "decimal";',
    "const setUp = (a: any) => { a.precision = 2; };\nsetUp(Decimal);",
    "return new Decimal(x);",
  ],
  [
    "a module of Node",
    'import { EventEmitter } from "node:events";',
    "EventEmitter.defaultMaxListeners = 2;",
    "return new EventEmitter();",
  ],
  ["JSON", 'import config from "./config.json" with { type: "json" };', "config.rate = 2;", "return config.rate * x;"],
];

/** `tsx` and Node have one global object. */
const PROTOTYPES: readonly (readonly [name: string, statement: string, body: string])[] = [
  ["of lists", "(Array.prototype as any).total = () => 2;", "return ([x] as any).total();"],
  ["of numbers", "(Number.prototype as any).twice = () => 2;", "return (x as any).twice();"],
  [
    "of objects",
    "Object.defineProperty(Object.prototype, 'rate', { configurable: true, value: 2 });",
    "return ({} as any).rate;",
  ],
];

export const writesHidden: readonly CodeCase[] = [
  ...DETOURS.map(([name, statement]) =>
    covered(name, whole(statement), swap([statement, statement.replace("2", "3")])),
  ),
  ...ASSIGNED.map(([name, statement]) =>
    covered(
      `a variable that is assigned: ${name}`,
      model("if (x > 5) set(x); return rate;", `${LET}\n${statement}`),
      swap(["2", "3"]),
    ),
  ),
  ...KEPT.map(([name, declaration, value]) =>
    ignored(
      `only read: ${name} that is kept elsewhere`,
      model(`return [${value}, x];`, `${declaration}\nconst other: any = {};\nother.b = [${value}, 2];`),
      swap(["2", "3"]),
    ),
  ),
  ...DERIVED.map(([name, statement]) => ignored(`only read: ${name}`, whole(statement), swap(["2", "3"]))),
  ...CONFIGURED.map(([name, imports, statement, body]) =>
    covered(
      `what comes from elsewhere: ${name}`,
      { ...PACKAGE, "config.json": '{ "rate": 1 }', "model.ts": model(body, `${imports}\n${statement}`) },
      swap(["2", "3"]),
      { warns: "any" },
    ),
  ),
  ...CONFIGURED.map(([name, imports, statement, body]) =>
    covered(
      `what comes from elsewhere, by another module: ${name}`,
      {
        ...PACKAGE,
        "config.json": '{ "rate": 1 }',
        "model.ts": model(body, `${imports}\nimport "./setup.ts";`),
        "setup.ts": `${imports}\n${statement}`,
      },
      { "setup.ts": swap(["2", "3"]) },
      { warns: "any" },
    ),
  ),
  ignored(
    "what comes from elsewhere, and is configured for another function",
    { ...PACKAGE, "model.ts": model("return x;", 'import Decimal from "decimal";\nDecimal.set({ precision: 2 });') },
    swap(["2", "3"]),
  ),
  ignored(
    "a call of a module of Node beside the function",
    model("return fs.existsSync(String(x));", 'import fs from "node:fs";\nfs.mkdirSync("out/2", { recursive: true });'),
    swap(["2", "3"]),
  ),
  ...PROTOTYPES.map(([name, statement, body]) =>
    covered(`a prototype ${name}`, model(body, statement), swap(["2", "3"])),
  ),
];
