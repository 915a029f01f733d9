import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { noteCancelled } from "../../../src/providers/slurm/array-record.ts";
import { type CallStanding, standingsOf } from "../../../src/providers/slurm/call-standing.ts";
import { listMarks } from "../../../src/providers/slurm/marks.ts";
import { snapshotFrom } from "../../../src/providers/slurm/queue.ts";
import { workspace } from "../../rig/workspace.ts";
import { begin, DONE, type ExampleArray, end, endedProcess, makeArray, THREW, TIMED_OUT } from "./example-array.ts";

interface Scene {
  readonly array: ExampleArray;
  /** What squeue prints; undefined where it cannot be asked. */
  readonly queue?: readonly string[];
  readonly happens?: (folder: string) => void;
}

async function standings({ array, queue, happens }: Scene): Promise<CallStanding[]> {
  const ws = await workspace();
  const { folder, record } = makeArray(ws.path, array);
  happens?.(folder);
  return standingsOf({
    folder,
    record,
    jobId: array.jobId,
    marks: await listMarks(folder),
    queue: queue && snapshotFrom(queue.join("\n"), Date.now()),
  });
}

const NODE = { node: "n1", started_at: "2026-11-28T12:00:10.000Z" };
const ENDED = { ...NODE, ended_at: "2026-11-28T12:00:13.000Z" };

test("what a job has noted of the end of a call counts, whatever the queue says", async () => {
  const found = await standings({
    array: { tasks: ["a", "b", "c", "d"], jobId: "7" },
    queue: ["7_0|RUNNING|n1|None|2|a.x", "7_1|NODE_FAIL|n1|None|2|a.x"],
    happens: (folder) => {
      end(folder, 0, DONE);
      end(folder, 1, THREW);
      end(folder, 2, TIMED_OUT);
      end(folder, 3, { end: "exited", code: 3 });
    },
  });

  expect(found).toEqual([
    { state: "done", reason: "", ...ENDED },
    { state: "failed", reason: "RangeError: bad 1", ...ENDED },
    { state: "failed", reason: "it ran longer than its timeout", ...ENDED },
    { state: "failed", reason: "exit code 3", ...ENDED },
  ]);
});

test("of a call that has not ended, the queue says how its job stands", async () => {
  const found = await standings({
    array: { tasks: ["a", "b", "c", "d", "e", "f", "g", "h"], jobId: "7" },
    queue: [
      "7_0|RUNNING|n1|None|2|a.x",
      "7_1|RUNNING|n2|None|2|a.x",
      "7_2|PENDING||Resources|2|a.x",
      "7_3|PENDING||None|2|a.x",
      "7_4|NODE_FAIL|n3|None|2|a.x",
      "7_5|CANCELLED||None|2|a.x",
      "7_6|COMPLETED|n1|None|2|a.x",
      "7_7|FAILED|n1|NonZeroExitCode|2|a.x",
    ],
    happens: (folder) => begin(folder, 0),
  });

  expect(found).toEqual([
    { state: "running", reason: "", ...NODE },
    { state: "running", reason: "", node: "n2" },
    { state: "waiting", reason: "Resources" },
    { state: "waiting", reason: "" },
    { state: "failed", reason: "NODE_FAIL", node: "n3" },
    { state: "cancelled", reason: "", node: "" },
    { state: "lost", reason: "its job has noted nothing", node: "n1" },
    { state: "failed", reason: "NonZeroExitCode", node: "n1" },
  ]);
});

test("a job makes its calls one after the other: the first that has not ended runs, the others wait for it", async () => {
  const found = await standings({
    array: { tasks: ["a", "b", "c", "d"], firsts: [0, 3], jobId: "7" },
    queue: ["7_0|RUNNING|n1|None|2|a.x", "7_1|PENDING||Priority|2|a.x"],
    happens: (folder) => {
      end(folder, 0, DONE);
      begin(folder, 1);
    },
  });

  expect(found.map(({ state, reason }) => [state, reason])).toEqual([
    ["done", ""],
    ["running", ""],
    ["waiting", "other calls of its job"],
    ["waiting", "Priority"],
  ]);
});

test("a job that was started again and waits does not run, though it had begun its call", async () => {
  const found = await standings({
    array: { tasks: ["a"], jobId: "7" },
    queue: ["7_0|PENDING||BeginTime|2|a.x"],
    happens: (folder) => begin(folder, 0),
  });

  expect(found).toEqual([{ state: "waiting", reason: "BeginTime" }]);
});

test("what neither a job nor the queue knows is lost, and cancelled where that was noted", async () => {
  const array = { tasks: ["a"], jobId: "7" };

  expect(await standings({ array, queue: [] })).toEqual([{ state: "lost", reason: "" }]);
  const cancelled = await standings({ array, queue: [], happens: (folder) => noteCancelled(folder, "user") });
  expect(cancelled).toEqual([{ state: "cancelled", reason: "" }]);
});

test("an array that is not submitted waits as long as its session lives", async () => {
  const waits = await standings({ array: { tasks: ["a"] }, queue: [] });
  const orphaned = await standings({ array: { tasks: ["a"], driver: endedProcess() }, queue: [] });
  const cancelled = await standings({
    array: { tasks: ["a"] },
    queue: [],
    happens: (folder) => noteCancelled(folder, "session"),
  });

  expect(waits).toEqual([{ state: "waiting", reason: "not submitted yet" }]);
  expect(orphaned).toEqual([{ state: "lost", reason: "it was not submitted" }]);
  expect(cancelled).toEqual([{ state: "cancelled", reason: "" }]);
});

test("where Slurm cannot be asked, jobs' own notes are all there is", async () => {
  const found = await standings({
    array: { tasks: ["a", "b", "c"], jobId: "7" },
    happens: (folder) => {
      end(folder, 0, DONE);
      begin(folder, 1);
    },
  });

  expect(found.map(({ state }) => state)).toEqual(["done", "running", "waiting"]);
});

test("a note that cannot be read is no end that anybody knows", async () => {
  const found = await standings({
    array: { tasks: ["a"], jobId: "7" },
    queue: [],
    happens: (folder) => {
      begin(folder, 0);
      writeFileSync(path.join(folder, "marks", "0.end"), "not what v8 has written");
    },
  });

  expect(found).toEqual([{ state: "lost", reason: "what its job has noted cannot be read" }]);
});
