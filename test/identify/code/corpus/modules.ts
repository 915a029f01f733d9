import { type CodeCase, covered, ignored, model, rename, swap } from "./case.ts";

/* Long, as each way of importing is a case. */

const HELPER = "export function helper(a: number) { return a * 2; }\nexport const other = 7;\n";

/** Ways from `run` to `helper` of `lib.ts`, in which `a * 2` counts and `7` does not. */
const WAYS: readonly (readonly [name: string, files: Readonly<Record<string, string>>])[] = [
  ["a named import", { "model.ts": model("return helper(x);", 'import { helper } from "./lib.ts";') }],
  ["an import by another name", { "model.ts": model("return a(x);", 'import { helper as a } from "./lib.ts";') }],
  [
    "an import of two",
    { "model.ts": model("return helper(x);", 'import { helper, other } from "./lib.ts";\nuse(other);') },
  ],
  ["a namespace's member", { "model.ts": model("return lib.helper(x);", 'import * as lib from "./lib.ts";') }],
  [
    "a namespace's member by its text",
    { "model.ts": model('return lib["helper"](x);', 'import * as lib from "./lib.ts";') },
  ],
  [
    "a namespace's member that may be missing",
    { "model.ts": model("return lib?.helper?.(x);", 'import * as lib from "./lib.ts";') },
  ],
  [
    "a namespace's member with types around it",
    { "model.ts": model("return (lib as any)!.helper(x);", 'import * as lib from "./lib.ts";') },
  ],
  [
    "a namespace's pattern",
    { "model.ts": model("const { helper } = lib; return helper(x);", 'import * as lib from "./lib.ts";') },
  ],
  [
    "a namespace's pattern at the top of the module",
    { "model.ts": model("return a(x);", 'import * as lib from "./lib.ts";\nconst { helper: a } = lib;') },
  ],
  [
    "a name given again",
    { "model.ts": model("return a(x);", 'import { helper } from "./lib.ts";\nconst a = helper;') },
  ],
  [
    "an export of what was imported",
    {
      "model.ts": model("return helper(x);", 'import { helper } from "./index.ts";'),
      "index.ts": 'import { helper } from "./lib.ts";\nexport { helper };',
    },
  ],
  [
    "an export from",
    {
      "model.ts": model("return helper(x);", 'import { helper } from "./index.ts";'),
      "index.ts": 'export { helper, other } from "./lib.ts";',
    },
  ],
  [
    "an export from by another name",
    {
      "model.ts": model("return a(x);", 'import { a } from "./index.ts";'),
      "index.ts": 'export { helper as a } from "./lib.ts";',
    },
  ],
  [
    "a chain of names",
    {
      "model.ts": model("return c(x);", 'import { default as c } from "./one.ts";'),
      "one.ts": 'export { b as default } from "./two.ts";',
      "two.ts": 'import { a } from "./three.ts";\nexport { a as b };',
      "three.ts": 'export { helper as a } from "./lib.ts";',
    },
  ],
  [
    "export *",
    {
      "model.ts": model("return helper(x);", 'import { helper } from "./index.ts";'),
      "index.ts": 'export * from "./lib.ts";',
    },
  ],
  [
    "export * twice",
    {
      "model.ts": model("return helper(x);", 'import { helper } from "./a.ts";'),
      "a.ts": 'export * from "./b.ts";',
      "b.ts": 'export * from "./lib.ts";',
    },
  ],
  [
    "export * of two modules",
    {
      "model.ts": model("return helper(x);", 'import { helper } from "./index.ts";'),
      "index.ts": 'export * from "./a.ts";\nexport * from "./lib.ts";',
      "a.ts": "export const a = 1;",
    },
  ],
  [
    "export * of a circle",
    {
      "model.ts": model("return helper(x);", 'import { helper } from "./a.ts";'),
      "a.ts": 'export * from "./b.ts";',
      "b.ts": 'export * from "./a.ts";\nexport * from "./lib.ts";',
    },
  ],
  [
    "export * as",
    {
      "model.ts": model("return lib.helper(x);", 'import { lib } from "./index.ts";'),
      "index.ts": 'export * as lib from "./lib.ts";',
    },
  ],
  [
    "export * as in a namespace",
    {
      "model.ts": model("return all.lib.helper(x);", 'import * as all from "./index.ts";'),
      "index.ts": 'export * as lib from "./lib.ts";',
    },
  ],
  [
    "export * in a namespace",
    {
      "model.ts": model("return all.helper(x);", 'import * as all from "./index.ts";'),
      "index.ts": 'export * from "./lib.ts";',
    },
  ],
  [
    "export * as default",
    {
      "model.ts": model("return lib.helper(x);", 'import lib from "./index.ts";'),
      "index.ts": 'export * as default from "./lib.ts";',
    },
  ],
  [
    "a namespace that is exported",
    {
      "model.ts": model("return lib.helper(x);", 'import { lib } from "./index.ts";'),
      "index.ts": 'import * as lib from "./lib.ts";\nexport { lib };',
    },
  ],
  [
    "an export by text",
    {
      "model.ts": model("return a(x);", 'import { "the helper" as a } from "./index.ts";'),
      "index.ts": 'export { helper as "the helper" } from "./lib.ts";',
    },
  ],
  [
    "a dynamic import's pattern",
    { "model.ts": model('const { helper } = await import("./lib.ts"); return helper(x);') },
  ],
  ["a dynamic import's member", { "model.ts": model('return (await import("./lib.ts")).helper(x);') }],
  [
    "a dynamic import in a template without values",
    { "model.ts": model("const { helper: a } = await import(`./lib.ts`); return a(x);") },
  ],
  [
    "a dynamic import at the top",
    { "model.ts": model("return helper(x);", 'const { helper } = await import("./lib.ts");') },
  ],
];

/** The same, where it may not be seen which export is meant. */
const BY_ALL: readonly (readonly [name: string, source: string])[] = [
  ["a dynamic import's promise", model('return import("./lib.ts").then((lib) => lib.helper(x));')],
  ["a dynamic import's promise and a pattern", model('return import("./lib.ts").then(({ helper }) => helper(x));')],
  ["a dynamic import's module as a variable", model('const lib = await import("./lib.ts"); return lib.helper(x);')],
  ["a namespace as a value", model("return use(lib, x);", 'import * as lib from "./lib.ts";')],
  [
    "a namespace in an object",
    model("return all.lib.helper(x);", 'import * as lib from "./lib.ts";\nconst all = { lib };'),
  ],
  [
    "a namespace's rest",
    model("const { other, ...rest } = lib; return use(rest);", 'import * as lib from "./lib.ts";'),
  ],
  ["a namespace that is spread", model("return use({ ...lib }, x);", 'import * as lib from "./lib.ts";')],
];

/** What `lib.ts` exports, and `run` imports: each has one `2` that counts, and none or one `7` that does not. */
const EXPORTS: readonly (readonly [name: string, imports: string, use: string, library: string])[] = [
  ["a constant", "{ a }", "a", "export const a = 2;"],
  ["a variable", "{ a }", "a", "export let a = 2;"],
  ["one of two constants", "{ a }", "a", "export const b = 7, a = 2;"],
  ["a class", "{ A }", "new A().b()", "export class A { b() { return 2; } }\nexport class C { b() { return 7; } }"],
  ["an arrow function", "{ a }", "a()", "export const a = () => 2, b = () => 7;"],
  ["a generator", "{ a }", "[...a()]", "export function* a() { yield 2; }"],
  ["an async generator", "{ a }", "Array.fromAsync(a())", "export async function* a() { yield 2; }"],
  ["an export beside its declaration", "{ b }", "b", "const a = 2, c = 7;\nexport { a as b, c };"],
  ["an export before its declaration", "{ b }", "b()", "export { a as b };\nfunction a() { return 2; }"],
  ["the default: a function", "a", "a()", "export default function a() { return 2; }\nexport const b = 7;"],
  ["the default: a function without a name", "a", "a()", "export default function () { return 2; }"],
  ["the default: an arrow function", "a", "a()", "export default () => 2;"],
  ["the default: a class", "A", "new A().b()", "export default class A { b() { return 2; } }"],
  ["the default: a class without a name", "A", "new A().b()", "export default class { b() { return 2; } }"],
  ["the default: an expression", "a", "a.b", "export default { b: 2 };"],
  ["the default: a name", "a", "a", "const b = 2, c = 7;\nexport default b;"],
  ["the default: an alias", "a", "a", "const b = 2, c = 7;\nexport { b as default };"],
  [
    "the default and another",
    "a, { b }",
    "a(b)",
    "export default function a(c: number) { return c; }\nexport const b = 2;",
  ],
  ["the default of a namespace", "* as lib", "lib.default()", "export default () => 2;\nexport const b = 7;"],
  ["a pattern", "{ a }", "a", "export const { a } = { a: 2 };"],
  ["a pattern's default", "{ a }", "a", "const from: any = {};\nexport const { b: { c: [a = 2] = [] } = {} } = from;"],
  ["a pattern's source", "{ a }", "a", "const from = { a: 2 }, b = 7;\nexport const { a } = from;"],
  ["an array pattern", "{ a }", "a", "export const [, a, ...b] = [1, 2];"],
  ["an enum", "{ A }", "A.B", "export enum A { B = 2 }\nexport enum C { D = 7 }"],
  ["a namespace", "{ A }", "A.b", "export namespace A { export const b = 2; }"],
  ["what is awaited", "{ a }", "a", "export const a = await Promise.resolve(2);\nawait Promise.resolve(7);"],
  ["an immediately called function", "{ a }", "a", "export const a = (() => { const b = 2; return b; })();"],
];

const STARS = {
  "model.ts": model("return helper(x);", 'import { helper } from "./index.ts";'),
  "a.ts": "export const helper = (a: number) => a * 2;",
  "b.ts": "export const other = (a: number) => a * 3;",
};
const JSON_IMPORT = 'import config from "./config.json" with { type: "json" };';
const CONFIG = '{ "rate": 2, "of": ["a", null] }';

export const modules: readonly CodeCase[] = [
  ...WAYS.map(([name, files]) =>
    covered(name, { ...files, "lib.ts": HELPER }, { "lib.ts": swap(["* 2", "* 3"]) }, { changed: ["helper"] }),
  ),
  ...WAYS.map(([name, files]) =>
    ignored(`${name}: another export`, { ...files, "lib.ts": HELPER }, { "lib.ts": swap(["= 7", "= 8"]) }),
  ),
  ...BY_ALL.map(([name, source]) =>
    covered(
      name,
      { "model.ts": source, "lib.ts": HELPER },
      { "lib.ts": swap(["* 2", "* 3"]) },
      { changed: ["helper"], warns: "any" },
    ),
  ),
  ...BY_ALL.map(([name, source]) =>
    ignored(
      `${name}: what is not exported`,
      { "model.ts": source, "lib.ts": `${HELPER}const hidden = 1;` },
      { "lib.ts": swap(["= 1", "= 8"]) },
      { warns: "any" },
    ),
  ),
  ...EXPORTS.map(([name, imports, use, source]) =>
    covered(
      `an export of ${name}`,
      { "model.ts": model(`return [${use}, x];`, `import ${imports} from "./lib.ts";`), "lib.ts": source },
      { "lib.ts": swap(["2", "3"]) },
    ),
  ),
  ...EXPORTS.filter(([, , , source]) => source.includes("7")).map(([name, imports, use, source]) =>
    ignored(
      `an export of ${name}: what stands beside it`,
      { "model.ts": model(`return [${use}, x];`, `import ${imports} from "./lib.ts";`), "lib.ts": source },
      { "lib.ts": swap(["7", "8"]) },
    ),
  ),
  covered(
    "all of a namespace as a value: another export",
    { "model.ts": model("return Object.keys(lib);", 'import * as lib from "./lib.ts";'), "lib.ts": HELPER },
    { "lib.ts": swap(["= 7", "= 8"]) },
    { changed: ["other"], warns: "any" },
  ),
  covered(
    "all of a namespace as a value: the name of an export",
    { "model.ts": model("return Object.keys(lib);", 'import * as lib from "./lib.ts";'), "lib.ts": HELPER },
    { "lib.ts": swap(["const other", "const another"]) },
    { warns: "any" },
  ),
  covered(
    "all of a namespace as a value: a new export",
    { "model.ts": model("return Object.keys(lib);", 'import * as lib from "./lib.ts";'), "lib.ts": HELPER },
    { "lib.ts": (text) => `${text}export const more = 1;` },
    { warns: "any" },
  ),

  ...[
    [
      "the import's name",
      model("return helper(x);", 'import { helper } from "./lib.ts";'),
      model("return a(x);", 'import { helper as a } from "./lib.ts";'),
    ],
    [
      "the default import's name",
      model("return a(x);", 'import a from "./default.ts";'),
      model("return b(x);", 'import { default as b } from "./default.ts";'),
    ],
    [
      "the namespace's name",
      model("return a.helper(x);", 'import * as a from "./lib.ts";'),
      model("return b.helper(x);", 'import * as b from "./lib.ts";'),
    ],
    [
      "a way through another module",
      model("return helper(x);", 'import { helper } from "./lib.ts";'),
      model("return helper(x);", 'import { helper } from "./index.ts";'),
    ],
    [
      "the order of imports",
      model("return a(helper(x));", 'import { helper } from "./lib.ts";\nimport a from "./default.ts";'),
      model("return a(helper(x));", 'import a from "./default.ts";\nimport { helper } from "./lib.ts";'),
    ],
    [
      "where imports stand",
      model("return helper(x);", 'import { helper } from "./lib.ts";'),
      `${model("return helper(x);")}import { helper } from "./lib.ts";`,
    ],
    [
      "an import that is not used",
      model("return helper(x);", 'import { helper } from "./lib.ts";'),
      model("return helper(x);", 'import { helper, other as a } from "./lib.ts";\nimport b from "./default.ts";'),
    ],
  ].map(([what, source = "", other = ""]) =>
    ignored(
      what ?? "",
      {
        "model.ts": source,
        "lib.ts": HELPER,
        "default.ts": "export default (a: number) => a;",
        "index.ts": 'export * from "./lib.ts";',
      },
      { "model.ts": other },
    ),
  ),
  covered(
    "another export of the same module",
    {
      "model.ts": model("return a(x);", 'import { helper as a } from "./lib.ts";'),
      "lib.ts": HELPER.replace("const other = 7", "function other(a: number) { return a * 7; }"),
    },
    swap(["helper as a", "other as a"]),
  ),
  covered(
    "another module",
    {
      "model.ts": model("return a(x);", 'import { a } from "./one.ts";'),
      "one.ts": "export const a = (b: number) => b;",
      "two.ts": "export const a = (b: number) => -b;",
    },
    swap(["one", "two"]),
    { changed: ["a"] },
  ),
  ignored(
    "a copy of the module",
    {
      "model.ts": model("return a(x);", 'import { a } from "./one.ts";'),
      "one.ts": "export const a = (b: number) => b;",
      "two.ts": "// copied\nexport const a = (b: number) => b;",
    },
    swap(["one", "two"]),
  ),
  ignored(
    "a constant's name, here and there",
    { "model.ts": model("return rate * x;", 'import { rate } from "./lib.ts";'), "lib.ts": "export const rate = 2;" },
    { "model.ts": rename("rate", "share"), "lib.ts": rename("rate", "share") },
  ),
  ignored(
    "the name of a namespace's member, here and there",
    {
      "model.ts": model("return lib.rate * x;", 'import * as lib from "./lib.ts";'),
      "lib.ts": "export const rate = 2;",
    },
    { "model.ts": rename("rate", "share"), "lib.ts": rename("rate", "share") },
  ),
  ignored(
    "the name of an export, not of what is exported",
    {
      "model.ts": model("return a(x);", 'import { a } from "./lib.ts";'),
      "lib.ts": "function helper(b: number) { return b; }\nexport { helper as a };",
    },
    { "model.ts": swap(["{ a }", "{ c as a }"]), "lib.ts": swap(["as a", "as c"]) },
  ),
  covered(
    "a function's name, here and there",
    { "model.ts": model("return helper(x);", 'import { helper } from "./lib.ts";'), "lib.ts": HELPER },
    { "model.ts": rename("helper", "support"), "lib.ts": rename("helper", "support") },
  ),

  covered(
    "an export of its own goes before one of export *",
    { ...STARS, "index.ts": 'export * from "./a.ts";' },
    { "index.ts": 'export * from "./a.ts";\nexport const helper = (a: number) => a * 4;' },
  ),
  covered(
    "an export from goes before one of export *",
    { ...STARS, "index.ts": 'export * from "./a.ts";' },
    { "index.ts": 'export * from "./a.ts";\nexport { other as helper } from "./b.ts";' },
  ),
  ignored(
    "a further export *",
    { ...STARS, "index.ts": 'export * from "./a.ts";' },
    { "index.ts": 'export * from "./b.ts";\nexport * from "./a.ts";' },
  ),
  ignored(
    "another provider of export *",
    { ...STARS, "index.ts": 'export * from "./a.ts";\nexport * from "./b.ts";' },
    { "b.ts": swap(["* 3", "* 5"]) },
  ),
  covered(
    "export * of another module",
    { ...STARS, "index.ts": 'export * from "./a.ts";', "c.ts": "export const helper = (a: number) => a * 6;" },
    { "index.ts": 'export * from "./c.ts";' },
    { changed: ["helper"] },
  ),
  ignored(
    "what has one name in two providers, and is the same",
    { ...STARS, "c.ts": 'export * from "./a.ts";', "index.ts": 'export * from "./a.ts";' },
    { "index.ts": 'export * from "./a.ts";\nexport * from "./c.ts";' },
  ),
  ignored(
    "export * does not give the default",
    { ...STARS, "index.ts": 'export * from "./a.ts";\nexport default 1;' },
    { "a.ts": (text) => `${text}\nexport default 2;` },
  ),
  covered(
    "an assigned export",
    {
      "model.ts": model("return rate * x;", 'import { rate } from "./lib.ts";'),
      "lib.ts": "export let rate = 1;\nrate = 2;",
    },
    { "lib.ts": swap(["= 2", "= 3"]) },
    { changed: ["(statement)"] },
  ),

  covered(
    "a value of JSON",
    { "model.ts": model("return config.rate * x;", JSON_IMPORT), "config.json": CONFIG },
    { "config.json": swap(["2", "3"]) },
  ),
  covered(
    "a text of JSON",
    { "model.ts": model("return config;", JSON_IMPORT), "config.json": CONFIG },
    { "config.json": swap(['"a"', '"b"']) },
  ),
  ignored(
    "the formatting of JSON",
    { "model.ts": model("return config.rate * x;", JSON_IMPORT), "config.json": CONFIG },
    { "config.json": '{\n\t"rate" : 2,\n\t"of":["\\u0061",null]\n}\n' },
  ),
  ignored(
    "JSON that is not used",
    { "model.ts": model("return x;", JSON_IMPORT), "config.json": CONFIG },
    { "config.json": swap(["2", "3"]) },
  ),
  covered(
    "JSON by another name",
    {
      "model.ts": model("return c.rate * x;", 'import { default as c } from "./config.json" with { type: "json" };'),
      "config.json": CONFIG,
    },
    { "config.json": swap(["2", "3"]) },
  ),
  covered(
    "JSON through another module",
    {
      "model.ts": model("return rate * x;", 'import { rate } from "./lib.ts";'),
      "lib.ts": `${JSON_IMPORT}\nexport const { rate } = config;`,
      "config.json": CONFIG,
    },
    { "config.json": swap(["2", "3"]) },
  ),
  covered(
    "JSON that is exported from",
    {
      "model.ts": model("return config.rate * x;", 'import { config } from "./lib.ts";'),
      "lib.ts": 'export { default as config } from "./config.json" with { type: "json" };',
      "config.json": CONFIG,
    },
    { "config.json": swap(["2", "3"]) },
  ),
  covered(
    "JSON by a dynamic import",
    {
      "model.ts": model(
        'const { default: c } = await import("./config.json", { with: { type: "json" } }); return c.rate * x;',
      ),
      "config.json": CONFIG,
    },
    { "config.json": swap(["2", "3"]) },
  ),
  covered(
    "JSON of the same name in another folder",
    {
      "model.ts": model("return config.rate * x;", JSON_IMPORT),
      "config.json": CONFIG,
      "b/config.json": CONFIG.replace("2", "5"),
    },
    swap(["./config.json", "./b/config.json"]),
  ),

  covered(
    "a dynamic import within a helper",
    {
      "model.ts": model(
        "return load(x);",
        'async function load(a: number) { const lib = await import("./lib.ts"); return lib.helper(a); }',
      ),
      "lib.ts": HELPER,
    },
    { "lib.ts": swap(["* 2", "* 3"]) },
    { changed: ["helper"], warns: "any" },
  ),
  ignored(
    "a dynamic import in another function",
    { "model.ts": model("return x;", 'async function load() { return import("./lib.ts"); }'), "lib.ts": HELPER },
    { "lib.ts": swap(["* 2", "* 3"]) },
  ),
  covered(
    "an import that is taken away, and a global is meant",
    {
      "model.ts": model("return isNaN(x);", 'import { isNaN } from "./lib.ts";'),
      "lib.ts": "export const isNaN = (a: number) => a > 2;",
    },
    swap(['import { isNaN } from "./lib.ts";', ""]),
    { changed: ["isNaN"] },
  ),
  covered(
    "from an import to a declaration of its own",
    { "model.ts": model("return helper(x);", 'import { helper } from "./lib.ts";'), "lib.ts": HELPER },
    { "model.ts": swap(['import { helper } from "./lib.ts";', "function helper(a: number) { return a * 3; }"]) },
    { changed: ["helper"] },
  ),
  ignored(
    "a helper that moves to a file of its own",
    { "model.ts": model("return helper(x);", "const two = 2;\nfunction helper(a: number) { return a * two; }") },
    {
      "model.ts": model("return helper(x);", 'import { helper } from "./lib.ts";'),
      "lib.ts": "const two = 2;\nexport function helper(a: number) { return a * two; }",
    },
  ),
];
