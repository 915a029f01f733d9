import { spawnSync } from "node:child_process";
import { rmSync, unlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Finished } from "../rig/child.ts";
import { cli } from "../rig/cli.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { withIndex } from "../store/local-rig.ts";

const FILES: Readonly<Record<string, string>> = {
  "src/fuel.ts": `const BASE = 3;
export function fuelShare(year: number) {
  return BASE + year;
}
export const left = 1;
export const right = 2;
`,
  "src/allocate.ts": `import { fuelShare } from "./index.ts";
export const allocate = (year: number) => fuelShare(year) * 2;
`,
  "src/index.ts": `export { fuelShare, left as a, right as b } from "./fuel.ts";
`,
  "src/model.ts": `import { readFileSync } from "node:fs";
import { cacheable, DirType, FileType } from "scalable";
import { allocate } from "./allocate.ts";
import { a, b } from "./index.ts";

const say = (name: string): void => console.log(name);

export const runModel = cacheable(
  { args: { year: Number, config: FileType } },
  async function runModel(year: number, config: string) {
    say("runModel");
    return [allocate(year), readFileSync(config, "utf8")];
  },
);
export const ratio = cacheable(async function ratio(x: number) {
  console.log("ratio");
  return (x * a) / b;
});
export const sum = cacheable({ args: { options: { folder: DirType } } }, async function sum(options: { folder: string }) {
  console.log("sum");
  return options.folder;
});
export const own = cacheable({ code: "function", inputs: ["data/own.csv"] }, async function own(x: number) {
  console.log("own");
  return x;
});
export const fixed = cacheable({ code: "name" }, async function fixed(x: number) {
  console.log("fixed");
  return x;
});
`,
  "run.ts": `import { fixed, own, ratio, runModel, sum } from "./src/model.ts";
for (const year of [2030, 2040, 2050]) await runModel(year, "data/config.json");
await ratio(1);
await ratio(2);
await sum({ folder: "data" });
await own(1);
await fixed(1);
`,
  "data/config.json": "{}\n",
  "data/own.csv": "1\n",
  ".gitignore": "node_modules\ncache\n",
};

interface Affected {
  readonly functionName: string;
  readonly entries: number;
  readonly differs: boolean;
}

interface Impact {
  readonly files?: readonly string[];
  readonly edited: readonly string[];
  readonly affected: readonly Affected[];
  readonly otherwise: readonly Affected[];
  readonly missing: readonly { readonly functionName: string; readonly entries: number }[];
  readonly entries: number;
  readonly durationMs: number;
  readonly uncompared: readonly { readonly functionName: string; readonly code: string }[];
  readonly totals: { readonly functions: number; readonly entries: number };
}

/** The project, with the results of a run in its cache. */
async function project(): Promise<Workspace> {
  const ws = await workspace();
  for (const [name, text] of Object.entries(FILES)) await ws.write(name, text);
  expect(await computedIn(ws)).toEqual(["fixed", "own", "ratio", "runModel", "sum"]);
  withIndex(ws.resolve("cache"), (index) =>
    index.exec("UPDATE entries SET duration_ms = CASE function WHEN 'runModel' THEN 7200000 ELSE 600000 END"),
  );
  return ws;
}

/** Names of the functions that a run computes. */
async function computedIn(ws: Workspace): Promise<string[]> {
  const { code, stdout, stderr } = await ws.run("run.ts");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return [...new Set(stdout.split("\n").filter((line) => line !== ""))].sort();
}

async function edit(ws: Workspace, name: string, [from, to]: readonly [from: string, to: string]): Promise<void> {
  const text = await ws.read(name);
  expect(text).toContain(from);
  await ws.write(name, text.replace(from, to));
}

function impact(ws: Workspace, ...args: string[]): Promise<Finished> {
  return cli(["impact", ...args], { cwd: ws.path });
}

async function impactJson(ws: Workspace, ...args: string[]): Promise<Impact> {
  return JSON.parse((await impact(ws, "--json", ...args)).stdout) as Impact;
}

function namesOf(affected: readonly { readonly functionName: string }[]): string[] {
  return affected.map(({ functionName }) => functionName).sort();
}

function git(ws: Workspace, ...args: string[]): void {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
  const { status, stderr } = spawnSync("git", [...identity, ...args], { cwd: ws.path, encoding: "utf8" });
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
}

function commitAll(ws: Workspace): void {
  git(ws, "add", "-A");
  git(ws, "commit", "-q", "-m", "all");
}

const squeezed = (text: string): string => text.replaceAll(/ {2,}/g, "  ");

describe("after an edit", () => {
  test.each<[what: string, file: string, change: readonly [string, string], names: readonly string[]]>([
    ["of a constant that a helper uses", "src/fuel.ts", ["BASE = 3", "BASE = 4"], ["runModel"]],
    ["of a comment above it", "src/fuel.ts", ["const BASE", "// In percent.\nconst BASE"], []],
    ["of what a module passes on", "src/index.ts", ["left as a, right as b", "left as b, right as a"], ["ratio"]],
    ["of a function itself", "src/model.ts", ["(x * a) / b", "(x * a) / b / 1"], ["ratio"]],
    ["of a helper beside it", "src/model.ts", ["console.log(name)", "console.log(name.trim())"], ["runModel"]],
    ["of a function whose code does not count", "src/model.ts", ['log("fixed");', 'log("fixed");;'], []],
    [
      "that adds what nobody uses",
      "src/fuel.ts",
      ["export const left", "export const more = 3;\nexport const left"],
      [],
    ],
    ["of the types alone", "src/allocate.ts", ["(year: number)", "(year: number): number"], []],
  ])("%s, exactly the functions that it names are computed again", async (_, file, change, names) => {
    const ws = await project();
    git(ws, "init", "-q");
    commitAll(ws);

    await edit(ws, file, change);
    const told = await impactJson(ws);

    expect(namesOf(told.affected)).toEqual(names);
    expect(told).toMatchObject({
      files: [ws.resolve(file)],
      edited: names.length === 0 ? [] : [ws.resolve(file)],
      otherwise: [],
      missing: [],
      totals: { functions: 5, entries: 8 },
    });
    expect(await computedIn(ws)).toEqual(names);
    expect((await impactJson(ws)).affected).toEqual([]);

    git(ws, "checkout", "-q", ".");
    expect(await impactJson(ws)).toMatchObject({ affected: [], otherwise: [] });
    expect(await computedIn(ws)).toEqual([]);
  });

  test("there is a table with what changed, and a line with the sum", async () => {
    const ws = await project();
    git(ws, "init", "-q");
    commitAll(ws);
    expect(await impact(ws)).toMatchObject({
      code: 0,
      stdout: `what git says was edited since its last commit: nothing that a function in the cache depends on has changed
not compared, as their entries do not say what their code was: own
`,
      stderr: "",
    });

    await edit(ws, "src/fuel.ts", ["BASE + year", "BASE + year + more"]);
    await edit(ws, "src/fuel.ts", ["const BASE", 'import { more } from "./more.ts";\nconst BASE']);
    await ws.write("src/more.ts", "export const more = 1;\n");
    await edit(ws, "src/model.ts", ["(x * a) / b", "(x * b) / a"]);
    const { stdout, stderr } = await impact(ws);

    expect(stderr).toBe("");
    expect(squeezed(stdout)).toBe(
      `FUNCTION  ENTRIES  COMPUTING TIME  CHANGED  WHERE  THROUGH
runModel  3  6 h  fuelShare  src/fuel.ts:3  runModel → allocate → fuelShare
  more (added)  src/more.ts:1  runModel → allocate → fuelShare → more
ratio  2  20 min  ratio  src/model.ts:15  ratio

editing src/fuel.ts, src/model.ts, src/more.ts invalidates 2 of 5 functions, 5 of 8 entries, about 6.3 h
not compared, as their entries do not say what their code was: own
`,
    );
  });

  test("what is committed already is told apart, and without git everything is compared", async () => {
    const ws = await project();
    await edit(ws, "src/fuel.ts", ["BASE = 3", "BASE = 4"]);

    const without = await impact(ws);
    expect(without.stderr).toBe("scalable: not in a git repository, or without git: all functions are compared\n");
    expect(without.stdout).toMatch(/^editing src\/fuel\.ts invalidates 1 of 5 functions, 3 of 8 entries, about /m);

    git(ws, "init", "-q");
    commitAll(ws);
    const committed = await impact(ws);
    expect(committed.stderr).toBe("");
    expect(committed.stdout).toContain(
      "\nrunModel: its code differs from that of its 3 entries as well, by what git has committed already\n",
    );
    expect(namesOf((await impactJson(ws)).otherwise)).toEqual(["runModel"]);
  });

  test("entries of older code are not counted, and calls that are stored under the present code neither", async () => {
    const ws = await project();
    await edit(ws, "src/fuel.ts", ["BASE = 3", "BASE = 4"]);
    await ws.write("run.ts", FILES["run.ts"]?.replace("[2030, 2040, 2050]", "[2040, 2060]") ?? "");
    await computedIn(ws);

    await edit(ws, "src/fuel.ts", ["BASE = 4", "BASE = 5"]);
    expect(await impactJson(ws)).toMatchObject({ affected: [{ functionName: "runModel", entries: 2 }], entries: 2 });

    await edit(ws, "src/fuel.ts", ["BASE = 5", "BASE = 3"]);
    expect(await impactJson(ws)).toMatchObject({ affected: [{ functionName: "runModel", entries: 1 }], entries: 1 });
  });

  test("a function whose module or name is gone is not found any more", async () => {
    const ws = await project();
    await edit(ws, "src/model.ts", [
      "ratio = cacheable(async function ratio",
      "rates = cacheable(async function rates",
    ]);
    expect((await impact(ws)).stdout).toContain(
      "\nratio: not found any more (it is not found in src/model.ts), so that its 2 entries cannot be compared\n",
    );

    unlinkSync(ws.resolve("src/model.ts"));
    const { code, stdout } = await impact(ws);
    expect(code).toBe(0);
    expect(stdout).toContain("\nrunModel: not found any more (there is no src/model.ts), so that its 3 entries");
    expect(namesOf((await impactJson(ws)).missing)).toEqual(["ratio", "runModel", "sum"]);
  });

  test("it is the same in a folder of the project, and with another cache folder", async () => {
    const ws = await project();
    git(ws, "init", "-q");
    commitAll(ws);
    await edit(ws, "src/fuel.ts", ["BASE = 3", "BASE = 4"]);

    const { stdout } = await cli(["impact", "--dir", "../cache"], { cwd: ws.resolve("src") });

    expect(stdout).toMatch(/^editing fuel\.ts invalidates 1 of 5 functions, 3 of 8 entries/m);
  });

  test("a function that depends on others is compared with these", async () => {
    const ws = await workspace();
    await ws.write("helper.ts", "export function helper() { return 1; }\n");
    await ws.write("other.ts", "export const other = 1;\n");
    const script = `import { cacheable } from "scalable";
import { helper } from "./helper.ts";
const table = { helper };
const run = cacheable({ dependsOn: [helper, "./other.ts"] }, async function run(name: string) {
  console.log("run");
  return (table as never as Record<string, () => number>)[name]?.();
});
await run("helper");
`;
    await ws.write("run.ts", script);
    expect(await computedIn(ws)).toEqual(["run"]);

    expect((await impactJson(ws)).affected).toEqual([]);
    await ws.write("other.ts", "export const other = 2;\n");
    expect(namesOf((await impactJson(ws)).affected)).toEqual(["run"]);
    expect(await computedIn(ws)).toEqual(["run"]);
    expect((await impactJson(ws)).affected).toEqual([]);
  });
});

describe("of files", () => {
  test("the functions that reach a declaration there, with the way to it", async () => {
    const ws = await project();

    const { code, stdout, stderr } = await impact(ws, "src/fuel.ts");

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(squeezed(stdout)).toBe(`FUNCTION  ENTRIES  COMPUTING TIME  USES  WHERE  THROUGH
runModel  3  6 h  fuelShare  src/fuel.ts:2  runModel → allocate → fuelShare
  BASE  src/fuel.ts:1  runModel → allocate → fuelShare → BASE
ratio  2  20 min  left  src/fuel.ts:5  ratio → left
  right  src/fuel.ts:6  ratio → right

editing src/fuel.ts invalidates up to 2 of 5 functions, 5 of 8 entries, about 6.3 h
`);

    await edit(ws, "src/fuel.ts", ["BASE = 3", "BASE = 4"]);
    const told = await impactJson(ws, "src/fuel.ts");
    expect(told.affected).toMatchObject([
      { functionName: "runModel", entries: 3, differs: true },
      { functionName: "ratio", entries: 2, differs: false },
    ]);
    expect((await impact(ws, "src/fuel.ts")).stdout).toContain(
      "\nrunModel: what is on disk differs from that of these entries already\n",
    );
  });

  test("arguments and inputs, as files, as folders and in objects", async () => {
    const ws = await project();

    const config = await impact(ws, "data/config.json");
    expect(squeezed(config.stdout)).toBe(`FUNCTION  ENTRIES  COMPUTING TIME  USES  WHERE  THROUGH
runModel  3  6 h  data/config.json  argument config  3 entries
sum  1  10 min  data  argument options.folder  1 entry

editing data/config.json invalidates up to 2 of 5 functions, 4 of 8 entries, about 6.2 h
`);
    const input = await impactJson(ws, ws.resolve("data/own.csv"));
    expect(namesOf(input.affected)).toEqual(["own", "sum"]);
    const folder = await impactJson(ws, "data");
    expect(namesOf(folder.affected)).toEqual(["own", "runModel", "sum"]);

    await ws.write("data/config.json", '{ "edited": true }\n');
    expect(await computedIn(ws)).toEqual(["runModel", "sum"]);
    const after = await impactJson(ws, "data/config.json");
    expect(after.entries).toBe(4);
    expect(after.affected.every(({ differs }) => !differs)).toBe(true);
  });

  test("of which nothing is known", async () => {
    const ws = await project();

    const known = await impact(ws, "run.ts");
    expect(known).toMatchObject({
      code: 0,
      stdout: "no function in the cache has to do with run.ts\n",
      stderr: "",
    });
    const none = await impact(ws, "src/none\u001b.ts");
    expect(none).toMatchObject({ code: 1, stderr: "scalable: there is no src/none\\x1b.ts\n" });
  });
});

test("where there is no cache, this is said, and none is made", async () => {
  const ws = await workspace();

  expect(await impact(ws)).toMatchObject({
    code: 1,
    stdout: "",
    stderr: `scalable: no cache at ${ws.resolve("cache")}\n`,
  });
  expect(await impact(ws)).toMatchObject({ code: 1 });
});

test("names in the index that others wrote are shown without what a terminal would act upon", async () => {
  const ws = await project();
  withIndex(ws.resolve("cache"), (index) => index.exec(`UPDATE entries SET function = 'run' || char(27) || '[2J'`));
  rmSync(ws.resolve("src"), { recursive: true });

  const { code, stdout, stderr } = await impact(ws);

  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain("\u001b");
  expect(stdout).toContain("run\\x1b[2J: not found any more");
});
