import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { Workspace, workspace } from "../rig/workspace.ts";

const MODEL = `import { cpus } from "node:os";
import { cacheable } from "scalable";
import { left, right } from "lodash";
import { allocate } from "./allocate.ts";
throw new Error("no code of the project is to be run");
const unused = 1;
export const runModel = cacheable({ args: { year: Number } }, async function runModel(year: number) {
  return allocate(year) + left + cpus().length;
});
export const report = cacheable(async function report(x: number) { return helper(x); });
function helper(x: number): number { return x + 1; }
`;
const ALLOCATE = `export const FACTOR = 3;
export function allocate(year: number) { return FACTOR * year + allocate(year - 1); }
`;

let ws: Workspace;

beforeAll(async () => {
  ws = await Workspace.create();
  await ws.write("src/model.ts", MODEL);
  await ws.write("src/allocate.ts", ALLOCATE);
  await ws.write("node_modules/lodash/package.json", JSON.stringify({ name: "lodash", version: "4.17.21" }));
});
afterAll(() => ws.remove());

function key(...args: string[]) {
  return cli(["key", ...args], { cwd: ws.path });
}

describe("a function", () => {
  test("is shown with all that its digest covers", async () => {
    const { code, stdout, stderr } = await key("src/model.ts#runModel");

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replace(/^(digest +)[0-9a-f]{32}$/m, "$1…").replaceAll(/ {2,}/g, "  ")).toBe(
      `function  runModel of src/model.ts
digest  …
covers  3 declarations in 2 files, 2 packages

DECLARATION  WHERE  REACHED THROUGH
runModel  src/model.ts:7  -
allocate  src/allocate.ts:2  runModel
FACTOR  src/allocate.ts:1  allocate

PACKAGE  VERSION  REACHED THROUGH
lodash  4.17.21  runModel
node:os  -  runModel
`,
    );
  });

  test("is shown as a tree, each declaration once", async () => {
    const { stdout } = await key("src/model.ts#runModel", "--tree");

    expect(stdout.split("\n\n")[1]).toBe(
      `runModel  src/model.ts:7
├─ allocate  src/allocate.ts:2
│  └─ FACTOR  src/allocate.ts:1
├─ lodash 4.17.21
└─ node:os
`,
    );
  });

  test("is JSON with the same", async () => {
    const { stdout } = await key("src/model.ts#runModel", "--json");

    expect(JSON.parse(stdout)).toMatchObject({
      file: ws.resolve("src/model.ts"),
      name: "runModel",
      digest: expect.stringMatching(/^[0-9a-f]{32}$/),
      declarations: [
        { name: "runModel", file: "src/model.ts", line: 7, via: -1 },
        { name: "allocate", file: "src/allocate.ts", line: 2, via: 0 },
        { name: "FACTOR", via: 1 },
      ],
      packages: [
        { name: "lodash", version: "4.17.21", via: 0 },
        { name: "node:os", version: "", via: 0 },
      ],
      warnings: [],
    });
  });

  test("has another digest after an edit of a helper, and the same after one elsewhere", async () => {
    const own = await workspace();
    await own.write("src/model.ts", MODEL);
    const digestWith = async (allocate: string): Promise<unknown> => {
      await own.write("src/allocate.ts", allocate);
      const { stdout } = await cli(["key", "src/model.ts#runModel", "--json"], { cwd: own.path });
      return (JSON.parse(stdout) as { digest: unknown }).digest;
    };

    const before = await digestWith(ALLOCATE);
    expect(await digestWith(`// Moved.\n${ALLOCATE}export const other = 4;\n`)).toBe(before);
    expect(await digestWith(ALLOCATE.replace("= 3", "= 4"))).not.toBe(before);
  });

  test("that leads to what cannot be followed has warnings with their places", async () => {
    const own = await workspace();
    await own.write(
      "model.ts",
      `import { cacheable } from "scalable";
import { gone } from "./gone.ts";
export const run = cacheable(async function run() { return gone(); });
`,
    );

    const { code, stdout } = await cli(["key", "model.ts#run"], { cwd: own.path });

    expect(code).toBe(0);
    expect(stdout).toMatch(/^warning: model\.ts:3: "\.\/gone\.ts" was not found.*\.$/m);
  });
});

describe("a module", () => {
  test("is shown with the functions that it caches", async () => {
    const { code, stdout } = await key("src/model.ts");

    expect(code).toBe(0);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/\s{2,}/));
    expect(rows).toEqual([
      ["FUNCTION", "DIGEST", "DECLARATIONS", "PACKAGES"],
      ["runModel", expect.stringMatching(/^[0-9a-f]{32}$/), "3", "2"],
      ["report", expect.stringMatching(/^[0-9a-f]{32}$/), "2", "0"],
    ]);
    const json = JSON.parse((await key("src/model.ts", "--json")).stdout) as unknown;
    expect(json).toMatchObject([{ name: "runModel", digest: rows[1]?.[1], declarations: 3, packages: 2 }, {}]);
  });
});

describe("what is not there or cannot be read", () => {
  test.each([
    ["src/none.ts#runModel", "src/none.ts does not exist."],
    ["src", "src is not a file."],
    ["package.json", "package.json is neither JavaScript nor TypeScript by its name."],
    [
      "src/model.ts#runModal",
      'src/model.ts has no function that is cached as "runModal": did you mean "runModel"? It has "runModel", "report".',
    ],
    [
      "src/allocate.ts#run\u001b[2J",
      'src/allocate.ts has no function that is cached as "run\\u001b[2J". It caches none.',
    ],
    ["src/allocate.ts", "src/allocate.ts caches no function whose name stands in its text."],
  ])("%j", async (given, message) => {
    expect(await key(given)).toEqual({ code: 1, signal: null, stdout: "", stderr: `scalable: ${message}\n` });
  });

  test("a module that cannot be parsed, and two functions of one name", async () => {
    const own = await workspace();
    await own.write("broken.ts", "export const = 3;\n");
    const twice = "cacheable({ name: 'run' }, async () => 1);\n";
    await own.write(
      "twins.ts",
      `import { cacheable } from "scalable";\nexport const a = ${twice}export const b = ${twice.replace("1", "2")}`,
    );

    const broken = await cli(["key", "broken.ts#run"], { cwd: own.path });
    const twins = await cli(["key", "twins.ts#run"], { cwd: own.path });
    const listed = await cli(["key", "twins.ts"], { cwd: own.path });

    expect(broken).toMatchObject({ code: 1, stdout: "" });
    expect(broken.stderr).toMatch(/^scalable: broken\.ts cannot be parsed: .*\(1:13\)\n$/);
    expect(twins).toMatchObject({ code: 1, stdout: "" });
    expect(twins.stderr).toContain('two functions cacheable under the name "run", in lines 2 and 3');
    expect(listed.code).toBe(1);
    expect(listed.stderr).toBe(twins.stderr);
  });

  test.each([[["#run"]], [["src/model.ts#"]], [[]]])("%j is a usage error", async (args) => {
    expect(await key(...args)).toMatchObject({ code: 2, stdout: "" });
  });
});

test("a name that the text does not tell is taken for the one function that it can be, and this is said", async () => {
  const own = await workspace();
  await own.write(
    "model.ts",
    `import { cacheable } from "scalable";
const name = ["run", "model"].join("-");
export const run = cacheable({ name }, async () => 1);
`,
  );

  const { code, stderr } = await cli(["key", "model.ts#run-model"], { cwd: own.path });

  expect(code).toBe(0);
  expect(stderr).toBe(
    'scalable: the text of model.ts does not say what is cached as "run-model"; this is the function at model.ts:3.\n',
  );
});
