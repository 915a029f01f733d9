import { expect, onTestFinished, test } from "vitest";
import { compareCode } from "../../../src/identify/code/compare.ts";
import { pathTo } from "../../../src/identify/code/manifest.ts";
import { swap } from "./corpus/case.ts";
import { type Files, type Links, Project } from "./project.ts";

const FILES: Files = {
  "package.json": '{ "name": "energy", "type": "module" }',
  "src/demeter.ts": `import { cacheable } from "scalable";
import { allocate } from "./land/allocate.ts";

export const other = 1;

export const runDemeter = cacheable({ args: { x: Number } }, async function runDemeter(x: number) {
  return allocate(x) + REGIONS.length;
});

const REGIONS: string[] = [];
for (const name of ["north", "south"]) REGIONS.push(name);
`,
  "src/land/allocate.ts": `import { round } from "@acme/numbers";
import { cpus } from "os";
// How much of each fuel.
const shares = { gas: 0.3 };

/** The share of a fuel. */
function fuelShare(fuel: keyof typeof shares) {
  return round(shares[fuel] * cpus().length);
}

export function allocate(x: number) {
  return x * fuelShare("gas");
}
`,
  "node_modules/@acme/numbers/package.json":
    '{ "name": "@acme/numbers", "version": "1.4.0", "main": "index.js", "dependencies": { "big": "1" } }',
  "node_modules/@acme/numbers/index.js": 'exports.round = require("big");',
  "node_modules/big/package.json": '{ "name": "big", "version": "2.0.0", "main": "index.js" }',
  "node_modules/big/index.js": "module.exports = Math.round;",
};

const ROOT = "src/demeter.ts#runDemeter";

function open(files: Files, links?: Links): Project {
  const project = new Project("project", files, links);
  onTestFinished(() => project.remove());
  return project;
}

test("a manifest says what a function depends on, where that is, and through what it is reached", () => {
  const { manifest } = open(FILES).closure(ROOT);

  const { declarations, packages } = manifest;
  const places = declarations.map(({ name, file, line }) => `${file}:${line} ${name}`);
  expect(places[0]).toBe("src/demeter.ts:6 runDemeter");
  expect(places.slice(1).sort()).toEqual([
    "src/demeter.ts:10 REGIONS",
    "src/demeter.ts:11 (statement)",
    "src/land/allocate.ts:11 allocate",
    "src/land/allocate.ts:4 shares",
    "src/land/allocate.ts:7 fuelShare",
  ]);
  const pathOf = (name: string): string[] => {
    const place = declarations.findIndex((it) => it.name === name);
    return pathTo(manifest, place);
  };
  expect(pathOf("shares")).toEqual(["runDemeter", "allocate", "fuelShare", "shares"]);
  expect(pathOf("(statement)")).toEqual(["runDemeter", "REGIONS", "(statement)"]);
  expect(packages.map(({ name, version, via }) => [name, version, pathTo(manifest, via).at(-1)])).toEqual([
    ["@acme/numbers", "1.4.0", "fuelShare"],
    ["big", "2.0.0", "fuelShare"],
    ["node:os", "", "fuelShare"],
  ]);
});

test("a manifest, its digest and its warnings are the same each time", () => {
  const project = open(FILES);

  expect(project.closure(ROOT)).toEqual(project.closure(ROOT));
});

test("a comparison names what is different, with the way to it", () => {
  const project = open(FILES);
  const before = project.closure(ROOT);
  project.change({
    ...FILES,
    "src/land/allocate.ts": swap(["gas: 0.3", "gas: 0.4"])(FILES["src/land/allocate.ts"] ?? ""),
    "src/demeter.ts": swap(["x: number", "x: number, y = 2"])(FILES["src/demeter.ts"] ?? ""),
    "node_modules/big/package.json": '{ "name": "big", "version": "2.0.1", "main": "index.js" }',
  });

  expect(compareCode(before.manifest, project.closure(ROOT).manifest)).toEqual([
    {
      kind: "declaration",
      change: "changed",
      name: "runDemeter",
      file: "src/demeter.ts",
      line: 6,
      path: ["runDemeter"],
    },
    {
      kind: "declaration",
      change: "changed",
      name: "shares",
      file: "src/land/allocate.ts",
      line: 4,
      path: ["runDemeter", "allocate", "fuelShare", "shares"],
    },
    { kind: "package", name: "big", before: "2.0.0", after: "2.0.1" },
  ]);
});

test("a comparison names what came and what went", () => {
  const project = open(FILES);
  const before = project.closure(ROOT);
  project.change({
    ...FILES,
    "src/land/allocate.ts": "export function allocate(x: number) { return x * half(); }\nconst half = () => 0.5;\n",
  });

  const differences = compareCode(before.manifest, project.closure(ROOT).manifest);

  expect(
    differences.map((it) =>
      it.kind === "package" ? `${it.before} → ${it.after} ${it.name}` : `${it.change} ${it.name}`,
    ),
  ).toEqual([
    "changed allocate",
    "added half",
    "removed fuelShare",
    "removed shares",
    "1.4.0 → undefined @acme/numbers",
    "2.0.0 → undefined big",
    " → undefined node:os",
  ]);
});

test("files of a workspace package are named from the project's folder", () => {
  const { manifest } = open(
    {
      "app/package.json": '{ "name": "app", "type": "module" }',
      "app/model.ts": `import { cacheable } from "scalable";
import { help } from "tools";
export const run = cacheable({}, async function run(x: number) { return help(x); });`,
      "tools/package.json": '{ "name": "tools", "type": "module", "exports": "./index.ts" }',
      "tools/index.ts": "export const help = (a: number) => a;",
    },
    { "node_modules/tools": "../tools" },
  ).closure("app/model.ts#run");

  expect(manifest.declarations.map(({ name, file }) => `${file} ${name}`)).toEqual([
    "model.ts run",
    "../tools/index.ts help",
  ]);
});
