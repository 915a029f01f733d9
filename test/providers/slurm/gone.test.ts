import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/providers/provider.ts";
import { noteCancelled, writeArray } from "../../../src/providers/slurm/array-record.ts";
import { describeGone, endOfGone, endOfOutput, withCause } from "../../../src/providers/slurm/gone.ts";
import { WatchedArray } from "../../../src/providers/slurm/watched-array.ts";
import { workspace } from "../../rig/workspace.ts";
import { flight, jobCalls, newRecord } from "./a-call.ts";

interface Situation {
  /** Calls that the job had begun: their ends were noted, but for the last one. */
  readonly begun: number;
  readonly origin?: "own" | "found";
}

/** An array of two jobs with three calls each, of which the first job is gone. */
async function arrayWith({ begun, origin = "own" }: Situation): Promise<WatchedArray> {
  const folder = (await workspace()).resolve("array");
  mkdirSync(folder);
  const { record } = writeArray(folder, newRecord(6, [0, 3]), jobCalls(6));
  const array = new WatchedArray(folder, record, origin);
  for (let place = Math.max(0, begun - 1); place < 6; place += 1) array.await(place, flight(place));
  array.noteBegun(Array.from({ length: begun }, (_, place) => place));
  const last = array.awaited.get(begun - 1);
  if (last !== undefined) last.starts = 1;
  return array;
}

const JOB = { jobId: "4711_0", nodes: "n1" };

async function endOf(state: string, place: number, situation: Situation): Promise<Outcome> {
  const array = await arrayWith(situation);
  return endOfGone({ ...JOB, state }, { array, place, output: "" });
}

const lost = (state: string, { bystander }: { readonly bystander: boolean }): Outcome => ({
  end: "lost",
  reason: state === "LOST" ? "job 4711_0 is not known to Slurm any more" : `job 4711_0 on n1 ended as ${state}`,
  bystander,
});
const exhausted = (what: "memory" | "walltime", state: string): Outcome => ({
  end: "exhausted",
  what,
  reason: `job 4711_0 on n1 ended as ${state}`,
});

const USED_UP = [
  ["TIMEOUT", "walltime"],
  ["DEADLINE", "walltime"],
  ["OUT_OF_MEMORY", "memory"],
] as const;

describe.each(USED_UP)("%s", (state, what) => {
  test("the first call of a job has used it up itself", async () => {
    expect(await endOf(state, 0, { begun: 1 })).toEqual(exhausted(what, state));
  });

  test("so it has where the job did not even come to it", async () => {
    expect(await endOf(state, 0, { begun: 0 })).toEqual(exhausted(what, state));
  });

  test("one that came after others is made again: they may have used it up", async () => {
    expect(await endOf(state, 1, { begun: 2 })).toEqual(lost(state, { bystander: true }));
  });

  test("those that were never begun are made again", async () => {
    expect(await endOf(state, 1, { begun: 1 })).toEqual(lost(state, { bystander: true }));
    expect(await endOf(state, 2, { begun: 2 })).toEqual(lost(state, { bystander: true }));
  });
});

test.each(["NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "LOST"])("%s is no fault of any call", async (state) => {
  for (const place of [0, 1, 2]) {
    expect(await endOf(state, place, { begun: 1 })).toEqual(lost(state, { bystander: true }));
    expect(await endOf(state, place, { begun: 0 })).toEqual(lost(state, { bystander: true }));
  }
});

describe.each(["FAILED", "COMPLETED", "SPECIAL_NEWS"])("%s", (state) => {
  test("the call that ran is why, also behind others", async () => {
    expect(await endOf(state, 0, { begun: 1 })).toEqual(lost(state, { bystander: false }));
    expect(await endOf(state, 1, { begun: 2 })).toEqual(lost(state, { bystander: false }));
  });

  test("those that were to come are not", async () => {
    expect(await endOf(state, 1, { begun: 1 })).toEqual(lost(state, { bystander: true }));
    expect(await endOf(state, 2, { begun: 2 })).toEqual(lost(state, { bystander: true }));
  });

  test("a job that began none of its calls would not begin them next time", async () => {
    for (const place of [0, 1, 2])
      expect(await endOf(state, place, { begun: 0 })).toEqual(lost(state, { bystander: false }));
  });
});

describe.each(["CANCELLED", "REVOKED"])("%s", (state) => {
  const reason = `job 4711_0 on n1 ended as ${state}`;

  test.each(["own", "found"] as const)("somebody has ended the job: %s", async (origin) => {
    expect(await endOf(state, 0, { begun: 1, origin })).toEqual({ end: "cancelled", reason });
    expect(await endOf(state, 1, { begun: 0, origin })).toEqual({ end: "cancelled", reason });
  });

  test("another session had no use for it any more: then this one makes the call again", async () => {
    const array = await arrayWith({ begun: 1, origin: "found" });
    noteCancelled(array.folder, "session");

    expect(endOfGone({ ...JOB, state }, { array, place: 0, output: "" })).toEqual(lost(state, { bystander: true }));
  });

  test.each([
    ["user", "found"],
    ["user", "own"],
    ["session", "own"],
  ] as const)("the %s has ended jobs of an array that is %s", async (by, origin) => {
    const array = await arrayWith({ begun: 1, origin });
    noteCancelled(array.folder, by);

    expect(endOfGone({ ...JOB, state }, { array, place: 0, output: "" })).toEqual({ end: "cancelled", reason });
  });
});

test("the reason has the end of what the job printed", async () => {
  const array = await arrayWith({ begun: 1 });
  const output = Array.from({ length: 30 }, (_, line) => `line ${line}`).join("\n");

  const outcome = endOfGone({ ...JOB, state: "FAILED" }, { array, place: 0, output: `${output}\n\n` });

  const end = Array.from({ length: 10 }, (_, line) => `line ${line + 20}`).join("\n");
  expect(outcome).toMatchObject({ reason: `job 4711_0 on n1 ended as FAILED. The end of its output:\n${end}` });
});

test("not all of what was printed comes into the reason", () => {
  expect(endOfOutput("x".repeat(10_000))).toHaveLength(". The end of its output:\n".length + 2_000);
  expect(endOfOutput(" \n\t\n")).toBe("");
});

test("a job is named with its node, where it had one", () => {
  expect(describeGone({ jobId: "4711_1", state: "BOOT_FAIL", nodes: "" })).toBe("job 4711_1 ended as BOOT_FAIL");
  expect(describeGone({ jobId: "4711_1", state: "FAILED", nodes: "n[1-2]" })).toBe(
    "job 4711_1 on n[1-2] ended as FAILED",
  );
});

test.each([
  // Slurm 22.05, without control groups and with them.
  ["slurmstepd-n1: error: JobId=4711 exceeded memory limit (120000 > 102400), being killed", "OUT_OF_MEMORY"],
  ["slurmstepd: error: Step 4711.0 exceeded memory limit (120000 > 102400), being killed", "OUT_OF_MEMORY"],
  ["slurmstepd: error: Exceeded job memory limit", "OUT_OF_MEMORY"],
  [
    "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=4711.batch. Some of your processes may have been killed.",
    "OUT_OF_MEMORY",
  ],
  ["slurmstepd: error: Detected 1 oom_kill event in StepId=4711.batch.", "OUT_OF_MEMORY"],
  ["Error: the model says: exceeded memory limit", "FAILED"],
  ["", "FAILED"],
])("a job that FAILED with %j ended as %s", (printed, state) => {
  const output = `starting\n${printed}\nslurmstepd: error: *** JOB 4711 ON n1 CANCELLED ***`;

  expect(withCause({ ...JOB, state: "FAILED" }, output)).toEqual({ ...JOB, state });
  expect(withCause({ ...JOB, state: "TIMEOUT" }, output)).toEqual({ ...JOB, state: "TIMEOUT" });
});
