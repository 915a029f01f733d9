import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { callOutputFile, jobOutputFile } from "../../src/providers/slurm/call-output.ts";
import type { ScalableEvent } from "../../src/telemetry/event.ts";
import { outputFile } from "../../src/telemetry/run-files.ts";
import { begin, DONE, end, makeArray } from "../providers/slurm/example-array.ts";
import { Child, type Finished } from "../rig/child.ts";
import { cli } from "../rig/cli.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { at, recordRun, startRun, taskEvent } from "../telemetry/example-run.ts";

const RUNS = ".scalable/runs";
const COMMAND = new URL("../../bin/scalable.js", import.meta.url).pathname;

function logs(ws: Workspace, args: readonly string[]): Promise<Finished> {
  return cli(["logs", ...args], { cwd: ws.path });
}

function printed(folder: string, id: string, text: string): void {
  const file = outputFile(folder, id);
  mkdirSync(path.dirname(file), { recursive: true });
  appendFileSync(file, text);
}

/** A call of a task, from its submission to its end. */
function* call(id: string, task_name: string, end: "succeeded" | "failed", hit = false): Generator<ScalableEvent> {
  yield taskEvent(id, { task_name, function_name: `${task_name}Fn` });
  yield taskEvent(id, {
    task_name,
    function_name: `${task_name}Fn`,
    state: end,
    timestamp: at(1),
    hit,
    duration_s: 1.5,
  });
}

test("a call is named by its ID, and what it printed comes as it is", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.resolve(RUNS), [
    ...call("abc-1", "solve", "succeeded"),
    ...call("abc-2", "solve", "failed"),
  ]);
  printed(folder, "abc-1", "\u001b[31mred\u001b[0m\nno line end");

  expect(await logs(ws, ["abc-1"])).toEqual({
    code: 0,
    signal: null,
    stdout: "\u001b[31mred\u001b[0m\nno line end",
    stderr: "",
  });
  expect(await logs(ws, ["abc-2"])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "scalable: solve abc-2 has printed nothing\n",
  });
  expect((await logs(ws, ["abc-1", "--path"])).stdout).toBe(`${outputFile(folder, "abc-1")}\n`);
});

test("a task stands for its calls that failed, or for all that were computed; several are listed", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.resolve(RUNS), [
    ...call("abc-1", "solve", "succeeded"),
    ...call("abc-2", "solve", "failed"),
    ...call("abc-3", "plot", "succeeded"),
    ...call("abc-4", "plot", "succeeded"),
    ...call("abc-5", "plot", "succeeded", true),
  ]);
  printed(folder, "abc-2", "that is why\n");
  printed(folder, "abc-3", "hello");

  expect((await logs(ws, ["solve"])).stdout).toBe("that is why\n");
  expect((await logs(ws, ["solveFn"])).stdout).toBe("that is why\n");
  const several = await logs(ws, ["plot"]);
  const rows = several.stdout.trimEnd().split("\n");
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
    ["CALL", "TASK", "STATE", "SINCE", "TOOK", "PRINTED"],
    ["abc-3", "plot", "succeeded", expect.any(String), "1.5 s", "5 B"],
    ["abc-4", "plot", "succeeded", expect.any(String), "1.5 s", "-"],
  ]);
  expect(several.stderr).toBe(
    `scalable: these are calls of ${path.basename(folder)}; what one of them has printed: scalable logs CALL\n`,
  );
  expect(JSON.parse((await logs(ws, ["plot", "--json"])).stdout)).toMatchObject([
    { run_id: path.basename(folder), task_id: "abc-3", state: "succeeded", files: [outputFile(folder, "abc-3")] },
    { task_id: "abc-4", files: [] },
  ]);
});

test("a call that was answered from the cache has printed nothing in its run, and this is said", async () => {
  const ws = await workspace();
  recordRun(ws.resolve(RUNS), call("abc-1", "solve", "succeeded", true));

  const { stderr } = await logs(ws, ["solve"]);

  expect(stderr).toBe("scalable: solve abc-1 was answered from the cache, and printed nothing in this run\n");
});

test("an ID is found in whichever run it was, a task only in the run that is asked for", async () => {
  const ws = await workspace();
  const first = recordRun(ws.resolve(RUNS), call("abc-1", "solve", "failed"), { project: "first" });
  printed(first, "abc-1", "from the first\n");
  recordRun(ws.resolve(RUNS), call("def-1", "other", "failed"), { project: "second" });

  expect((await logs(ws, ["abc-1"])).stdout).toBe("from the first\n");
  expect((await logs(ws, ["solve", "--run", path.basename(first)])).stdout).toBe("from the first\n");
  const elsewhere = await logs(ws, ["othr"]);
  expect(elsewhere).toMatchObject({ code: 1, stdout: "" });
  expect(elsewhere.stderr).toMatch(/^scalable: run run-\S+ has no call and no task "othr": did you mean "other"\?\n$/);
  expect(await logs(ws, ["abc-9"])).toMatchObject({ code: 1, stdout: "" });
});

test("where there is no run, this is said", async () => {
  const ws = await workspace();

  const { code, stderr } = await logs(ws, ["solve"]);

  expect({ code, stderr }).toEqual({ code: 1, stderr: `scalable: no runs in ${ws.resolve(RUNS)}\n` });
});

const MANIFEST = "version: 1\nproject: { name: demo }\ntargets: { hpc: { provider: slurm } }\n";

test("output of calls in jobs is read where the jobs write it, that of all tries", async () => {
  const ws = await workspace();
  await ws.write("scalable.yaml", MANIFEST);
  const run = startRun(ws.resolve(RUNS), [
    ...["c0ffee-1", "c0ffee-2"].map((id) => taskEvent(id, { task_name: "solve" })),
  ]);
  const tries = ["20991231T235959Z-00000001", "20991231T235959Z-00000002"].map(
    (id) => makeArray(ws.resolve(".scalable/slurm"), { id, tasks: ["solve", "solve"], jobId: "7" }).folder,
  );
  for (const [index, folder] of tries.entries()) {
    writeFileSync(callOutputFile(folder, 0), `try ${index}\n`);
    writeFileSync(jobOutputFile(folder, 0), `job ${index}\n`);
  }

  expect((await logs(ws, ["c0ffee-1"])).stdout).toBe("try 0\njob 0\ntry 1\njob 1\n");
  expect((await logs(ws, ["c0ffee-2"])).stderr).toBe("scalable: solve c0ffee-2 has printed nothing yet (submitted)\n");

  // The run has it when the call has ended.
  run.record(taskEvent("c0ffee-1", { task_name: "solve", state: "succeeded" }));
  run.close({ status: "succeeded" });
  printed(run.folder, "c0ffee-1", "kept\n");
  expect((await logs(ws, ["c0ffee-1"])).stdout).toBe("kept\n");
});

test("a call that another run has submitted is found by its key", async () => {
  const ws = await workspace();
  await ws.write("scalable.yaml", MANIFEST);
  const key_digest = "0".repeat(32);
  const run = startRun(ws.resolve(RUNS), [taskEvent("abc-1", { state: "running", key_digest })]);
  const { folder } = makeArray(ws.resolve(".scalable/slurm"), { tasks: ["solve"], jobId: "7" });
  writeFileSync(callOutputFile(folder, 0), "step 1\n");

  expect((await logs(ws, ["abc-1"])).stdout).toBe("step 1\n");
  run.close({ status: "cancelled" });
});

test("--follow goes on until a call of a run has ended", async () => {
  const ws = await workspace();
  const run = startRun(ws.resolve(RUNS), [taskEvent("abc-1", { state: "running" })]);
  printed(run.folder, "abc-1", "first\n");

  const child = await Child.start(COMMAND, ["logs", "abc-1", "--follow"], { cwd: ws.path });
  await child.line("first");
  printed(run.folder, "abc-1", "second\n");
  await child.line("second");
  printed(run.folder, "abc-1", "third\n");
  run.record(taskEvent("abc-1", { state: "succeeded" }));
  run.flush();

  expect(await child.finished).toMatchObject({ code: 0, stdout: "first\nsecond\nthird\n", stderr: "" });
  run.close({ status: "succeeded" });
});

test("--follow goes on until a job has ended that its run has left behind, and shows nothing twice", async () => {
  const ws = await workspace();
  await ws.write("scalable.yaml", MANIFEST);
  const run = startRun(ws.resolve(RUNS), [taskEvent("c0ffee-1")]);
  run.close({ status: "detached" });
  const array = { id: "20991231T235959Z-00000001", tasks: ["solve"], jobId: "7" };
  const { folder } = makeArray(ws.resolve(".scalable/slurm"), array);
  begin(folder, 0);
  writeFileSync(callOutputFile(folder, 0), "first\n");

  // Without Slurm, nobody knows whether the job is still there.
  const env = { PATH: path.dirname(process.execPath) };
  const child = await Child.start(COMMAND, ["logs", "c0ffee-1", "--follow"], { cwd: ws.path, env });
  await child.line("first");
  appendFileSync(callOutputFile(folder, 0), "second\n");
  end(folder, 0, DONE);

  expect(await child.finished).toMatchObject({ code: 0, stdout: "first\nsecond\n", stderr: "" });
});

test("a local run keeps what its calls print", async () => {
  const ws = await workspace();
  await ws.write("scalable.yaml", "version: 1\nproject: { name: demo }\n");
  await ws.write("work.mjs", `export function talk(word) { console.log(word); throw new RangeError("no " + word); }`);
  await ws.write(
    "flow.mjs",
    `import { ScalableSession } from "scalable";
     import { talk } from "./work.mjs";
     await using session = await ScalableSession.fromYaml();
     await session.start().submit(talk, ["hello"]);`,
  );

  await cli(["run", "--workflow", "flow.mjs", "--quiet"], { cwd: ws.path });

  expect(await logs(ws, ["talk"])).toMatchObject({ code: 0, stdout: "hello\n", stderr: "" });
  expect((await cli(["report"], { cwd: ws.path })).stdout).toContain("What one of them printed: scalable logs ID");
});
