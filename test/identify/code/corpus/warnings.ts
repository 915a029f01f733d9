// biome-ignore-all lint/suspicious/noTemplateCurlyInString: sources of other programs
import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

const IMPORT = `import { cacheable } from "scalable";\n`;

/** A cached function within another one: what stands in the outer one, and what in the cached one. */
const factory = (before: string, body: string, top = ""): string => `${IMPORT}${top}
export function make(factor: number) {
  ${before}
  return cacheable({ args: { x: Number } }, async function run(x: number) {
    ${body}
  });
}`;

const LIB = { "lib.ts": "export const a = 2;\nexport const b = 5;" };
const NAMESPACE = 'import * as lib from "./lib.ts";';

/** What is captured and can be followed: the edit of `2` counts. */
const FOLLOWED: readonly (readonly [name: string, before: string, body: string, top?: string])[] = [
  ["a const", "const rate = 2;", "return x * rate;"],
  ["a const of a const", "const two = 2; const rate = two * 5;", "return x * rate;"],
  ["a const of the module's", "const rate = two * 5;", "return x * rate;", "const two = 2;"],
  ["a const's object", "const rates = { a: [2] };", "return rates.a[x];"],
  ["a function", "function rate() { return 2; }", "return x * rate();"],
  ["a function after it", "", "return x * rate();\n});\nfunction rate() { return 2; }\nuse(() => {"],
  ["an arrow function", "const rate = (a: number) => a * 2;", "return rate(x);"],
  ["a class", "class Rate { a = 2; }", "return new Rate().a * x;"],
  ["a function that calls another", "const two = () => 2; const rate = () => two();", "return rate() * x;"],
  ["a const of a block", "{ const rate = 2; use(() => rate); } const rate = 5;", "return x * rate;"],
];

const CAPTURED = (line: number, name: string): RegExp => new RegExp(`model\\.ts:${line}: .*\\b${name}\\b`);

export const warnings: readonly CodeCase[] = [
  ...FOLLOWED.slice(0, -1).map(([name, before, body, top]) =>
    covered(`captured and followed: ${name}`, factory(before, body, top), swap(["2", "3"])),
  ),
  ...FOLLOWED.slice(-1).map(([name, before, body]) =>
    ignored(`captured and followed: not ${name}`, factory(before, body), swap(["2", "3"])),
  ),
  ignored(
    "what else is in the enclosing function",
    factory("const rate = 2; const other = 7; use(other, factor);", "return x * rate;"),
    swap(["7", "8"]),
  ),
  ignored("the name of what is captured", factory("const rate = 2;", "return x * rate;"), (text) =>
    text.replaceAll("rate", "share"),
  ),
  covered("captured: a parameter", factory("", "return x * factor;"), swap(["x * factor", "x + factor"]), {
    warns: CAPTURED(6, "factor"),
  }),
  covered(
    "captured: a parameter, twice",
    factory("", "use(factor); return x * factor;"),
    swap(["x * factor", "x + factor"]),
    { warns: CAPTURED(6, "factor") },
  ),
  covered(
    "captured: a parameter, by a function that is captured",
    factory("const help = (a: number) => a * factor;", "return help(x);"),
    swap(["a * factor", "a + factor"]),
    { warns: CAPTURED(4, "factor") },
  ),
  covered(
    "captured: a const of a parameter",
    factory("const rate = factor * 2;", "return x * rate;"),
    swap(["2", "3"]),
    { warns: /model\.ts:[46]: .*\b(?:factor|rate)\b/ },
  ),
  covered(
    "captured: a let that is assigned again",
    factory("let rate = 2; rate += factor;", "return x * rate;"),
    swap(["x * rate", "x + rate"]),
    { warns: CAPTURED(6, "rate") },
  ),
  covered(
    "captured: a pattern of a parameter",
    factory("", "return x * factor;").replace("factor: number", "{ factor }: any"),
    swap(["x * factor", "x + factor"]),
    { warns: CAPTURED(6, "factor") },
  ),
  covered(
    "captured: a loop's variable",
    `${IMPORT}export const all: any[] = [];\nfor (const rate of [1, 2]) {\n  all.push(cacheable({ name: "run" }, (x: number) => x * rate));\n}`,
    swap(["x * rate", "x + rate"]),
    { warns: CAPTURED(4, "rate") },
  ),
  ignored(
    "captured by another function",
    `${factory("", "return x;")}\nexport const other = (a: number) => cacheable({ name: "other" }, (x: number) => x * a);`,
    swap(["x * a", "x + a"]),
  ),

  covered("eval", model("return eval('x * 2');"), swap(["2", "3"]), { warns: /model\.ts:5: .*\beval\b/ }),
  covered(
    "eval in a helper",
    {
      "model.ts": model("return help(x);", 'import { help } from "./lib.ts";'),
      "lib.ts": "// a\nexport function help(a: number) {\n  return eval('a * 2');\n}",
    },
    { "lib.ts": swap(["2", "3"]) },
    { warns: /lib\.ts:3: .*\beval\b/ },
  ),
  covered("new Function", model("return new Function('a', 'return a * 2')(x);"), swap(["2", "3"]), {
    warns: /model\.ts:5: .*\bFunction\b/,
  }),
  ignored("eval in another function", model("return x;", "export const other = () => eval('2');"), swap(["2", "3"])),
  ignored("a member called eval", model("return use(x).eval('1') + 'eval';"), swap(["return", "// eval\n  return"])),
  ignored(
    "an import of a variable in another function",
    model("return x;", "export const other = (a: string) => import(a);"),
    swap(["(a: string) => import(a)", "(b: string) => import(b)"]),
  ),
  covered("an import of a variable", model("return import(`./${x}.ts`);"), swap(["./$", "./a/$"]), {
    warns: /model\.ts:5: .*import/,
  }),
  covered(
    "an import of a variable in a helper",
    {
      "model.ts": model("return help(`./${x}.ts`);", 'import { help } from "./lib.ts";'),
      "lib.ts": "export const help = (a: string) =>\n  import(a);",
    },
    { "lib.ts": swap(["import(a)", "import(a + 'b')"]) },
    { warns: /lib\.ts:2: .*import/ },
  ),
  covered(
    "a computed member of a namespace",
    { "model.ts": model("return (lib as any)[x ? 'a' : 'b'];", NAMESPACE), ...LIB },
    { "lib.ts": swap(["5", "6"]) },
    { changed: ["b"], warns: /model\.ts:5: .*\blib\b/ },
  ),
  covered(
    "a computed member of a namespace, in a helper",
    { "model.ts": model("return help('a');", `${NAMESPACE}\nconst help = (c: string) => (lib as any)[c];`), ...LIB },
    { "lib.ts": swap(["2", "3"]) },
    { changed: ["a"], warns: /model\.ts:3: .*\blib\b/ },
  ),
  covered(
    "a function that came as a parameter",
    `${IMPORT}export function make(solve: (x: number) => number) {\n  return cacheable({ name: "run" }, solve);\n}\nexport const solved = make((x) => x * 2);`,
    (text) => text.replace('{ name: "run" }, solve', '{ name: "run" }, (x: number) => solve(x)'),
    { warns: "any" },
  ),
  ignored(
    "a function that came as a parameter: what stands beside it",
    `${IMPORT}export function make(solve: (x: number) => number) {\n  return cacheable({ name: "run" }, solve);\n}\nexport const other = 2;`,
    swap(["2", "3"]),
    { warns: /model\.ts:\d+: .+/ },
  ),
  covered(
    "a function that a call makes",
    `${IMPORT}const twice = (f: (x: number) => number) => (x: number) => f(f(x));\nexport const run = cacheable({ name: "run" }, twice((x) => x * 2));`,
    swap(["* 2", "* 3"]),
    { warns: "any" },
  ),
  covered(
    "what makes a function by a call",
    `${IMPORT}const twice = (f: (x: number) => number) => (x: number) => f(f(x));\nexport const run = cacheable({ name: "run" }, twice((x) => x * 2));`,
    swap(["f(f(x))", "f(x)"]),
    { warns: "any" },
  ),
  covered(
    "a function of a table",
    `${IMPORT}const solvers = { fast: async (x: number) => x * 2 };\nexport const run = cacheable({ name: "run" }, solvers.fast);`,
    swap(["* 2", "* 3"]),
    { warns: "any" },
  ),
  covered(
    "a function of a package",
    {
      "model.ts": `${IMPORT}import { solve } from "solver";\nexport const run = cacheable({ name: "run" }, solve);`,
      "node_modules/solver/package.json": '{ "name": "solver", "version": "1.2.3", "main": "index.js" }',
      "node_modules/solver/index.js": "exports.solve = (x) => x;",
    },
    { "node_modules/solver/package.json": swap(["1.2.3", "1.2.4"]) },
    { changed: ["solver"], warns: "any" },
  ),

  covered(
    "a module that cannot be parsed",
    {
      "model.ts": model("return help(x);", 'import { help } from "./lib.ts";'),
      "lib.ts": "export const help = (a) => a @@ 2;",
    },
    { "lib.ts": swap(["2", "3"]) },
    { broken: true, warns: /lib\.ts:\d+: .+/ },
  ),
  covered(
    "a module that cannot be parsed: all of it counts",
    {
      "model.ts": model("return help(x);", 'import { help } from "./lib.ts";'),
      "lib.ts": "export const help = (a) => a @@ 2;\n// comment",
    },
    { "lib.ts": swap(["comment", "remark"]) },
    { broken: true, warns: /lib\.ts:\d+: .+/ },
  ),
  covered(
    "a module that could not be parsed, and now can",
    {
      "model.ts": model("return help(x);", 'import { help } from "./lib.ts";'),
      "lib.ts": "export const help = (a) => a @@ 2;",
    },
    { "lib.ts": swap(["@@", "*"]) },
    { broken: true, warns: "any" },
  ),
  ignored(
    "a module that cannot be parsed, and is not used",
    {
      "model.ts": model("return x;", 'import { help } from "./lib.ts";'),
      "lib.ts": "export const help = (a) => a @@ 2;",
    },
    { "lib.ts": swap(["2", "3"]) },
    { broken: true, warns: "any" },
  ),
  covered(
    "JSON that cannot be parsed",
    {
      "model.ts": model("return config;", 'import config from "./config.json" with { type: "json" };'),
      "config.json": "{ a: 2 }",
    },
    { "config.json": swap(["2", "3"]) },
    { broken: true, warns: "any" },
  ),
];
