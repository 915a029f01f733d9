import { existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { Child, type Finished } from "../rig/child.ts";
import { cli } from "../rig/cli.ts";
import { slurm } from "../rig/slurm.ts";
import type { Workspace } from "../rig/workspace.ts";
import { project, ran } from "../session/rig.ts";

const COMMAND = new URL("../../bin/scalable.js", import.meta.url).pathname;
const LONG_MS = 120_000;
const PAUSE_MS = 200;

const MANIFEST = `version: 1
project: { name: demo }
targets: { hpc: { provider: slurm, poll_interval: 1s, calls_per_job: 1 } }
components: { main: { memory: 500MB } }
`;

const { cluster, unavailable } = await slurm();

if (cluster === undefined) {
  test.skipIf(true)(`Slurm: ${unavailable}`, () => undefined);
} else {
  const { env } = cluster;

  /** Its calls say in a file that they began, and wait for another file. */
  async function gatedWorkflow(): Promise<Workspace> {
    const ws = await project(MANIFEST);
    await ws.write(
      "flow.ts",
      `import { ScalableSession } from "scalable";
       import * as work from "./work.ts";
       await using session = await ScalableSession.fromYaml();
       const client = session.start();
       const all = client.map(work.gatedCached, ["a", "b"]);
       console.log(await client.submit(work.sum, [all]));`,
    );
    return ws;
  }

  const scalable = (ws: Workspace, ...args: string[]): Promise<Finished> => cli(args, { cwd: ws.path, env });

  interface Listed {
    readonly state: string;
    readonly call_id: string;
    readonly node?: string;
    readonly run_id: string;
    readonly job_id: string;
  }

  async function calls(ws: Workspace, ...args: string[]): Promise<readonly Listed[]> {
    return JSON.parse((await scalable(ws, "jobs", "--tasks", "--json", ...args)).stdout) as readonly Listed[];
  }

  /** Nothing tells when a job starts: it has to be asked again and again. */
  async function reach(ws: Workspace, state: string): Promise<readonly Listed[]> {
    for (;;) {
      const found = await calls(ws, "--all");
      if (found.length > 0 && found.every((call) => call.state === state)) return found;
      await setTimeout(PAUSE_MS);
    }
  }

  /** A job is running before the call in it has begun. */
  async function begun(ws: Workspace): Promise<void> {
    while (!["a", "b"].every((name) => existsSync(ws.resolve(`began-${name}`)))) await setTimeout(PAUSE_MS);
  }

  function open(ws: Workspace): void {
    for (const name of ["a", "b"]) writeFileSync(ws.resolve(`go-${name}`), "");
  }

  test(
    "calls that are left to the cluster go on, are listed, and the next run has their results",
    async () => {
      const ws = await gatedWorkflow();

      const left = await scalable(ws, "run", "--workflow", "flow.ts", "--detach", "--json");
      const running = await reach(ws, "running");
      const table = await scalable(ws, "jobs");
      const again = await Child.start(COMMAND, ["run", "--workflow", "flow.ts", "--quiet"], { cwd: ws.path, env });
      open(ws);
      const ended = await again.finished;

      expect(left).toMatchObject({ code: 0 });
      expect(left.stderr).toContain(
        "scalable: 2 calls are in jobs; 1 more waits for the results of others, and is in none.",
      );
      expect(JSON.parse(left.stdout)).toMatchObject({ detached: 2, blocked: 1, misses: 0 });
      expect(running.map(({ node }) => cluster?.nodes.includes(node ?? ""))).toEqual([true, true]);
      expect(table.stdout).toMatch(/^ +\d+ +run-\S+ +gatedCached +2 running +n\d(, n\d)? +.+ 2$/m);
      expect(ended).toMatchObject({ code: 0, stdout: "0ab\n" });
      // Not one was computed twice.
      expect((await ran(ws)).sort()).toEqual(["gatedCached a", "gatedCached b"]);
      expect(await calls(ws)).toEqual([]);
      expect((await scalable(ws, "jobs", "--all")).stdout).toContain("2 done");
      const runs = (await scalable(ws, "runs")).stdout;
      expect(runs).toMatch(/ succeeded +hpc .*\n.* detached +hpc /);
      // Each of the first two was its job as well, unless that had ended before it looked for the result.
      expect((await scalable(ws, "report")).stdout).toMatch(
        /^jobs +(1 try|[23] tries) on \d nodes?; waited .+ core-hours$/m,
      );
    },
    LONG_MS,
  );

  test(
    "jobs that are cancelled end, and a session that waits for them submits nothing again",
    async () => {
      const ws = await gatedWorkflow();
      const session = await Child.start(COMMAND, ["run", "--workflow", "flow.ts", "--quiet"], { cwd: ws.path, env });
      const [first] = await reach(ws, "running");
      await begun(ws);

      const other = await scalable(ws, "jobs", "cancel", "run-19991231T235959Z");
      const cancelled = await scalable(ws, "jobs", "cancel", first?.run_id.slice(0, -1) ?? "");
      const ended = await session.finished;

      expect(other).toMatchObject({ code: 1, stdout: "" });
      expect(other.stderr).toBe("scalable: no jobs of run-19991231T235959Z wait or run\n");
      expect(cancelled).toMatchObject({ code: 0, stdout: "cancelled 2 jobs in 1 array: 2 calls\n", stderr: "" });
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain("JobCancelledError: The job of gatedCached was cancelled from outside.");
      const left = await reach(ws, "cancelled");
      expect(left).toHaveLength(2);
      expect((await ran(ws)).sort()).toEqual(["gatedCached a", "gatedCached b"]);
      expect((await scalable(ws, "jobs", "cancel")).stdout).toBe("cancelled 0 jobs in 0 arrays: 0 calls\n");
    },
    LONG_MS,
  );

  test(
    "output of a call in a job is followed while it runs, and kept when it has ended",
    async () => {
      const ws = await project(MANIFEST);
      await ws.write(
        "steps.ts",
        `import { cacheable } from "scalable";
         import { until } from "./work.ts";
         export const steps = cacheable({ name: "steps", code: "name" }, async function steps(name) {
           console.log("first");
           await until("go-" + name);
           console.log("last");
         });`,
      );
      await ws.write(
        "flow.ts",
        `import { ScalableSession } from "scalable";
         import { steps } from "./steps.ts";
         await using session = await ScalableSession.fromYaml();
         await session.start().submit(steps, ["a"]);`,
      );
      const session = await Child.start(COMMAND, ["run", "--workflow", "flow.ts", "--quiet"], { cwd: ws.path, env });
      await reach(ws, "running");

      const follower = await Child.start(COMMAND, ["logs", "steps", "--follow"], { cwd: ws.path, env });
      await follower.line("first");
      open(ws);
      const followed = await follower.finished;
      await session.finished;

      expect(followed).toMatchObject({ code: 0, stdout: "first\nlast\n", stderr: "" });
      expect(await scalable(ws, "logs", "steps")).toMatchObject({ code: 0, stdout: "first\nlast\n", stderr: "" });
    },
    LONG_MS,
  );
}
