import { expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import type { Workspace } from "../rig/workspace.ts";
import { project } from "../session/rig.ts";

const MANIFEST = `version: 1
project: { name: demo }
targets:
  local: { provider: local }
  hpc: { provider: slurm, walltime: 1h, calls_per_job: 2 }
components: { main: { cpus: 4, memory: 1GB } }
`;

async function withWorkflow(body: string): Promise<Workspace> {
  const ws = await project(MANIFEST);
  await ws.write(
    "flow.ts",
    `import { ScalableSession } from "scalable";
     import * as work from "./work.ts";
     await using session = await ScalableSession.fromYaml();
     const client = session.start();
     ${body}`,
  );
  return ws;
}

function run(ws: Workspace, ...args: string[]) {
  return cli(["run", "--workflow", "flow.ts", ...args], { cwd: ws.path });
}

test("calls are left to a cluster only", async () => {
  const ws = await withWorkflow("work.ran('it');");

  const local = await run(ws, "--target", "local", "--detach");
  const dry = await run(ws, "--target", "hpc", "--detach", "--dry-run");

  expect(local).toMatchObject({
    code: 2,
    stderr:
      'scalable: --detach leaves calls to a cluster, and the target "local" has none (provider: local): name one with provider: slurm.\n',
  });
  expect(dry).toMatchObject({ code: 2, stderr: expect.stringContaining("'--detach' cannot be used with") });
  await expect(ws.read("ran")).rejects.toThrow("ENOENT");
});

test("a dry run on a cluster shows the job arrays of the calls that would run", async () => {
  const ws = await withWorkflow(
    "const all = client.map(work.double, [1, 2, 3]); await client.submit(work.sum, [all]);",
  );

  const text = await run(ws, "--target", "hpc", "--dry-run");
  const json = await run(ws, "--target", "hpc", "--dry-run", "--json");
  const local = await run(ws, "--target", "local", "--dry-run", "--json");

  expect(text.code).toBe(0);
  expect(
    text.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ["0 calls would hit, 3 calls would run"],
    ["1 call cannot be told: they depend on those"],
    [""],
    ["JOB ARRAY", "CALLS", "JOBS", "CPUS EACH", "MEMORY EACH", "WALLTIME", "CORE-HOURS", "AT MOST"],
    ["main", "3", "2", "4", "1 GiB", "1 h", "-", "8"],
  ]);
  expect(JSON.parse(json.stdout)).toEqual({
    hits: 0,
    misses: 3,
    unknown: 1,
    arrays: [
      {
        component: "main",
        calls: 3,
        jobs: 2,
        cpus: 4,
        memory_bytes: 2 ** 30,
        walltime_s: 3600,
        core_hours_at_most: 8,
      },
    ],
  });
  expect(JSON.parse(local.stdout)).toEqual({ hits: 0, misses: 3, unknown: 1 });
  await expect(ws.read("ran")).rejects.toThrow("ENOENT");
});
