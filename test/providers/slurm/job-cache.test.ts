import { existsSync, readdirSync } from "node:fs";
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
  expect(stdout).toMatch(/^\/tmp\/scalable-job-\S+ true\n$/);
});

test("what a job left that was killed is removed by the next one on its node, and what others use is not", async () => {
  const ws = await workspace();
  await ws.write("tmp/.keep", "");
  await ws.write("tmp/scalable-job-other/file", "");
  await ws.write("job.ts", SCRIPT);
  await ws.write(
    "long.ts",
    SCRIPT.replace(/process.exit.*/, 'console.log("ready"); setInterval(() => undefined, 1e6);'),
  );
  const env = (node: string) => ({ TMPDIR: ws.resolve("tmp"), SLURMD_NODENAME: node });
  const start = (node: string) => ws.start("long.ts", { env: env(node) });
  const [killed, running, elsewhere] = [await start("n1"), await start("n1"), await start("n2")];
  await ws.write("tmp/.keep", "");
  await killed.kill();
  await elsewhere.kill();
  const nodesOf = () => readdirSync(ws.resolve("tmp")).map((name) => name.split("-").slice(0, 3).join("-"));
  expect(nodesOf().sort()).toEqual([
    ".keep",
    "scalable-job-n1",
    "scalable-job-n1",
    "scalable-job-n2",
    "scalable-job-other",
  ]);

  const { code, stderr } = await ws.run("job.ts", { args: ["0"], env: env("n1") });

  expect([code, stderr]).toEqual([0, ""]);
  expect(nodesOf().sort()).toEqual([".keep", "scalable-job-n1", "scalable-job-n2", "scalable-job-other"]);
  const [left = ""] = readdirSync(ws.resolve("tmp")).filter((name) => name.startsWith("scalable-job-n1"));
  expect(left).toContain(`-${running.pid}-`);
});

test("one that the component names is used, and stays", async () => {
  const ws = await workspace();
  await ws.write("own/.keep", "");
  await ws.write("job.ts", SCRIPT);

  const { stdout } = await ws.run("job.ts", { args: ["0"], env: { SCALABLE_CACHE_DIR: ws.resolve("own") } });

  expect(stdout).toBe(`${ws.resolve("own")} true\n`);
  expect(existsSync(ws.resolve("own"))).toBe(true);
});
