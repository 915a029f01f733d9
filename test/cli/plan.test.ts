import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";

const MANIFEST = `version: 1
project: { name: demand }
targets:
  local: { provider: local, max_workers: 3, threads_per_worker: 2 }
  wide: { provider: local, max_workers: 64, overlay: roomy }
components:
  light: { }
  solver: { cpus: 1000, memory: 1GB }
tasks:
  simulate: { component: solver, retries: 2, timeout: 30m }
  plot: { component: light, cache: false }
overlays:
  roomy: { components: { solver: { cpus: 16 } } }
`;

async function planned(): Promise<Workspace> {
  const ws = await workspace();
  await ws.write("scalable.yaml", MANIFEST);
  return ws;
}

test("a plan shows what a target has for each component, and what holds for each task", async () => {
  const ws = await planned();

  const { code, stdout, stderr } = await cli(["plan"], { cwd: ws.path });

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const rows = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
  expect(rows).toEqual([
    ["project", "demand"],
    ["target", "local (local)"],
    ["manifest", expect.stringMatching(/^sha256:[0-9a-f]{64}$/)],
    [""],
    ["COMPONENT", "WORKERS", "CALLS AT ONCE", "CPUS EACH", "MEMORY EACH"],
    ["light", "3", "6", "1", "-"],
    ["solver", "1", "2", "1000", "1 GiB"],
    [""],
    ["TASK", "COMPONENT", "CACHE", "RETRIES", "TIMEOUT"],
    ["simulate", "solver", "yes", "2", "30 min"],
    ["plot", "light", "no", "0", "-"],
    [""],
  ]);
});

test("--json prints the plan of the target that is asked for, as sessions record it", async () => {
  const ws = await planned();
  await ws.write(
    "main.ts",
    `import { ScalableSession } from "scalable";
     await using session = await ScalableSession.fromYaml(undefined, { target: "wide" });
     session.start();
     const { readFileSync } = await import("node:fs");
     console.log(readFileSync(session.runFolder + "/plan.json", "utf8"));`,
  );

  const { code, stdout } = await cli(["plan", "scalable.yaml", "--target", "wide", "--json"], { cwd: ws.path });

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    target: "wide",
    components: [
      { name: "light", workers: Math.min(64, Math.max(64, availableParallelism())), cpus: 1, memory_bytes: 0 },
      { name: "solver", cpus: 16, memory_bytes: 2 ** 30 },
    ],
    tasks: [
      { name: "simulate", component: "solver", cache: true, retries: 2, timeout_ms: 1_800_000 },
      { name: "plot", component: "light", cache: false, retries: 0 },
    ],
  });
  expect(JSON.parse((await ws.run("main.ts")).stdout)).toEqual(JSON.parse(stdout));
});

test("a manifest that is not there or has problems is none that is planned with", async () => {
  const ws = await planned();
  await ws.write("bad.yaml", `${MANIFEST}extra: 1\n`);

  const missing = await cli(["plan", "none.yaml"], { cwd: ws.path });
  const bad = await cli(["plan", "bad.yaml"], { cwd: ws.path });
  const target = await cli(["plan", "--target", "moon"], { cwd: ws.path });

  expect([missing, bad, target].map(({ code, stdout }) => [code, stdout])).toEqual([
    [1, ""],
    [1, ""],
    [2, ""],
  ]);
  expect(bad.stderr).toContain("E_UNKNOWN_TOP_KEY");
});

test("on a cluster, a plan shows what jobs of each component ask for", async () => {
  const ws = await workspace();
  await ws.write(
    "scalable.yaml",
    `version: 1
project: { name: demand }
targets:
  hpc: { provider: slurm, walltime: 2h, max_jobs: 40 }
  plain: { provider: slurm }
components:
  light: { }
  solver: { cpus: 16, memory: 1GB }
`,
  );

  const asked = await cli(["plan", "--target", "hpc"], { cwd: ws.path });
  const left = await cli(["plan", "--target", "plain"], { cwd: ws.path });
  const json = await cli(["plan", "--target", "hpc", "--json"], { cwd: ws.path });

  const rows = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .slice(4, 7)
      .map((line) => line.trim().split(/ {2,}/));
  const heading = ["COMPONENT", "JOBS AT ONCE", "CPUS EACH", "MEMORY EACH", "WALLTIME"];
  expect(rows(asked.stdout)).toEqual([
    heading,
    ["light", "40", "1", "-", "2 h"],
    ["solver", "40", "16", "1 GiB", "2 h"],
  ]);
  expect(rows(left.stdout)).toEqual([heading, ["light", "-", "1", "-", "-"], ["solver", "-", "16", "1 GiB", "-"]]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    provider: "slurm",
    components: [
      { name: "light", workers: 40, cpus: 1, memory_bytes: 0, walltime_s: 7200 },
      { name: "solver", workers: 40, cpus: 16, memory_bytes: 2 ** 30, walltime_s: 7200 },
    ],
    arrays: [],
  });
});
