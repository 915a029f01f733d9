import { type CodeCase, covered, ignored, swap } from "./case.ts";

const root = "model.cjs#run";

/** A module of CommonJS with a cached function. */
const cjs = (body: string, before = ""): string => `const { cacheable } = require("scalable");
${before}
exports.run = cacheable({ args: { x: Number } }, async function run(x) {
  ${body}
});
`;

/** Ways from `run` to the `2` in `lib.cjs`. */
const WAYS: readonly (readonly [name: string, model: string, library: string])[] = [
  [
    "a pattern of require",
    cjs("return helper(x);", 'const { helper } = require("./lib.cjs");'),
    "exports.helper = (a) => a * 2;",
  ],
  [
    "a member of require",
    cjs("return helper(x);", 'const helper = require("./lib.cjs").helper;'),
    "exports.helper = (a) => a * 2;",
  ],
  [
    "the module as a variable",
    cjs("return lib.helper(x);", 'const lib = require("./lib.cjs");'),
    "exports.helper = (a) => a * 2;",
  ],
  ["require in the function", cjs('return require("./lib.cjs").helper(x);'), "exports.helper = (a) => a * 2;"],
  [
    "require in a template without values",
    cjs("return require(`./lib.cjs`).helper(x);"),
    "exports.helper = (a) => a * 2;",
  ],
  [
    "module.exports",
    cjs("return helper(x);", 'const helper = require("./lib.cjs");'),
    "module.exports = function helper(a) { return a * 2; };",
  ],
  [
    "module.exports of several",
    cjs("return helper(x);", 'const { helper } = require("./lib.cjs");'),
    "function helper(a) { return a * 2; }\nmodule.exports = { helper };",
  ],
  [
    "a member of module.exports",
    cjs("return helper(x);", 'const { helper } = require("./lib.cjs");'),
    "module.exports.helper = (a) => a * 2;",
  ],
  [
    "exports and module.exports",
    cjs("return helper(x);", 'const { helper } = require("./lib.cjs");'),
    "exports = module.exports = {};\nexports.helper = (a) => a * 2;",
  ],
  [
    "a property that is defined",
    cjs("return lib.helper(x);", 'const lib = require("./lib.cjs");'),
    'Object.defineProperty(exports, "helper", { enumerable: true, get: () => (a) => a * 2 });',
  ],
  [
    "what an export refers to",
    cjs("return helper(x);", 'const { helper } = require("./lib.cjs");'),
    "const two = () => 2;\nexports.helper = (a) => a * two();",
  ],
  [
    "an export of what was required",
    cjs("return helper(x);", 'const { helper } = require("./index.cjs");'),
    "exports.helper = (a) => a * 2;",
  ],
  [
    "exports that are spread",
    cjs("return helper(x);", 'const { helper } = require("./spread.cjs");'),
    "exports.helper = (a) => a * 2;",
  ],
  [
    "a circle",
    cjs("return helper(x);", 'const { helper } = require("./circle.cjs");'),
    'const circle = require("./circle.cjs");\nexports.two = () => circle.one * 2;',
  ],
];

const AROUND = {
  "index.cjs": 'const { helper } = require("./lib.cjs");\nexports.helper = helper;',
  "spread.cjs": 'module.exports = { ...require("./lib.cjs"), more: 1 };',
  "circle.cjs": 'exports.one = 1;\nconst lib = require("./lib.cjs");\nexports.helper = (a) => lib.two() * a;',
};

/** The same from a module of the other kind, `model.ts`. */
const FROM_MODULES: readonly (readonly [name: string, before: string, body: string, library: string])[] = [
  ["a named import", 'import { helper } from "./lib.cjs";', "return helper(x);", "exports.helper = (a) => a * 2;"],
  [
    "a default import",
    'import lib from "./lib.cjs";',
    "return lib.helper(x);",
    "module.exports = { helper: (a) => a * 2 };",
  ],
  [
    "a default import of a function",
    'import helper from "./lib.cjs";',
    "return helper(x);",
    "module.exports = (a) => a * 2;",
  ],
  [
    "a namespace import",
    'import * as lib from "./lib.cjs";',
    "return lib.helper(x);",
    "exports.helper = (a) => a * 2;",
  ],
  [
    "createRequire",
    'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);\nconst { helper } = require("./lib.cjs");',
    "return helper(x);",
    "exports.helper = (a) => a * 2;",
  ],
  [
    "createRequire by another name",
    'import { createRequire as make } from "node:module";\nconst load = make(import.meta.url);',
    'return load("./lib.cjs").helper(x);',
    "exports.helper = (a) => a * 2;",
  ],
  [
    "createRequire of a namespace",
    'import * as module from "node:module";\nconst require = module.createRequire(import.meta.filename);',
    'return require("./lib.cjs").helper(x);',
    "exports.helper = (a) => a * 2;",
  ],
  ["a dynamic import", "", 'return (await import("./lib.cjs")).default.helper(x);', "exports.helper = (a) => a * 2;"],
];

const esm = (before: string, body: string): string => `import { cacheable } from "scalable";
${before}
export const run = cacheable({}, async function run(x: number) {
  ${body}
});
`;

const REQUIRED = {
  "model.cjs": cjs("return helper(x);", 'const { helper } = require("./lib.cjs");'),
  "lib.cjs": "const rate = 2;\nexports.helper = (a) => a * rate;\n",
};
const JSON_FILE = { "config.json": '{ "rate": 2 }' };

export const commonjs: readonly CodeCase[] = [
  ...WAYS.map(([name, model, library]) =>
    covered(
      name,
      { "model.cjs": model, "lib.cjs": library, ...AROUND },
      { "lib.cjs": swap(["2", "3"]) },
      { root, warns: "any" },
    ),
  ),
  ...WAYS.map(([name, model, library]) =>
    ignored(
      `${name}: comments and formatting`,
      { "model.cjs": model, "lib.cjs": library, ...AROUND },
      { "lib.cjs": (text) => `// a\n${text.replaceAll(" = ", " /* b */ =\n")}` },
      { root, warns: "any" },
    ),
  ),
  ...FROM_MODULES.map(([name, before, body, library]) =>
    covered(
      `from an ES module: ${name}`,
      { "model.ts": esm(before, body), "lib.cjs": library },
      { "lib.cjs": swap(["2", "3"]) },
      { warns: "any" },
    ),
  ),
  covered(
    "a directive of the module",
    { "model.cjs": cjs("return (function () { return this; })();") },
    { "model.cjs": (text) => `"use strict";\n${text}` },
    { root },
  ),
  ignored(
    "a module that is not used",
    { ...REQUIRED, "model.cjs": cjs("return x;", 'const { helper } = require("./lib.cjs");') },
    { "lib.cjs": swap(["2", "3"]) },
    { root },
  ),
  ignored(
    "a variable's name",
    REQUIRED,
    { "lib.cjs": (text) => text.replaceAll("rate", "share") },
    { root, warns: "any" },
  ),
  ignored(
    "the file's name",
    REQUIRED,
    { "model.cjs": swap(["./lib.cjs", "./a/support.cjs"]), "lib.cjs": null, "a/support.cjs": REQUIRED["lib.cjs"] },
    { root, warns: "any" },
  ),
  ignored(
    "an extension",
    {
      ...REQUIRED,
      "package.json": '{ "name": "old" }',
      "model.cjs": REQUIRED["model.cjs"].replace("lib.cjs", "lib.js"),
      "lib.cjs": "",
      "lib.js": REQUIRED["lib.cjs"],
    },
    { "model.cjs": swap(["./lib.js", "./lib"]) },
    { root, warns: "any" },
  ),
  ignored(
    "another function of the module",
    { "model.cjs": cjs("return x;", "exports.other = () => 2;") },
    { "model.cjs": swap(["2", "3"]) },
    { root },
  ),
  covered(
    "a module that writes to what is required",
    {
      ...REQUIRED,
      "lib.cjs": "exports.table = { a: 1 };\nexports.helper = (a) => exports.table.a * a;",
      "setup.cjs": 'require("./lib.cjs").table.a = 2;',
      "model.cjs": `${REQUIRED["model.cjs"]}\nrequire("./setup.cjs");`,
    },
    { "setup.cjs": swap(["2", "3"]) },
    { root, warns: "any" },
  ),
  covered(
    "an export that another module puts there",
    {
      ...REQUIRED,
      "lib.cjs": "exports.helper = (a) => exports.more(a);",
      "setup.cjs": 'const lib = require("./lib.cjs");\nlib.more = (a) => a * 2;',
      "model.cjs": `require("./setup.cjs");\n${REQUIRED["model.cjs"]}`,
    },
    { "setup.cjs": swap(["2", "3"]) },
    { root, warns: "any" },
  ),
  covered(
    "JSON",
    { "model.cjs": cjs("return rate * x;", 'const { rate } = require("./config.json");'), ...JSON_FILE },
    { "config.json": swap(["2", "3"]) },
    { root, warns: "any" },
  ),
  ignored(
    "JSON's formatting",
    { "model.cjs": cjs("return rate * x;", 'const { rate } = require("./config.json");'), ...JSON_FILE },
    { "config.json": '{"rate":2}\n' },
    { root, warns: "any" },
  ),
  covered(
    "JSON by createRequire",
    {
      "model.ts": esm(
        'import { createRequire } from "node:module";\nconst { rate } = createRequire(import.meta.url)("./config.json");',
        "return rate * x;",
      ),
      ...JSON_FILE,
    },
    { "config.json": swap(["2", "3"]) },
    { warns: "any" },
  ),
  covered(
    "import = require",
    {
      "model.cts":
        'import lib = require("./lib.cjs");\nimport { cacheable } from "scalable";\nexport const run = cacheable(async function run(x: number) { return lib.helper(x); });',
      "lib.cjs": "exports.helper = (a) => a * 2;",
    },
    { "lib.cjs": swap(["2", "3"]) },
    { root: "model.cts#run", warns: "any" },
  ),
  covered(
    "export =",
    {
      "model.ts": esm('import helper from "./lib.cts";', "return helper(x);"),
      "lib.cts": "function helper(a: number) { return a * 2; }\nexport = helper;",
    },
    { "lib.cts": swap(["2", "3"]) },
    { warns: "any" },
  ),
  covered(
    "an index file of a folder",
    {
      "model.cjs": cjs("return helper(x);", 'const { helper } = require("./lib");'),
      "lib/index.js": "exports.helper = (a) => a * 2;",
      "package.json": '{ "name": "old" }',
    },
    { "lib/index.js": swap(["2", "3"]) },
    { root, warns: "any" },
  ),
  ignored(
    "a require that is a parameter",
    { "model.cjs": cjs('return ((require) => require("./lib.cjs"))(Number);'), "lib.cjs": "module.exports = 2;" },
    { "lib.cjs": swap(["2", "3"]) },
    { root, warns: "any" },
  ),
];
