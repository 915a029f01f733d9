import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

/* What is loaded for what it does, and values that the text does not name in full. */

const TWO = swap(["2", "3"]);
const POLYFILL = {
  "node_modules/polyfill/package.json": '{ "name": "polyfill", "version": "1.2.0", "main": "index.js" }',
  "node_modules/polyfill/index.js": "",
  "node_modules/polyfill/more.js": "",
};
const VERSION = { "node_modules/polyfill/package.json": swap(["1.2.0", "1.3.0"]) };
const TABLE = {
  "table.ts": "export const TABLE: any = {};",
  "setup.ts": 'import { TABLE } from "./table.ts";\nTABLE.a = 2;',
};
const json = (text: string) => ({
  "model.ts": model("return config.a;", 'import config from "./config.json" with { type: "json" };'),
  "config.json": text,
});
const BASE = "class Base { static table: any = {}; static add(a: number) { this.table.a = a; } }";

export const loading: readonly CodeCase[] = [
  covered(
    "a package for what it does",
    { "model.ts": model("return x;", 'import "polyfill";'), ...POLYFILL },
    VERSION,
    {
      changed: ["polyfill"],
    },
  ),
  covered(
    "a package for what it does, in another module",
    { "model.ts": model("return x;", 'import "./setup.ts";'), "setup.ts": 'import "polyfill/more.js";', ...POLYFILL },
    VERSION,
    { changed: ["polyfill"] },
  ),
  covered(
    "a package for what it does, awaited",
    { "model.ts": model("return x;", 'await import("polyfill");'), ...POLYFILL },
    VERSION,
  ),
  covered(
    "a package for what it does, required",
    {
      "model.cjs":
        'require("polyfill");\nconst { cacheable } = require("scalable");\nmodule.exports = cacheable({}, async function run(x) { return x; });',
      ...POLYFILL,
    },
    VERSION,
    { root: "model.cjs#run" },
  ),
  covered(
    "another part of a package for what it does",
    { "model.ts": model("return x;", 'import "polyfill";'), ...POLYFILL },
    swap(['"polyfill"', '"polyfill/more.js"']),
  ),
  ignored(
    "a package for types",
    { "model.ts": model("return x;", 'import type {} from "polyfill";'), ...POLYFILL },
    VERSION,
  ),
  ignored(
    "a package of which something else is used",
    { "model.ts": model("return x;", 'import { a } from "polyfill";\nconsole.log(a);'), ...POLYFILL },
    VERSION,
  ),
  covered(
    "a module that a function loads",
    {
      "model.ts": model(
        "return TABLE.a * x;",
        'import { TABLE } from "./table.ts";\nconst begin = async () => { await import("./setup.ts"); };\nawait begin();',
      ),
      ...TABLE,
    },
    { "setup.ts": TWO },
  ),
  covered(
    "a module that another module's function loads",
    {
      "model.ts": model(
        "return TABLE.a * x;",
        'import { TABLE } from "./table.ts";\nimport { begin } from "./begin.ts";\nawait begin();',
      ),
      "begin.ts": 'export async function begin() { await import("./setup.ts"); }',
      ...TABLE,
    },
    { "setup.ts": TWO },
  ),
  ignored(
    "a module that a function would load that nobody calls",
    {
      "model.ts": model(
        "return TABLE.a * x;",
        'import { TABLE } from "./table.ts";\nexport const begin = async () => { await import("./setup.ts"); };',
      ),
      ...TABLE,
    },
    { "setup.ts": TWO },
  ),
  covered(
    "a variable of the process, by its module",
    {
      "model.ts": model("return Number(process.env.RATE) * x;", 'import "./setup.ts";'),
      "setup.ts": 'import { env } from "node:process";\nenv.RATE = "2";',
    },
    { "setup.ts": TWO },
  ),
  covered(
    "what is inherited, by a method of the class below",
    model("return Base.table.a * x;", `${BASE}\nclass Sub extends Base {}\nSub.add(2);`),
    TWO,
  ),
  covered(
    "what is inherited, by a member of the class below",
    model("return Base.table.a * x;", `${BASE}\nconst Sub = class extends Base {};\nSub.table.a = 2;`),
    TWO,
  ),
  covered(
    "what is disposed of",
    model("return held.open ? x : 0;", "const held: any = { open: true, [Symbol.dispose]() { held.open = false; } };"),
    swap(["const held", "using held"]),
  ),
  covered("a zero of JSON below zero", json('{ "a": 0 }'), { "config.json": swap(["0", "-0"]) }),
  covered("a number of JSON that is too large", json('{ "a": null }'), { "config.json": swap(["null", "1e999"]) }),
  covered(
    "a require that is no const",
    {
      "model.ts": model(
        'return load("./lib.cjs").a * x;',
        'import { createRequire } from "node:module";\nlet load = createRequire(import.meta.url);',
      ),
      "lib.cjs": "exports.a = 2;",
    },
    { "lib.cjs": TWO },
  ),
  ...[
    ["an indirect eval", "return (0, eval)(String(x) + 2);", ""],
    ["a global's eval", "return globalThis.eval(String(x) + 2);", ""],
    ["a function of node:vm", "return runInNewContext(x + '2');", 'import { runInNewContext } from "node:vm";'],
    ["a script of node:vm", "return new vm.Script(x + '2').runInThisContext();", 'import vm from "node:vm";'],
  ].map(([name = "", body = "", before]) =>
    covered(name, model(body, before), TWO, { warns: /model\.ts:5: .*\b(?:eval|vm)\b/ }),
  ),
];
