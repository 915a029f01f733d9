import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

/* Imports that lead to one file or another, depending on who runs the code and how. */

const TWO = swap(["2", "3"]);
const json = (value: unknown): string => JSON.stringify(value, null, 2);
const tools = (exports: unknown): string => json({ name: "@acme/tools", version: "1.0.0", type: "module", exports });
const links = { "node_modules/@acme/tools": "../../packages/tools" };
const paths = (name: string, place: string): string => json({ compilerOptions: { paths: { [name]: [place] } } });

const USES_TOOLS = model("return rate * x;", 'import { rate } from "@acme/tools";');
const BY_CONDITION = {
  "model.ts": USES_TOOLS,
  "packages/tools/package.json": tools({
    development: "./src/index.ts",
    types: "./index.d.ts",
    browser: "./browser.js",
    default: "./dist/index.js",
  }),
  "packages/tools/src/index.ts": "export const rate = 2;",
  "packages/tools/browser.js": "export const rate = 2;",
  "packages/tools/dist/index.js": "export const rate = 2;",
};
const BY_PATHS = {
  "model.ts": USES_TOOLS,
  "tsconfig.json": paths("@acme/tools", "./packages/tools/src/index.ts"),
  "packages/tools/package.json": tools("./dist/index.js"),
  "packages/tools/src/index.ts": "export const rate = 2;",
  "packages/tools/dist/index.js": 'export * from "./rates.js";\nexport const other = 7;',
  "packages/tools/dist/rates.js": "export const rate = 2;",
};
const OVER_A_PACKAGE = {
  "model.ts": model("return solve(x);", 'import { solve } from "solver";'),
  "tsconfig.json": paths("solver", "./types/solver.ts"),
  "types/solver.ts": "export const solve = (a: number) => a * 2;",
  "node_modules/solver/package.json": json({ name: "solver", version: "1.2.0", main: "index.js" }),
  "node_modules/solver/index.js": "exports.solve = (a) => a;",
};
const BY_REQUIRE = {
  "packages/tools/package.json": tools({ import: "./a.mjs", require: "./b.cjs" }),
  "packages/tools/a.mjs": "export const rate = 2;",
  "packages/tools/b.cjs": "exports.rate = 2;",
};

export const either: readonly CodeCase[] = [
  covered("a condition of the command line", BY_CONDITION, { "packages/tools/src/index.ts": TWO }, { links }),
  covered("no condition of the command line", BY_CONDITION, { "packages/tools/dist/index.js": TWO }, { links }),
  ignored("a condition of other tools", BY_CONDITION, { "packages/tools/browser.js": TWO }, { links }),
  covered("paths of settings", BY_PATHS, { "packages/tools/src/index.ts": TWO }, { links }),
  covered("paths of settings that Node.js does not read", BY_PATHS, { "packages/tools/dist/rates.js": TWO }, { links }),
  ignored(
    "paths of settings: another export of what Node.js loads",
    BY_PATHS,
    { "packages/tools/dist/index.js": swap(["7", "8"]) },
    { links },
  ),
  covered("paths of settings, over a package: the file", OVER_A_PACKAGE, { "types/solver.ts": TWO }),
  covered(
    "paths of settings, over a package: its version",
    OVER_A_PACKAGE,
    { "node_modules/solver/package.json": swap(["1.2.0", "1.3.0"]) },
    { changed: ["solver"] },
  ),
  covered(
    "paths of settings that tell the types of a package",
    {
      ...OVER_A_PACKAGE,
      "tsconfig.json": paths("solver", "./types/solver.d.ts"),
      "types/solver.d.ts": "export declare function solve(a: number): number;",
    },
    { "node_modules/solver/package.json": swap(["1.2.0", "1.3.0"]) },
    { changed: ["solver"] },
  ),
  covered(
    "the condition of createRequire",
    {
      ...BY_REQUIRE,
      "model.ts": model(
        "return tools.rate * x;",
        'import { createRequire } from "node:module";\nconst tools = createRequire(import.meta.url)("@acme/tools");',
      ),
    },
    { "packages/tools/b.cjs": TWO },
    { links },
  ),
  covered(
    "the condition of require",
    {
      ...BY_REQUIRE,
      "model.cjs":
        'const { cacheable } = require("scalable");\nconst tools = require("@acme/tools");\nmodule.exports = cacheable({}, async function run(x) { return tools.rate * x; });',
    },
    { "packages/tools/b.cjs": TWO },
    { links, root: "model.cjs#run" },
  ),
  covered(
    "the condition of require, of the own package",
    {
      "package.json": json({
        name: "project",
        type: "module",
        imports: { "#rates": { import: "./a.mjs", require: "./b.cjs" } },
      }),
      "a.mjs": "export const rate = 2;",
      "b.cjs": "exports.rate = 2;",
      "model.cjs":
        'const { cacheable } = require("scalable");\nconst { rate } = require("#rates");\nmodule.exports = cacheable({}, async function run(x) { return rate * x; });',
    },
    { "b.cjs": TWO },
    { root: "model.cjs#run" },
  ),
  ...["a linked file", "a file of a linked folder"].map((name, place) =>
    covered(
      `what ${name} imports`,
      {
        "model.ts": model("return scaled(x);", `import { scaled } from "./${place === 0 ? "" : "in/"}lib.ts";`),
        "shared/lib/lib.ts": 'import { rate } from "../rate.ts";\nexport const scaled = (a: number) => a * rate;',
        "shared/rate.ts": "export const rate = 2;",
        "rate.ts": "export const rate = 5;",
      },
      { "shared/rate.ts": TWO },
      { links: place === 0 ? { "lib.ts": "shared/lib/lib.ts" } : { in: "shared/lib" } },
    ),
  ),
];
