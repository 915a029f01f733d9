import path from "node:path";
import { expect, test } from "vitest";
import { begin, DONE, end, makeArray, THREW } from "../providers/slurm/example-array.ts";
import type { Finished } from "../rig/child.ts";
import { cli } from "../rig/cli.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";

const MANIFEST = `version: 1
project: { name: demo }
targets:
  local: { provider: local }
  hpc: { provider: slurm }
  spare: { provider: slurm, queue: spare, work_dir: elsewhere }
`;
const WORK_DIR = ".scalable/slurm";
const NOTE = /^scalable: Slurm could not be asked: what jobs have noted is shown, .+ squeue: .+ not installed.+\n$/;

async function project(manifest = MANIFEST): Promise<Workspace> {
  const ws = await workspace();
  await ws.write("scalable.yaml", manifest);
  return ws;
}

/** On a machine without Slurm. */
function jobs(ws: Workspace, args: readonly string[] = []): Promise<Finished> {
  return cli(["jobs", ...args], { cwd: ws.path, env: { PATH: path.dirname(process.execPath) } });
}

function cellsOf(stdout: string): string[][] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/ {2,}/));
}

test("without Slurm's commands, arrays stand in a table as far as their jobs have noted", async () => {
  const ws = await project();
  const runId = "run-20261128T120000Z-demo-0a1b2c";
  const { folder } = makeArray(ws.resolve(WORK_DIR), { tasks: ["a", "a", "b", "c", "d"], jobId: "7", runId });
  end(folder, 0, DONE);
  end(folder, 1, THREW);
  begin(folder, 2);

  const { code, stdout, stderr } = await jobs(ws);

  expect(code).toBe(0);
  expect(stderr).toMatch(NOTE);
  const states = "1 running, 2 waiting, 1 done, 1 failed";
  expect(cellsOf(stdout)).toEqual([
    ["ARRAY", "RUN", "TASKS", "CALLS", "NODES", "SUBMITTED", "CORES"],
    ["7", runId, "a, b, c and 1 more", states, "-", expect.stringMatching(/^(in )?\d+ \w+( ago)?$/), "-"],
  ]);
});

test("--tasks has a line for each call, with its job and how long it waited and ran", async () => {
  const ws = await project();
  const { folder } = makeArray(ws.resolve(WORK_DIR), { tasks: ["a", "b\u001b[2J", "c"], firsts: [0, 1], jobId: "7" });
  end(folder, 0, DONE);
  end(folder, 1, THREW);

  const { stdout } = await jobs(ws, ["--tasks"]);

  expect(cellsOf(stdout)).toEqual([
    ["JOB", "STATE", "TASK", "CALL", "NODE", "WAITED", "RAN"],
    ["7_0", "done", "a", "c0ffee-1", "n1", "10 s", "3 s"],
    ["7_1", "failed (RangeError: bad 1)", "b\\x1b[2J", "c0ffee-2", "n1", "10 s", "3 s"],
    ["7_1", "waiting", "c", "c0ffee-3", "-", expect.any(String), "-"],
  ]);
});

test("--json has the same for scripts", async () => {
  const ws = await project();
  const { folder, record } = makeArray(ws.resolve(WORK_DIR), { tasks: ["a", "b"], jobId: "7" });
  end(folder, 0, DONE);

  const arrays = JSON.parse((await jobs(ws, ["--json"])).stdout) as unknown;
  const calls = JSON.parse((await jobs(ws, ["--json", "--tasks"])).stdout) as unknown;

  expect(arrays).toEqual([
    {
      array_id: record.id,
      job_id: "7",
      run_id: null,
      project: "demo",
      component: "model",
      tasks: ["a", "b"],
      submitted_at: "2026-11-28T12:00:00.000Z",
      calls: 2,
      states: { running: 0, waiting: 1, done: 1, failed: 0, cancelled: 0, lost: 0 },
      waiting_for: [],
      jobs: 2,
      live_jobs: 0,
      nodes: [],
      cores: 0,
      resources: { cpus: 2, memory_bytes: 2 ** 30 },
      folder,
    },
  ]);
  expect(calls).toMatchObject([
    {
      array_id: record.id,
      job_id: "7_0",
      call_id: "c0ffee-1",
      task_name: "a",
      state: "done",
      node: "n1",
      waited_s: 10,
      ran_s: 3,
      output: path.join(folder, "output/call-0.log"),
    },
    { job_id: "7_1", call_id: "c0ffee-2", state: "waiting" },
  ]);
});

test("arrays of which nothing waits or runs are listed with --all, those of other projects never", async () => {
  const ws = await project();
  const { folder } = makeArray(ws.resolve(WORK_DIR), { id: "20261128T110000Z-00000001", tasks: ["a"], jobId: "6" });
  end(folder, 0, DONE);
  makeArray(ws.resolve(WORK_DIR), { id: "20261128T110000Z-00000002", tasks: ["a"], jobId: "7", project: "other" });
  makeArray(ws.resolve("elsewhere"), { id: "20261128T100000Z-00000003", tasks: ["a"], jobId: "5" });

  const ids = async (...args: string[]): Promise<unknown> => {
    const found = JSON.parse((await jobs(ws, ["--json", ...args])).stdout) as readonly { readonly job_id: string }[];
    return found.map(({ job_id }) => job_id);
  };

  expect(await ids()).toEqual(["5"]);
  expect(await ids("--all")).toEqual(["5", "6"]);
  expect(await ids("--all", "--target", "hpc")).toEqual(["6"]);
});

test("where there are no jobs, this is said, and nothing is made", async () => {
  const ws = await project();

  const text = await jobs(ws);
  const json = await jobs(ws, ["--json"]);

  const folders = `${ws.resolve(WORK_DIR)}, ${ws.resolve("elsewhere")}`;
  expect(text).toMatchObject({ code: 0, stdout: "", stderr: `scalable: no jobs in ${folders}\n` });
  expect(json).toMatchObject({ code: 0, stdout: "[]\n", stderr: "" });
  await expect(ws.read(".scalable")).rejects.toThrow("ENOENT");
});

test("what has no jobs is no valid question", async () => {
  const ws = await project();
  await ws.write("only-local.yaml", "version: 1\nproject: { name: demo }\n");

  const local = await jobs(ws, ["--target", "local"]);
  const none = await jobs(ws, ["only-local.yaml"]);
  const unknown = await jobs(ws, ["--target", "hpcc"]);

  expect(local).toMatchObject({
    code: 2,
    stderr: 'scalable: the target "local" runs no jobs: its provider is local, not slurm.\n',
  });
  expect(none).toMatchObject({
    code: 2,
    stderr: "scalable: only-local.yaml has no target with provider: slurm, and only those have jobs.\n",
  });
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "hpc"?') });
});

test("a record that cannot be understood is skipped, and said", async () => {
  const ws = await project();
  const { folder, record } = makeArray(ws.resolve(WORK_DIR), { tasks: ["a"] });
  await ws.write(path.relative(ws.path, path.join(folder, "array.json")), '{"version":2,"id":"x"}');

  const { code, stderr } = await jobs(ws, ["--all"]);

  expect(code).toBe(0);
  expect(stderr).toContain(`scalable: skipped ${record.id}: The job array x was written by another version`);
});

test("nothing is cancelled where Slurm cannot be asked", async () => {
  const ws = await project();
  makeArray(ws.resolve(WORK_DIR), { tasks: ["a"], jobId: "7" });

  const { code, stdout, stderr } = await jobs(ws, ["cancel", "--yes"]);

  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^scalable: nothing was cancelled, as Slurm could not be asked: squeue: .+\n$/);
  expect((await jobs(ws)).stdout).toContain("1 waiting");
});
