import type { Files } from "../project.ts";
import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

/* Long, as each layout of `node_modules` is a case. */

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

const MODULES = "node_modules/";

/** A package as it lies in a folder of `node_modules`, which gives it its name. */
function pkg(folder: string, version: string, more: object = {}, files: Files = {}): Files {
  const at = folder.includes(MODULES) ? folder : `${MODULES}${folder}`;
  const name = at.slice(at.lastIndexOf(MODULES) + MODULES.length);
  const own = {
    "package.json": json({ name, version, type: "module", exports: { ".": "./index.js", "./*": "./*.js" }, ...more }),
    "index.js": "export default 1;\nexport const solve = (a) => a;\n",
    ...files,
  };
  return Object.fromEntries(Object.entries(own).map(([file, text]) => [`${at}/${file}`, text]));
}

const at = (version: string, next: string): ((text: string) => string) =>
  swap([`"version":"${version}"`, `"version":"${next}"`]);
const SOLVER = "node_modules/solver/package.json";
const solver = pkg("solver", "1.2.3");

/** Ways from `run` to the package `solver`. */
const WAYS: readonly (readonly [name: string, files: Files])[] = [
  ["a named import", { "model.ts": model("return solve(x);", 'import { solve } from "solver";') }],
  ["a default import", { "model.ts": model("return s(x);", 'import s from "solver";') }],
  ["a namespace import", { "model.ts": model("return s.solve(x);", 'import * as s from "solver";') }],
  ["a namespace as a value", { "model.ts": model("return use(s, x);", 'import * as s from "solver";') }],
  [
    "a subpath",
    {
      "model.ts": model("return solve(x);", 'import { solve } from "solver/fast";'),
      "node_modules/solver/fast.js": "export const solve = 1;",
    },
  ],
  [
    "a subpath of a folder with a package.json of its own",
    {
      "model.ts": model("return solve(x);", 'import { solve } from "solver/esm/fast";'),
      "node_modules/solver/esm/fast.js": "export const solve = 1;",
      "node_modules/solver/esm/package.json": json({ type: "module" }),
    },
  ],
  [
    "a helper",
    {
      "model.ts": model("return help(x);", 'import { help } from "./lib.ts";'),
      "lib.ts": 'import { solve } from "solver";\nexport const help = (a: number) => solve(a);',
    },
  ],
  [
    "a constant",
    { "model.ts": model("return s.a + x;", 'import { solve } from "solver";\nconst s = solve({ a: 1 });') },
  ],
  ["a class", { "model.ts": model("return new A();", 'import S from "solver";\nclass A extends S {}') }],
  [
    "an export from",
    {
      "model.ts": model("return solve(x);", 'import { solve } from "./lib.ts";'),
      "lib.ts": 'export { solve } from "solver";',
    },
  ],
  [
    "export *",
    { "model.ts": model("return solve(x);", 'import { solve } from "./lib.ts";'), "lib.ts": 'export * from "solver";' },
  ],
  [
    "export * as",
    {
      "model.ts": model("return s.solve(x);", 'import { s } from "./lib.ts";'),
      "lib.ts": 'export * as s from "solver";',
    },
  ],
  ["a dynamic import", { "model.ts": model('const { solve } = await import("solver"); return solve(x);') }],
  [
    "a require",
    {
      "model.ts": model(
        'return require("solver").solve(x);',
        'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
      ),
    },
  ],
  [
    "a statement that writes",
    {
      "model.ts": model(
        "return TABLE.a + x;",
        'import { solve } from "solver";\nconst TABLE = { a: 1 };\nsolve(TABLE);',
      ),
    },
  ],
];

const uses = (name: string): string => model("return a(x);", `import a from "${name}";`);
const dependsOn = (more: object, imports = ""): Files =>
  pkg("solver", "1.2.3", more, { "index.js": `${imports}export default (a) => a;` });
const MATRIX = 'import matrix from "matrix";\n';

const PNPM: Files = {
  "model.ts": uses("solver"),
  ...pkg("node_modules/.pnpm/solver@1.2.3/node_modules/solver", "1.2.3", { dependencies: { matrix: "^1.0.0" } }),
  ...pkg("node_modules/.pnpm/matrix@1.0.0/node_modules/matrix", "1.0.0"),
  ...pkg("matrix", "9.0.0"),
};
const PNPM_LINKS = {
  "node_modules/solver": ".pnpm/solver@1.2.3/node_modules/solver",
  "node_modules/.pnpm/solver@1.2.3/node_modules/matrix": "../../matrix@1.0.0/node_modules/matrix",
};

const TOOLS: Files = {
  "model.ts": model("return help(x);", 'import { help } from "tools";'),
  "packages/tools/package.json": json({
    name: "tools",
    version: "1.0.0",
    type: "module",
    exports: "./index.ts",
    dependencies: { solver: "^1.0.0", matrix: "1" },
  }),
  "packages/tools/index.ts":
    'import a from "solver";\nimport b from "matrix";\nexport const help = (c: number) => a(c);\nexport const other = b;',
};
const TOOLS_LINK = { "node_modules/tools": "../packages/tools" };

export const packages: readonly CodeCase[] = [
  ...WAYS.map(([name, files]) =>
    covered(
      `a version, by ${name}`,
      { ...solver, ...files },
      { [SOLVER]: at("1.2.3", "1.2.4") },
      { changed: ["solver"], warns: "any" },
    ),
  ),
  ...WAYS.map(([name, files]) =>
    ignored(
      `a package's files without another version, by ${name}`,
      { ...solver, ...files },
      {
        "node_modules/solver/index.js": swap(["default 1", "default 2"]),
        [SOLVER]: swap(['"type"', '"description":"a","type"']),
      },
      { warns: "any" },
    ),
  ),
  covered(
    "a scoped package's version",
    { "model.ts": uses("@acme/solver"), ...pkg("@acme/solver", "1.0.0") },
    { "node_modules/@acme/solver/package.json": at("1.0.0", "1.0.1") },
    { changed: ["@acme/solver"] },
  ),
  covered(
    "a scoped package's version, by a subpath",
    { "model.ts": uses("@acme/solver/fast"), ...pkg("@acme/solver", "1.0.0", {}, { "fast.js": "" }) },
    { "node_modules/@acme/solver/package.json": at("1.0.0", "1.0.1") },
    { changed: ["@acme/solver"] },
  ),
  ignored(
    "another package of the scope",
    { "model.ts": uses("@acme/solver"), ...pkg("@acme/solver", "1.0.0"), ...pkg("@acme/other", "1.0.0") },
    { "node_modules/@acme/other/package.json": at("1.0.0", "1.0.1") },
  ),
  covered(
    "a version before its release",
    { "model.ts": uses("solver"), ...pkg("solver", "2.0.0-rc.1") },
    { [SOLVER]: at("2.0.0-rc.1", "2.0.0-rc.2") },
    { changed: ["solver"] },
  ),
  covered(
    "a package that does not export its package.json",
    { "model.ts": uses("solver"), ...pkg("solver", "1.2.3", { exports: "./index.js" }) },
    { [SOLVER]: at("1.2.3", "1.2.4") },
    { changed: ["solver"] },
  ),
  covered(
    "a package of CommonJS",
    {
      "model.ts": uses("solver"),
      ...pkg(
        "solver",
        "1.2.3",
        { type: "commonjs", exports: undefined, main: "lib/main" },
        { "lib/main.js": "module.exports = 1;" },
      ),
    },
    { [SOLVER]: at("1.2.3", "1.2.4") },
    { changed: ["solver"] },
  ),
  covered(
    "a package under another name",
    { "model.ts": uses("alias"), ...pkg("alias", "1.2.3", { name: "solver" }) },
    { "node_modules/alias/package.json": at("1.2.3", "1.2.4") },
  ),
  covered(
    "another package",
    { "model.ts": uses("solver"), ...solver, ...pkg("matrix", "1.2.3") },
    { "model.ts": uses("matrix") },
    { changed: ["solver", "matrix"] },
  ),
  covered(
    "another subpath",
    {
      "model.ts": uses("solver/slow"),
      ...pkg("solver", "1.2.3", {}, { "slow.js": "export default 1;", "fast.js": "export default 1;" }),
    },
    { "model.ts": uses("solver/fast") },
  ),
  covered(
    "another export of a package",
    { "model.ts": model("return a(x);", 'import { solve as a } from "solver";'), ...solver },
    swap(["solve as a", "default as a"]),
  ),
  covered(
    "another member of a package's namespace",
    { "model.ts": model("return a.solve(x);", 'import * as a from "solver";'), ...solver },
    swap(["a.solve", "a.default"]),
  ),
  ignored(
    "the name of a package's import",
    { "model.ts": model("return solve(x);", 'import { solve } from "solver";'), ...solver },
    { "model.ts": model("return a(x);", 'import { solve as a } from "solver";') },
  ),
  ignored(
    "a way to the package through a module",
    {
      "model.ts": model("return solve(x);", 'import { solve } from "solver";'),
      "lib.ts": 'export { solve } from "solver";',
      ...solver,
    },
    swap(['"solver"', '"./lib.ts"']),
  ),

  ignored(
    "a package that is not used",
    { "model.ts": model("return x;", 'import a, { solve } from "solver";'), ...solver },
    { [SOLVER]: at("1.2.3", "2.0.0") },
  ),
  ignored(
    "a package that another function uses",
    { "model.ts": model("return x;", 'import a from "solver";\nexport const other = () => a(1);'), ...solver },
    { [SOLVER]: at("1.2.3", "2.0.0") },
  ),
  ignored(
    "a package that is imported for types",
    { "model.ts": model("return x as A;", 'import type { A } from "solver";'), ...solver },
    { [SOLVER]: at("1.2.3", "2.0.0") },
  ),
  ignored(
    "a package that is used for types",
    { "model.ts": model("return x as A as any as typeof B;", 'import { type A, B } from "solver";'), ...solver },
    { [SOLVER]: at("1.2.3", "2.0.0") },
  ),
  ignored(
    "a package that nothing imports",
    { "model.ts": uses("solver"), ...solver, ...pkg("matrix", "1.0.0") },
    { "node_modules/matrix/package.json": at("1.0.0", "2.0.0") },
  ),
  ignored("a package for types that is not there", model("return x;"), {
    "model.ts": model("return x as A;", 'import type { A } from "missing";'),
  }),

  covered(
    "what a package depends on",
    {
      "model.ts": uses("solver"),
      ...dependsOn({ dependencies: { matrix: "^1.0.0" } }, MATRIX),
      ...pkg("matrix", "1.0.0"),
    },
    { "node_modules/matrix/package.json": at("1.0.0", "1.0.1") },
    { changed: ["matrix"] },
  ),
  covered(
    "what it depends on at third hand",
    {
      "model.ts": uses("solver"),
      ...dependsOn({ dependencies: { matrix: "^1.0.0" } }, MATRIX),
      ...pkg("matrix", "1.0.0", { dependencies: { "@acme/array": "1" } }),
      ...pkg("@acme/array", "1.0.0"),
    },
    { "node_modules/@acme/array/package.json": at("1.0.0", "1.0.1") },
    { changed: ["@acme/array"] },
  ),
  covered(
    "what it depends on, within it",
    {
      "model.ts": uses("solver"),
      ...dependsOn({ dependencies: { matrix: "^1.0.0" } }, MATRIX),
      ...pkg("node_modules/solver/node_modules/matrix", "1.0.0"),
      ...pkg("matrix", "2.0.0"),
    },
    { "node_modules/solver/node_modules/matrix/package.json": at("1.0.0", "1.0.1") },
    { changed: ["matrix"] },
  ),
  ignored(
    "what it does not depend on, as it has one within it",
    {
      "model.ts": uses("solver"),
      ...dependsOn({ dependencies: { matrix: "^1.0.0" } }, MATRIX),
      ...pkg("node_modules/solver/node_modules/matrix", "1.0.0"),
      ...pkg("matrix", "2.0.0"),
    },
    { "node_modules/matrix/package.json": at("2.0.0", "2.0.1") },
  ),
  covered(
    "one of two versions: the function's",
    {
      "model.ts": model("return a(b(x));", 'import a from "solver";\nimport b from "matrix";'),
      ...dependsOn({ dependencies: { matrix: "1" } }, MATRIX),
      ...pkg("node_modules/solver/node_modules/matrix", "1.0.0"),
      ...pkg("matrix", "2.0.0"),
    },
    { "node_modules/matrix/package.json": at("2.0.0", "2.0.1") },
    { changed: ["matrix"] },
  ),
  covered(
    "which of two has which version",
    {
      "model.ts": model("return a(b(x));", 'import a from "solver";\nimport b from "matrix";'),
      ...dependsOn({ dependencies: { matrix: "1" } }, MATRIX),
      ...pkg("node_modules/solver/node_modules/matrix", "1.0.0"),
      ...pkg("matrix", "2.0.0"),
    },
    {
      "node_modules/matrix/package.json": at("2.0.0", "1.0.0"),
      "node_modules/solver/node_modules/matrix/package.json": at("1.0.0", "2.0.0"),
    },
  ),
  covered(
    "what it may depend on",
    {
      "model.ts": uses("solver"),
      ...dependsOn({ optionalDependencies: { matrix: "1" } }, MATRIX),
      ...pkg("matrix", "1.0.0"),
    },
    { "node_modules/matrix/package.json": at("1.0.0", "1.0.1") },
    { changed: ["matrix"] },
  ),
  covered(
    "what it expects beside it",
    {
      "model.ts": uses("solver"),
      ...dependsOn({ peerDependencies: { matrix: "1" } }, MATRIX),
      ...pkg("matrix", "1.0.0"),
    },
    { "node_modules/matrix/package.json": at("1.0.0", "1.0.1") },
    { changed: ["matrix"] },
  ),
  covered(
    "what it depends on is installed",
    { "model.ts": uses("solver"), ...dependsOn({ optionalDependencies: { matrix: "1" } }, MATRIX) },
    pkg("matrix", "1.0.0"),
    { changed: ["matrix"] },
  ),
  ignored(
    "what it is developed with",
    { "model.ts": uses("solver"), ...dependsOn({ devDependencies: { matrix: "1" } }), ...pkg("matrix", "1.0.0") },
    { "node_modules/matrix/package.json": at("1.0.0", "1.0.1") },
  ),
  covered(
    "packages in a circle",
    {
      "model.ts": uses("solver"),
      ...dependsOn({ dependencies: { matrix: "1" } }, MATRIX),
      ...pkg("matrix", "1.0.0", { dependencies: { solver: "1" } }),
    },
    { "node_modules/matrix/package.json": at("1.0.0", "1.0.1") },
    { changed: ["matrix"] },
  ),
  covered(
    "a package of pnpm",
    PNPM,
    { "node_modules/.pnpm/solver@1.2.3/node_modules/solver/package.json": at("1.2.3", "1.2.4") },
    { links: PNPM_LINKS, changed: ["solver"] },
  ),
  covered(
    "what a package of pnpm depends on",
    PNPM,
    { "node_modules/.pnpm/matrix@1.0.0/node_modules/matrix/package.json": at("1.0.0", "1.0.1") },
    { links: PNPM_LINKS, changed: ["matrix"] },
  ),
  ignored(
    "what a package of pnpm does not depend on",
    PNPM,
    { "node_modules/matrix/package.json": at("9.0.0", "9.0.1") },
    { links: PNPM_LINKS },
  ),
  covered(
    "a package in a folder above",
    {
      "packages/app/package.json": json({ name: "app", type: "module" }),
      "packages/app/model.ts": uses("solver"),
      ...solver,
    },
    { [SOLVER]: at("1.2.3", "1.2.4") },
    { root: "packages/app/model.ts#run", changed: ["solver"] },
  ),
  covered(
    "a package that comes before that in a folder above",
    {
      "packages/app/package.json": json({ name: "app", type: "module" }),
      "packages/app/model.ts": uses("solver"),
      ...solver,
    },
    pkg("packages/app/node_modules/solver", "2.0.0"),
    { root: "packages/app/model.ts#run", changed: ["solver"] },
  ),
  covered(
    "a package of a workspace package",
    { ...TOOLS, ...pkg("packages/tools/node_modules/solver", "1.0.0"), ...pkg("matrix", "1.0.0") },
    { "packages/tools/node_modules/solver/package.json": at("1.0.0", "1.0.1") },
    { links: TOOLS_LINK, changed: ["solver"] },
  ),
  ignored(
    "a package of a workspace package's other functions",
    { ...TOOLS, ...solver, ...pkg("matrix", "1.0.0") },
    { "node_modules/matrix/package.json": at("1.0.0", "1.0.1") },
    { links: TOOLS_LINK },
  ),

  ignored("the version of scalable", model("return x;"), {
    "node_modules/scalable/package.json": swap(["0.1.0", "0.2.0"]),
  }),
  ignored(
    "the version of scalable, where it is used",
    model("return new Cache(x);", 'import { Cache } from "scalable";'),
    { "node_modules/scalable/package.json": swap(["0.1.0", "0.2.0"]) },
  ),
  covered(
    "scalable by its name",
    { "model.ts": model("return Cache(x);", 'import { Cache } from "scalable";'), ...solver },
    swap(['{ Cache } from "scalable"', '{ Cache } from "solver"']),
    { changed: ["scalable", "solver"] },
  ),

  ignored(
    "two names of a module of Node",
    model("return readFileSync(String(x));", 'import { readFileSync } from "fs";'),
    swap(['"fs"', '"node:fs"']),
  ),
  ignored(
    "two names of a module of Node with a subpath",
    model("return readFile(String(x));", 'import { readFile } from "fs/promises";'),
    swap(['"fs/promises"', '"node:fs/promises"']),
  ),
  covered(
    "another module of Node",
    model("return a.constants;", 'import * as a from "node:os";'),
    swap(["node:os", "node:fs"]),
    { changed: ["node:os", "node:fs"] },
  ),
  covered(
    "a module of Node by a helper",
    {
      "model.ts": model("return help(x);", 'import { help } from "./lib.ts";'),
      "lib.ts": 'import { hypot as a } from "./math.ts";\nexport const help = (b: number) => a(b);',
      "math.ts": "export const hypot = Math.hypot;",
    },
    { "lib.ts": swap(['{ hypot as a } from "./math.ts"', '{ cpus as a } from "node:os"']) },
    { changed: ["node:os"] },
  ),
  covered(
    "another export of a module of Node",
    model("return a();", 'import { freemem as a } from "node:os";'),
    swap(["freemem", "totalmem"]),
  ),
  ignored("a module of Node that is not used", model("return x;", ""), {
    "model.ts": model("return x;", 'import * as a from "node:os";'),
  }),
  covered(
    "a package that is not there, and then is",
    { "model.ts": model('try { return (await import("solver")).solve(x); } catch { return x; }') },
    solver,
    { changed: ["solver"], warns: "any" },
  ),
  covered(
    "a module that is not there, and then is",
    { "model.ts": model('try { return (await import("./fast.ts")).solve(x); } catch { return x; }') },
    { "fast.ts": "export const solve = (a: number) => a;" },
    { changed: ["solve"], warns: "any" },
  ),
];
