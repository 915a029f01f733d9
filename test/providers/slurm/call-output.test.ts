import { mkdirSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { writeArray } from "../../../src/providers/slurm/array-record.ts";
import { CallOutput, outputOfCall, outputOfJob } from "../../../src/providers/slurm/call-output.ts";
import { workspace } from "../../rig/workspace.ts";
import { jobCalls, newRecord } from "./a-call.ts";

test("what calls print is kept call by call, and beside what their job prints", async () => {
  const ws = await workspace();
  mkdirSync(ws.resolve("array"));
  const { record } = writeArray(ws.resolve("array"), newRecord(4, [0, 2]), jobCalls(4));
  await ws.write("array/output/1.log", "slurmstepd: error\n");
  const output = new CallOutput(ws.resolve("array"));

  output.add(record, "task-1", "half a ");
  output.add(record, "task-3", "other\n");
  output.add(record, "task-1", "line\n");

  const folder = ws.resolve("array");
  expect([0, 1, 2, 3].map((place) => outputOfCall(folder, place))).toEqual(["", "half a line\n", "", "other\n"]);
  expect([0, 1].map((job) => outputOfJob(folder, job))).toEqual(["", "slurmstepd: error\n"]);
  expect(readdirSync(ws.resolve("array/output")).sort()).toEqual(["1.log", "call-1.log", "call-3.log"]);
});
