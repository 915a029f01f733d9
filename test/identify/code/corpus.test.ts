import path from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Closure } from "../../../src/identify/code/closure.ts";
import { type CodeDifference, compareCode } from "../../../src/identify/code/compare.ts";
import type { CodeManifest } from "../../../src/identify/code/manifest.ts";
import { type CodeCase, editedFiles } from "./corpus/case.ts";
import { TOPICS } from "./corpus/topics.ts";
import { Project } from "./project.ts";

/*
 * What makes a function another one, and what does not, by small projects and edits of them. The files of cases are the
 * specification: each says what it is about, and what must be so.
 */

describe.each(Object.entries(TOPICS))("%s", (_topic, cases) => {
  for (const it of cases) {
    const { verdict, name } = it;
    // What is known not to be so is listed in docs/formats/code.md as well, under "Limits".
    if (KNOWN.has(name)) test.fails(`${verdict}: ${name}`, () => check(it));
    else test(`${verdict}: ${name}`, () => check(it));
  }
});

const KNOWN: ReadonlySet<string> = new Set([
  // Edits that make no new key, and should.
  "a directive of the module",
  "a function that gives a function, by a variable",
  "a variable that is assigned: a function in a list",
  "a variable that is assigned: a function that is called by a function that the function calls too",
  // Edits that make a new key without need.
  "another cached function that a function makes, with something that both write to",
  "hidden by a member that a namespace exports elsewhere",
  "only read: a number that is kept elsewhere",
  "only read: a text that is kept elsewhere",
  "only read: an enum's value that is kept elsewhere",
  "only read: a Map of it",
]);

function check(it: CodeCase): void {
  const project = open("project", it);
  const before = project.closure(it.root);
  project.change(editedFiles(it));
  const after = project.closure(it.rootAfter ?? it.root);
  const elsewhere = open("else where/v2.1+ü/src", it).closure(it.root);

  const differences = compareCode(before.manifest, after.manifest);
  const story = tell({ before, after, differences });
  expect(after.digest === before.digest ? "same" : "new", story).toBe(it.verdict);
  // A miss has to be explained, and what has another name only is the same.
  if (it.verdict === "new") expect(differences, story).not.toEqual([]);
  else expect(after.manifest.declarations.length, story).toBe(before.manifest.declarations.length);
  const names = differences.map(({ name }) => name);
  for (const name of it.changed ?? []) expect(names, story).toContain(name);
  for (const closure of [before, after]) {
    expect(flawsOf(closure.manifest), story).toEqual([]);
    checkWarnings(closure, it.warns ?? false);
  }
  expect(elsewhere.digest, story).toBe(before.digest);
  expect(elsewhere.manifest, story).toEqual(before.manifest);
}

test("the corpus is as large as it should be, and no name is there twice", () => {
  const names = Object.entries(TOPICS).flatMap(([topic, cases]) => cases.map(({ name }) => `${topic}: ${name}`));

  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
  expect(names.length).toBeGreaterThan(300);
});

test("what is meant to be code can be parsed, before and after the edit", () => {
  const texts = new Map<string, string>();
  for (const it of Object.values(TOPICS).flat()) {
    if (it.broken === true) continue;
    for (const [file, text] of [it.files, editedFiles(it)].flatMap(Object.entries<string>)) texts.set(text, file);
  }
  const problems = [...texts].flatMap(([text, file]) => problemsOf(file, text));
  expect(problems).toEqual([]);
});

function problemsOf(file: string, text: string): string[] {
  const loader = LOADERS[path.extname(file)];
  if (loader === undefined) return [];
  try {
    transformSync(text, { loader, logLevel: "silent" });
    return [];
  } catch (error) {
    return [`${file}: ${error}\n${text}`];
  }
}

const LOADERS: Readonly<Record<string, "js" | "ts" | "tsx">> = {
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
};

function open(folder: string, { files, links }: CodeCase): Project {
  const project = new Project(folder, files, links);
  onTestFinished(() => project.remove());
  return project;
}

function checkWarnings({ warnings }: Closure, expected: false | RegExp | "any"): void {
  const said = warnings.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  for (const { file } of warnings) expect(path.isAbsolute(file), file).toBe(true);
  if (expected === false) expect(said).toEqual([]);
  else if (expected !== "any") expect(said).toEqual([expect.stringMatching(expected)]);
}

/** What a manifest must not be. */
function flawsOf({ declarations, packages }: CodeManifest): string[] {
  const flaws: string[] = [];
  for (const [place, { name, file, line, digest, via }] of declarations.entries()) {
    const flaw = (what: string): number => flaws.push(`${name} (${place}): ${what}`);
    if (name === "") flaw("no name");
    if (path.isAbsolute(file) || file.includes("\\")) flaw(`file ${file}`);
    if (!Number.isInteger(line) || line < 1) flaw(`line ${line}`);
    if (!/^[0-9a-f]{32}$/.test(digest)) flaw(`digest ${digest}`);
    if (place === 0 ? via !== -1 : !(via >= 0 && via < place)) flaw(`via ${via}`);
  }
  for (const { name, via } of packages) if (declarations[via] === undefined) flaws.push(`${name}: via ${via}`);
  if (declarations.length === 0) flaws.push("empty");
  return flaws;
}

interface Found {
  readonly before: Closure;
  readonly after: Closure;
  readonly differences: readonly CodeDifference[];
}

function tell({ before, after, differences }: Found): string {
  const lines = [before, after].flatMap(({ digest, manifest: { declarations, packages } }) => [
    digest,
    ...declarations.map((it) => `  ${it.digest.slice(0, 6)} ${it.file}:${it.line} ${it.name} (via ${it.via})`),
    ...packages.map((it) => `  ${it.name}@${it.version} (via ${it.via})`),
  ]);
  return ["", ...lines, ...differences.map((it) => JSON.stringify(it)), ""].join("\n");
}
