import { writeFile } from "node:fs/promises";
import path from "node:path";
import { Cache, cacheable, FileType } from "scalable";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../../rig/cli.ts";
import { Workspace, workspace } from "../../rig/workspace.ts";
import { fillCache, keysOf, TWINS } from "../filled-cache.ts";

let ws: Workspace;

beforeAll(async () => {
  ws = await Workspace.create();
  await fillCache(ws.resolve("cache"));
});
afterAll(() => ws.remove());

function show(...args: string[]) {
  return cli(["cache", "show", ...args], { cwd: ws.path });
}

async function keyOf(functionName: string): Promise<string> {
  const [key] = await keysOf(ws.resolve("cache"), functionName);
  return String(key);
}

test("a key shows what it was made of, and what became of the entry", async () => {
  const key = (await keysOf(ws.resolve("cache"), "runSimulation"))[1] ?? "";

  const { code, stdout, stderr } = await show(key);

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`key        ${key}\n`);
  expect(stdout).toContain("function   runSimulation\n");
  expect(stdout).toMatch(/^stored {5}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(40 d ago\)$/m);
  expect(stdout).toMatch(/^last used {2}\S+Z \(2[45] h ago\)$/m);
  expect(stdout).toMatch(/^hits {7}2 \(saved .+\)$/m);
  expect(stdout).toMatch(/^PART +NAME +TYPE +DIGEST +VALUE$/m);
  expect(stdout).toMatch(/^function +runSimulation +- +-$/m);
  expect(stdout).toMatch(/^argument +scenarioId +Number +[0-9a-f]{32} {2}1$/m);
  expect(stdout).toMatch(/^argument +region +String +[0-9a-f]{32} {2}"north"$/m);
});

test("JSON has the entry as the library gives it, and the captured files", async () => {
  const key = await keyOf("processData");
  await using cache = new Cache(ws.resolve("cache"));

  const { stdout } = await show(key, "--json");

  expect(JSON.parse(stdout)).toEqual({ ...(await cache.info(key)), captured: [] });
});

describe("the beginning of a key", () => {
  test("suffices where only one begins so", async () => {
    const key = await keyOf("processData");
    for (const digits of [4, 12, 31]) expect((await show(key.slice(0, digits))).stdout).toContain(key);
  });

  test("that several keys have is answered with these", async () => {
    const { code, stdout, stderr } = await show("cafe");

    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^scalable: 2 keys begin with cafe:\n/);
    for (const key of TWINS) expect(stderr).toContain(key);
  });

  test("may be a whole key itself", async () => {
    const other = await workspace();
    await using cache = new Cache(other.resolve("cache"));
    for (const key of ["k", "kkkk", "kkkkk"]) await cache.set(key, 1);

    for (const key of ["k", "kkkk"]) {
      const { code, stdout } = await cli(["cache", "show", key], { cwd: other.path });
      expect({ code, first: stdout.split("\n")[0] }).toEqual({ code: 0, first: `key        ${key}` });
    }
  });

  test.each(["", "abc"])("is refused where it is as short as %j", async (digits) => {
    const { code, stdout, stderr } = await show(digits);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^scalable: the key is ".*", but must have at least 4 digits\.\n$/);
  });
});

test("an unknown key is not found", async () => {
  expect(await show("ffffffff\x1b[31m")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: "scalable: no entry with the key ffffffff\\x1b[31m\n",
  });
});

test("without a key, the command is not complete", async () => {
  expect(await show()).toMatchObject({ code: 2, stdout: "", stderr: "scalable: missing required argument 'key'\n" });
});

test("files that were captured with the result are named", async () => {
  const other = await workspace();
  await using cache = new Cache(other.resolve("cache"));
  const report = path.relative(process.cwd(), await other.write("out/report.txt", ""));
  const writeReport = cacheable(
    { name: "writeReport", returnType: FileType, outputDir: other.path, cache },
    async (file: string) => {
      await writeFile(file, "x".repeat(3000));
      return file;
    },
  );
  await writeReport(report);
  const [key] = await keysOf(other.resolve("cache"), "writeReport");

  const { stdout } = await cli(["cache", "show", String(key)], { cwd: other.path });

  expect(stdout).toMatch(/^CAPTURED +FILES +SIZE +PATH$/m);
  expect(stdout).toMatch(/^file +1 +2\.9 KiB {2}out\/report\.txt$/m);
});
