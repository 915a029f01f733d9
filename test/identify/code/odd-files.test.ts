import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { closureOf } from "../../../src/identify/code/closure.ts";
import { type Files, Project } from "./project.ts";

const model = (specifier: string, body = "return use(lib, x);"): string => `import { cacheable } from "scalable";
import * as lib from "${specifier}";
export const run = cacheable({}, async function run(x: number) { ${body} });`;

function open(files: Files): Project {
  const project = new Project("project", files);
  onTestFinished(() => project.remove());
  return project;
}

test("bytes that are no text count", () => {
  const project = open({ "model.ts": model("./solver.wasm") });
  const digests = [0xff, 0xfe, 0x00].map((byte) => {
    writeFileSync(project.resolve("solver.wasm"), Uint8Array.of(0, 0x61, byte));
    return project.closure("model.ts#run").digest;
  });

  expect(new Set(digests).size).toBe(3);
});

test.each(["./query.sql", "./table.csv", "./page.html", "./module.wasm", "./LICENSE"])(
  "a file that is no code counts as a whole: %s",
  (specifier) => {
    const project = open({ "model.ts": model(specifier), [specifier]: "a\n" });
    const before = project.closure("model.ts#run").digest;

    project.change({ "model.ts": model(specifier), [specifier]: "a \n" });

    expect(project.closure("model.ts#run").digest).not.toBe(before);
  },
);

test.each<readonly [string, (project: Project) => void]>([
  ["a missing file", () => undefined],
  ["a folder without an index", (project) => mkdirSync(project.resolve("lib"))],
  ["an empty file", (project) => writeFileSync(project.resolve("lib.ts"), "")],
  ["a link to nothing", (project) => symlinkSync("nothing.ts", project.resolve("lib.ts"))],
  ["a link to itself", (project) => symlinkSync("lib.ts", project.resolve("lib.ts"))],
  ["a folder that is a link to itself", (project) => symlinkSync("lib", project.resolve("lib"))],
  ["a folder of the name of a module", (project) => mkdirSync(project.resolve("lib.ts"))],
  [
    "a package.json that is not JSON",
    (project) => {
      mkdirSync(project.resolve("lib"));
      writeFileSync(project.resolve("lib/package.json"), "{");
      writeFileSync(project.resolve("lib/index.ts"), "export const a = 1;");
    },
  ],
  [
    "a package.json that is no object",
    (project) => {
      mkdirSync(project.resolve("lib"));
      writeFileSync(project.resolve("lib/package.json"), "null");
      writeFileSync(project.resolve("lib/index.ts"), "export const a = 1;");
    },
  ],
  ["settings that are not JSON", (project) => writeFileSync(project.resolve("tsconfig.json"), "{ paths")],
  [
    "settings that extend themselves",
    (project) => writeFileSync(project.resolve("tsconfig.json"), '{ "extends": "./tsconfig.json" }'),
  ],
  [
    "settings that extend what is not there",
    (project) => writeFileSync(project.resolve("tsconfig.json"), '{ "extends": "./none.json" }'),
  ],
  [
    "a module that imports itself",
    (project) => writeFileSync(project.resolve("lib.ts"), 'export * from "./lib.ts";\nexport { a } from "./lib.ts";'),
  ],
])("%s has a digest, which another state does not have", (_name, prepare) => {
  const project = open({ "model.ts": model("./lib") });
  prepare(project);
  const before = project.closure("model.ts#run");

  const other = open({ "model.ts": model("./lib"), "lib.ts": "export const b = 5;" }).closure("model.ts#run");

  expect(before.digest).toMatch(/^[0-9a-f]{32}$/);
  expect(before.digest).not.toBe(other.digest);
});

test.skipIf(process.getuid?.() === 0)("a file that may not be read has a digest", () => {
  const project = open({ "model.ts": model("./lib.ts"), "lib.ts": "export const a = 1;" });
  chmodSync(project.resolve("lib.ts"), 0o000);

  expect(project.closure("model.ts#run").digest).toMatch(/^[0-9a-f]{32}$/);
});

test.each<readonly [string, string, string]>([
  ["a file that is not there", "none.ts", "run"],
  ["a name that nothing in the file has", "model.ts", "walk"],
  ["a folder", "src", "run"],
])("without a function there is no closure: %s", (_what, file, name) => {
  const project = open({ "model.ts": model("./lib.ts"), "src/a.ts": "" });

  expect(closureOf({ file: project.resolve(file), name })).toBeUndefined();
});

test("a function's module that cannot be parsed counts as a whole, with a warning", () => {
  const broken = 'import { cacheable } from "scalable";\nexport const run = cacheable(async function run( { });\n';
  const project = open({ "model.ts": broken });
  const before = project.closure("model.ts#run");

  project.change({ "model.ts": `${broken}// comment\n` });

  expect(before.warnings.map(({ file }) => file)).toEqual([project.resolve("model.ts")]);
  expect(project.closure("model.ts#run").digest).not.toBe(before.digest);
});

test("a module of 3,000 functions and a hundred modules take seconds at most", () => {
  const functions = Array.from({ length: 3_000 }, (_, i) => `export function f${i}(a: number) { return a + ${i}; }`);
  const modules = Array.from({ length: 100 }, (_, i): [string, string] => [
    `m${i}.ts`,
    i === 99
      ? "export const f = (a: number) => a;"
      : `import { f as g } from "./m${i + 1}.ts";\nexport const f = (a: number) => g(a) + ${i};`,
  ]);
  const large = open({ "model.ts": model("./lib.ts", "return lib.f7(x);"), "lib.ts": functions.join("\n") });
  const many = open({ "model.ts": model("./m0.ts", "return lib.f(x);"), ...Object.fromEntries(modules) });

  const began = performance.now();
  const first = large.closure("model.ts#run");
  const second = many.closure("model.ts#run");

  expect(first.manifest.declarations.map(({ name }) => name)).toEqual(["run", "f7"]);
  expect(second.manifest.declarations).toHaveLength(101);
  expect(performance.now() - began).toBeLessThan(5_000);
});
