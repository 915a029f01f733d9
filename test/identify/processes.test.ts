import { chmod, readFile, symlink, utimes } from "node:fs/promises";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type NodeMajor, nodeBinary } from "../rig/nodes.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";

/*
 * A key is the same in each process, on each supported Node.js, wherever the files and the project are. The script is
 * run as it is, and the keys that it prints are held against those of the Node.js that runs the tests.
 */

const FIXTURE = path.resolve(import.meta.dirname, "fixture/keys.ts");
let script = "";

beforeAll(async () => {
  script = await readFile(FIXTURE, "utf8");
});

/** A checkout of a project with data, in a folder of its own. */
async function checkout(folder: string): Promise<Workspace> {
  const ws = await workspace();
  await ws.write(`${folder}/keys.ts`, script);
  await ws.write(`${folder}/data/a.txt`, "content\n");
  await ws.write(`${folder}/data/tool.sh`, "#!/bin/sh\n");
  await chmod(ws.resolve(folder, "data/tool.sh"), 0o755);
  await ws.write(`${folder}/data/é/😀.bin`, new Uint8Array(70_000));
  await symlink("../a.txt", ws.resolve(folder, "data/é/link"));
  return ws;
}

async function keys(ws: Workspace, folder: string, options: Parameters<Workspace["run"]>[1] = {}): Promise<string[]> {
  const { code, stdout, stderr } = await ws.run(`${folder}/keys.ts`, { cwd: ws.resolve(folder), ...options });
  expect(code, stderr).toBe(0);
  return stdout.trim().split("\n");
}

test("what is hashed gets keys, what is refused gets none, and no two share one", async () => {
  const lines = await keys(await checkout("project"), "project");

  const values = lines.filter((line) => !line.startsWith("refused"));
  expect(values.filter((line) => !/^.+ [0-9a-f]{32}$/.test(line))).toEqual([]);
  expect(new Set(values.map((line) => line.slice(-32))).size).toBe(values.length);
  expect(values.length).toBeGreaterThan(60);
  const refused = lines.filter((line) => line.startsWith("refused"));
  expect(refused.map((line) => line.replace(/^refused \d+ /, ""))).toEqual(refused.map(() => "E_ARGUMENT_UNHASHABLE"));
});

test.each<NodeMajor>([22, 24, 26])("Node %i makes the same keys", { timeout: 300_000 }, async (major) => {
  const ws = await checkout("project");
  const node = await nodeBinary(major);

  expect(await keys(ws, "project", { node })).toEqual(await keys(ws, "project"));
});

test("another process, another place, another working directory, other times and an absolute path: the same keys", async () => {
  const [one, other] = [await checkout("project"), await checkout("a b/ü")];
  await utimes(other.resolve("a b/ü/data/a.txt"), 1, 1);
  const expected = await keys(one, "project");

  expect(await keys(other, "a b/ü")).toEqual(expected);
  expect(await keys(other, "a b/ü", { cwd: other.path, args: ["a b/ü/data"] })).toEqual(expected);
  expect(await keys(other, "a b/ü", { cwd: other.path, args: [other.resolve("a b/ü/data")] })).toEqual(expected);
});

test("neither the locale nor the time zone counts; a variable that is named does, and so does the seed", async () => {
  const ws = await checkout("project");
  const expected = await keys(ws, "project");
  const changed = async (env: Record<string, string>): Promise<(string | undefined)[]> => {
    const lines = await keys(ws, "project", { env });
    return lines.filter((line, i) => line !== expected[i]).map((line) => line.replace(/ \S+$/, ""));
  };

  expect(await changed({ LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", TZ: "Pacific/Apia" })).toEqual([]);
  expect(await changed({ SCALABLE_TEST_ENV: "1" })).toEqual(["files"]);
  const all = expected.filter((line) => !line.startsWith("refused")).map((line) => line.replace(/ \S+$/, ""));
  expect(await changed({ SCALABLE_SEED: "1" })).toEqual(all);
});

test("formatted in another way, and with comments, the functions keep their keys", async () => {
  const ws = await checkout("project");
  const expected = await keys(ws, "project");
  await ws.write(
    "project/keys.ts",
    script
      .replace("// A comment.", "/* Another, \n of two lines */;".slice(0, -1))
      .replaceAll("{ return this.n", "{\n\n        return this.n"),
  );

  expect(await keys(ws, "project")).toEqual(expected);
});

test("the values of Temporal, which are native, are refused", { timeout: 300_000 }, async () => {
  const ws = await workspace();
  await ws.write(
    "temporal.mjs",
    `import { cacheable } from "scalable";
     const key = cacheable({ name: "f" }, (day) => day).key;
     for (const value of [Temporal.PlainDate.from("2050-01-01"), Temporal.Now.instant(), Temporal.Duration.from("P1D")]) {
       console.log(await key(value).catch((error) => error.message.match(/native class \\w+/)?.[0]));
     }`,
  );

  const { stdout, stderr } = await ws.run("temporal.mjs", { node: await nodeBinary(26) });
  expect({ stdout, stderr }).toEqual({
    stdout: "native class PlainDate\nnative class Instant\nnative class Duration\n",
    stderr: "",
  });
});
