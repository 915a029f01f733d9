import type { Files, Links } from "../project.ts";
import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

/* Long, as each way of naming a module is a case. */

const HELPER = "export function helper(a: number) { return a * 2; }\nexport const other = 7;\n";
const PLAIN = "export function helper(a) { return a * 2; }\nexport const other = 7;\n";

const uses = (specifier: string): string => model("return helper(x);", `import { helper } from "${specifier}";`);
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const pkg = (more: object): string => json({ name: "project", type: "module", ...more });
const tsconfig = (compilerOptions: object, more: object = {}): string => json({ compilerOptions, ...more });

interface Way {
  readonly name: string;
  readonly specifier: string;
  /** Where `helper` is. */
  readonly at: string;
  /** Other than the model and the helper's module. */
  readonly files?: Files;
  readonly links?: Links;
  readonly model?: string;
}

const TOOLS = json({
  name: "@acme/tools",
  version: "1.0.0",
  type: "module",
  exports: { ".": "./src/index.ts", "./rates/*": "./src/rates/*.ts" },
});
const LINK: Links = { "node_modules/@acme/tools": "../../packages/tools" };

/** Ways in which a specifier leads to a module of the project. */
const WAYS: readonly Way[] = [
  { name: "with its extension", specifier: "./lib.ts", at: "lib.ts" },
  { name: ".js that means .ts", specifier: "./lib.js", at: "lib.ts" },
  { name: ".mjs that means .mts", specifier: "./lib.mjs", at: "lib.mts" },
  { name: ".js that means .tsx", specifier: "./lib.js", at: "lib.tsx" },
  { name: ".js that is there", specifier: "./lib.js", at: "lib.js" },
  { name: ".mjs that is there", specifier: "./lib.mjs", at: "lib.mjs" },
  { name: "no extension", specifier: "./lib", at: "lib.ts" },
  { name: "no extension, for .js", specifier: "./lib", at: "lib.js" },
  { name: "no extension, for .tsx", specifier: "./lib", at: "lib.tsx" },
  { name: "a folder", specifier: "./lib", at: "lib/index.ts" },
  { name: "a folder with a slash", specifier: "./lib/", at: "lib/index.ts" },
  {
    name: "a folder and its package.json",
    specifier: "./lib",
    at: "lib/src/main.ts",
    files: { "lib/package.json": json({ main: "./src/main.ts", type: "module" }) },
  },
  {
    name: "a file beside a folder of its name",
    specifier: "./lib",
    at: "lib.ts",
    files: { "lib/index.ts": "export const helper = 1;" },
  },
  { name: "a folder above", specifier: "../lib.ts", at: "lib.ts", model: "src/model.ts" },
  { name: "the folder itself", specifier: ".", at: "src/index.ts", model: "src/model.ts" },
  { name: "the folder above itself", specifier: "..", at: "index.ts", model: "src/model.ts" },
  { name: "a name with dots", specifier: "./lib.v2", at: "lib.v2.ts" },
  { name: "a name with letters of the URL", specifier: "./a%20b/%C3%BC.ts", at: "a b/ü.ts" },
  { name: "a query", specifier: "./lib.ts?v=1", at: "lib.ts" },
  {
    name: "an alias",
    specifier: "@/lib",
    at: "src/lib.ts",
    files: { "tsconfig.json": tsconfig({ paths: { "@/*": ["./src/*"] } }) },
  },
  {
    name: "an alias with an extension",
    specifier: "@/lib.ts",
    at: "src/lib.ts",
    files: { "tsconfig.json": tsconfig({ paths: { "@/*": ["./src/*"] } }) },
  },
  {
    name: "an alias of one module",
    specifier: "the-lib",
    at: "src/lib.ts",
    files: { "tsconfig.json": tsconfig({ paths: { "the-lib": ["./src/lib.ts"] } }) },
  },
  {
    name: "an alias with two places",
    specifier: "@/lib",
    at: "src/lib.ts",
    files: { "tsconfig.json": tsconfig({ paths: { "@/*": ["./missing/*", "./src/*"] } }) },
  },
  {
    name: "the longest alias",
    specifier: "@/a/lib",
    at: "src/lib.ts",
    files: { "tsconfig.json": tsconfig({ paths: { "@/*": ["./b/*"], "@/a/*": ["./src/*"] } }), "b/a/lib.ts": PLAIN },
  },
  {
    name: "an alias of a base folder",
    specifier: "@/lib",
    at: "src/lib.ts",
    files: { "tsconfig.json": tsconfig({ baseUrl: "./src", paths: { "@/*": ["*"] } }) },
  },
  {
    name: "a base folder",
    specifier: "energy/lib",
    at: "src/energy/lib.ts",
    files: { "tsconfig.json": tsconfig({ baseUrl: "src" }) },
  },
  {
    name: "an alias of extended settings",
    specifier: "@/lib",
    at: "src/lib.ts",
    files: {
      "tsconfig.json": tsconfig({}, { extends: "./settings/base.json" }),
      "settings/base.json": tsconfig({ paths: { "@/*": ["../src/*"] } }),
    },
  },
  {
    name: "an alias of settings that are extended twice",
    specifier: "@/lib",
    at: "src/lib.ts",
    files: {
      "tsconfig.json": tsconfig({ strict: true }, { extends: ["./a.json"] }),
      "a.json": tsconfig({}, { extends: "./b.json" }),
      "b.json": tsconfig({ baseUrl: ".", paths: { "@/*": ["src/*"] } }),
    },
  },
  {
    name: "an alias of settings with comments",
    specifier: "@/lib",
    at: "src/lib.ts",
    files: {
      "tsconfig.json": '{\n  // aliases\n  "compilerOptions": { "paths": { "@/*": ["./src/*"], }, /* a */ },\n}',
    },
  },
  {
    name: "an alias of a package's settings",
    specifier: "@/lib",
    at: "src/lib.ts",
    files: {
      "tsconfig.json": tsconfig({ paths: { "@/*": ["./src/*"] } }, { extends: "@acme/settings/tsconfig.json" }),
      "node_modules/@acme/settings/package.json": json({ name: "@acme/settings", version: "1.0.0" }),
      "node_modules/@acme/settings/tsconfig.json": tsconfig({ strict: true }),
    },
  },
  {
    name: "an import of the package.json",
    specifier: "#lib",
    at: "src/lib.ts",
    files: { "package.json": pkg({ imports: { "#lib": "./src/lib.ts" } }) },
  },
  {
    name: "an import pattern of the package.json",
    specifier: "#src/lib",
    at: "src/lib.ts",
    files: { "package.json": pkg({ imports: { "#src/*": "./src/*.ts" } }) },
  },
  {
    name: "an import of the package.json with conditions",
    specifier: "#lib",
    at: "src/lib.ts",
    files: {
      "package.json": pkg({
        imports: {
          "#lib": {
            browser: "./missing.ts",
            types: "./missing.d.ts",
            node: { import: "./src/lib.ts" },
            default: "./missing.ts",
          },
        },
      }),
    },
  },
  {
    name: "the package itself",
    specifier: "project/lib",
    at: "src/lib.ts",
    files: { "package.json": pkg({ exports: { "./lib": "./src/lib.ts" } }) },
  },
  {
    name: "a workspace package",
    specifier: "@acme/tools",
    at: "packages/tools/src/index.ts",
    files: { "packages/tools/package.json": TOOLS },
    links: LINK,
  },
  {
    name: "a workspace package's subpath",
    specifier: "@acme/tools/rates/lib",
    at: "packages/tools/src/rates/lib.ts",
    files: { "packages/tools/package.json": TOOLS },
    links: LINK,
  },
  {
    name: "a workspace package with conditions",
    specifier: "tools",
    at: "packages/tools/lib.ts",
    files: {
      "packages/tools/package.json": json({
        name: "tools",
        exports: { types: "./lib.d.ts", require: "./lib.cjs", import: "./lib.ts" },
      }),
    },
    links: { "node_modules/tools": "../packages/tools" },
  },
  {
    name: "a workspace package with a main module",
    specifier: "tools",
    at: "packages/tools/lib/main.ts",
    files: { "packages/tools/package.json": json({ name: "tools", type: "module", main: "lib/main.ts" }) },
    links: { "node_modules/tools": "../packages/tools" },
  },
  {
    name: "a workspace package beside the function's",
    specifier: "@acme/tools",
    at: "packages/tools/src/index.ts",
    model: "packages/app/src/model.ts",
    files: { "packages/tools/package.json": TOOLS, "packages/app/package.json": json({ name: "app", type: "module" }) },
    links: LINK,
  },
  {
    name: "a workspace package in the function's own node_modules",
    specifier: "@acme/tools",
    at: "packages/tools/src/index.ts",
    model: "packages/app/src/model.ts",
    files: { "packages/tools/package.json": TOOLS, "packages/app/package.json": json({ name: "app", type: "module" }) },
    links: { "packages/app/node_modules/@acme/tools": "../../../tools" },
  },
  { name: "a link to a module", specifier: "./linked.ts", at: "src/lib.ts", links: { "linked.ts": "src/lib.ts" } },
];

const filesOf = ({ specifier, at, files = {}, model: file = "model.ts" }: Way): Files => ({
  [file]: uses(specifier),
  [at]: at.endsWith("js") ? PLAIN : HELPER,
  ...files,
});
const moreOf = ({ links = {}, model: file = "model.ts" }: Way): { links: Links; root: string } => ({
  links,
  root: `${file}#run`,
});

const ALIASED: Files = {
  "model.ts": uses("@/lib"),
  "src/lib.ts": HELPER,
  "tsconfig.json": tsconfig({ paths: { "@/*": ["./src/*"] } }),
};
const WORKSPACE: Files = {
  "model.ts": uses("@acme/tools"),
  "packages/tools/package.json": TOOLS,
  "packages/tools/src/index.ts": 'export { helper } from "./lib.ts";',
  "packages/tools/src/lib.ts": HELPER,
  "packages/tools/src/rates/b.ts": HELPER.replace("2", "5"),
};
const OWN_IMPORT: Files = {
  "model.ts": uses("#lib"),
  "a.ts": HELPER,
  "b.ts": HELPER.replace("2", "3"),
  "package.json": pkg({ imports: { "#lib": "./a.ts" } }),
};
const VIEW = `export function helper(a: number) {
  const h = (...all: unknown[]) => all;
  return <b title="a">{a} MW<i /></b>;
}`;

export const resolution: readonly CodeCase[] = [
  ...WAYS.map((way) =>
    covered(way.name, filesOf(way), { [way.at]: swap(["* 2", "* 3"]) }, { ...moreOf(way), changed: ["helper"] }),
  ),
  ...WAYS.map((way) =>
    ignored(`${way.name}: another export`, filesOf(way), { [way.at]: swap(["= 7", "= 8"]) }, moreOf(way)),
  ),

  ignored(
    "a module's name",
    { "model.ts": uses("./lib.ts"), "lib.ts": HELPER },
    { "model.ts": uses("./support.ts"), "lib.ts": null, "support.ts": HELPER },
  ),
  ignored(
    "a module's folder",
    { "model.ts": uses("./lib.ts"), "lib.ts": HELPER },
    { "model.ts": uses("./a/b/lib.ts"), "lib.ts": null, "a/b/lib.ts": HELPER },
  ),
  ignored(
    "the name of the function's own module",
    { "model.ts": uses("./lib.ts"), "lib.ts": HELPER },
    { "model.ts": null, "src/energy.ts": uses("../lib.ts") },
    { rootAfter: "src/energy.ts#run" },
  ),
  ignored(
    "from an extension to none",
    { "model.ts": uses("./lib.ts"), "lib.ts": HELPER },
    { "model.ts": uses("./lib") },
  ),
  ignored(
    "from a file to a folder",
    { "model.ts": uses("./lib"), "lib.ts": HELPER },
    { "lib.ts": null, "lib/index.ts": HELPER },
  ),
  ignored(
    "from JavaScript to TypeScript",
    { "model.ts": uses("./lib.js"), "lib.js": PLAIN },
    { "lib.js": null, "lib.ts": HELPER },
  ),
  ignored(
    "the function's module from TypeScript to JavaScript",
    { "model.ts": uses("./lib.ts"), "lib.ts": HELPER },
    { "model.ts": null, "model.js": uses("./lib.ts").replace("x: number", "x") },
    { rootAfter: "model.js#run" },
  ),
  ignored("from a path to an alias", { ...ALIASED, "model.ts": uses("./src/lib.ts") }, { "model.ts": uses("@/lib") }),
  ignored("settings without a part in it", ALIASED, {
    "tsconfig.json": tsconfig({ strict: false, noEmit: true, paths: { "@/*": ["./src/*"], "#/*": ["./b/*"] } }),
  }),
  covered(
    "an alias that leads elsewhere",
    { ...ALIASED, "b/lib.ts": HELPER.replace("2", "3") },
    { "tsconfig.json": swap(["./src/*", "./b/*"]) },
    { changed: ["helper"] },
  ),
  covered(
    "a module that comes before the one of an alias's second place",
    { ...ALIASED, "tsconfig.json": tsconfig({ paths: { "@/*": ["./b/*", "./src/*"] } }) },
    { "b/lib.ts": HELPER.replace("2", "3") },
    { changed: ["helper"] },
  ),
  covered(
    "extended settings with an alias that leads elsewhere",
    {
      ...ALIASED,
      "tsconfig.json": tsconfig({}, { extends: "./base" }),
      "base.json": tsconfig({ paths: { "@/*": ["./src/*"] } }),
      "b/lib.ts": HELPER.replace("2", "3"),
    },
    { "base.json": swap(["./src/*", "./b/*"]) },
    { changed: ["helper"] },
  ),
  covered(
    "an import of the package.json that leads elsewhere",
    OWN_IMPORT,
    { "package.json": swap(["./a.ts", "./b.ts"]) },
    { changed: ["helper"] },
  ),
  ignored("another part of the package.json", OWN_IMPORT, {
    "package.json": pkg({ version: "2.0.0", scripts: { a: "b" }, imports: { "#b": "./b.ts", "#lib": "./a.ts" } }),
  }),
  covered(
    "a file that comes before a folder",
    { "model.ts": uses("./lib"), "lib/index.ts": HELPER },
    { "lib.ts": HELPER.replace("2", "3") },
    { changed: ["helper"] },
  ),

  covered(
    "a module of a workspace package behind its entry",
    WORKSPACE,
    { "packages/tools/src/lib.ts": swap(["* 2", "* 3"]) },
    { links: LINK, changed: ["helper"] },
  ),
  ignored(
    "a workspace package's version",
    WORKSPACE,
    { "packages/tools/package.json": swap(["1.0.0", "2.0.0"]) },
    { links: LINK },
  ),
  ignored(
    "a workspace package's other modules",
    WORKSPACE,
    { "packages/tools/src/rates/b.ts": swap(["* 5", "* 3"]), "packages/tools/README.md": "# Tools" },
    { links: LINK },
  ),
  covered(
    "a workspace package's exports that lead elsewhere",
    WORKSPACE,
    { "packages/tools/package.json": swap(["./src/index.ts", "./src/rates/b.ts"]) },
    { links: LINK, changed: ["helper"] },
  ),
  ignored(
    "from a path to a workspace package",
    { ...WORKSPACE, "model.ts": uses("./packages/tools/src/index.ts") },
    { "model.ts": uses("@acme/tools") },
    { links: LINK },
  ),

  covered(
    "JSX",
    { "model.tsx": model("return <a b={x}>c</a>;") },
    { "model.tsx": swap([">c<", ">d<"]) },
    { root: "model.tsx#run", changed: ["run"], warns: "any" },
  ),
  covered(
    "JSX's attributes",
    { "model.ts": uses("./view.tsx"), "view.tsx": VIEW },
    { "view.tsx": swap(['"a"', '"b"']) },
    { changed: ["helper"], warns: "any" },
  ),
  covered(
    "a component of JSX",
    { "model.tsx": model("return <View a={x} />;", "const View = (a: object) => [a, 2];") },
    { "model.tsx": swap(["2", "3"]) },
    { root: "model.tsx#run", changed: ["View"], warns: "any" },
  ),
  ignored(
    "a module with types of .mts",
    { "model.mts": model("return x as A;", "type A = 1;") },
    { "model.mts": swap(["= 1", "= 2"]) },
    { root: "model.mts#run" },
  ),
  ignored(
    "plain JavaScript: comments",
    { "model.mjs": model("return x;").replace("x: number", "x") },
    { "model.mjs": swap(["return x", "return /* a */ x"]) },
    { root: "model.mjs#run" },
  ),
];
