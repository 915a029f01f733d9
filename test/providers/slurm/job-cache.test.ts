import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { workspace } from "../../rig/workspace.ts";

const MODULE = pathToFileURL(path.resolve(import.meta.dirname, "../../../src/providers/slurm/job-cache.ts")).href;
const SCRIPT = `import { existsSync } from "node:fs";
import { useJobCache } from ${JSON.stringify(MODULE)};
useJobCache();
console.log(process.env["SCALABLE_CACHE_DIR"], existsSync(process.env["SCALABLE_CACHE_DIR"] ?? ""));
process.exit(Number(process.argv[2]));`;

test.each(["0", "3"])("a job has a cache of its own, which is removed when it ends with code %s", async (code) => {
  const ws = await workspace();
  await ws.write("tmp/.keep", "");
  await ws.write("job.ts", SCRIPT);

  const { stdout, stderr } = await ws.run("job.ts", { args: [code], env: { TMPDIR: ws.resolve("tmp") } });

  const [folder = "", there] = stdout.trim().split(" ");
  expect([stderr, there]).toEqual(["", "true"]);
  expect(path.dirname(folder)).toBe(ws.resolve("tmp"));
  expect(existsSync(folder)).toBe(false);
});

test("where the folder of TMPDIR is not on the node, or in the container, it is in /tmp", async () => {
  const ws = await workspace();
  await ws.write("job.ts", SCRIPT);

  const { code, stdout, stderr } = await ws.run("job.ts", { args: ["0"], env: { TMPDIR: "/scratch/not/here" } });

  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^\/tmp\/scalable-job-\w+ true\n$/);
});

test("one that the component names is used, and stays", async () => {
  const ws = await workspace();
  await ws.write("own/.keep", "");
  await ws.write("job.ts", SCRIPT);

  const { stdout } = await ws.run("job.ts", { args: ["0"], env: { SCALABLE_CACHE_DIR: ws.resolve("own") } });

  expect(stdout).toBe(`${ws.resolve("own")} true\n`);
  expect(existsSync(ws.resolve("own"))).toBe(true);
});
