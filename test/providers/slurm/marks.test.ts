import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { pack, unpack } from "../../../src/providers/parcel.ts";
import {
  type EndMark,
  type JobOutcome,
  listMarks,
  loadEnd,
  markDelivered,
  markEnd,
  markStart,
  readEnd,
  readStart,
  wasDelivered,
} from "../../../src/providers/slurm/marks.ts";
import { readThrown, writeThrown } from "../../../src/store/thrown.ts";
import { workspace } from "../../rig/workspace.ts";

const START = { job_id: "4711_3", node: "n1", at: "2026-11-28T14:30:00.000Z" };
const USAGE = { durationS: 1.5, cpuS: 1.25, peakMemoryBytes: 2 ** 33 };

const end = (outcome: JobOutcome): EndMark => ({
  ...START,
  at: "2026-11-28T14:31:00.000Z",
  started_at: START.at,
  key: "0".repeat(32),
  events: [],
  outcome,
});

async function folderOfArray(): Promise<string> {
  const folder = (await workspace()).resolve("array");
  mkdirSync(path.join(folder, "marks"), { recursive: true });
  return folder;
}

const OUTCOMES: readonly JobOutcome[] = [
  { end: "stored", usage: USAGE },
  { end: "value", value: pack({ a: [1, new Float64Array(3)] }, "result", "f"), unshared: true, usage: USAGE },
  { end: "error", error: writeThrown(new RangeError("no scenario -1")), usage: USAGE },
  { end: "timeout" },
  { end: "exited", code: 3 },
];

test("an end of which any bit has changed, or any byte is missing, is none", async () => {
  const folder = await folderOfArray();
  markEnd(folder, 0, end({ end: "value", value: pack([1, 2, 3], "result", "f"), unshared: true, usage: USAGE }));
  const file = path.join(folder, "marks", "0.end");
  const whole = readFileSync(file);

  for (let place = 0; place < whole.length; place += 1) {
    const changed = Buffer.from(whole);
    changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8));
    writeFileSync(file, changed);
    expect(readEnd(folder, 0)).toBeUndefined();
    writeFileSync(file, whole.subarray(0, place));
    expect(readEnd(folder, 0)).toBeUndefined();
  }
  writeFileSync(file, whole);
  expect(readEnd(folder, 0)?.outcome.end).toBe("value");
});

test.each(OUTCOMES)("the end $end is read as it was noted", async (outcome) => {
  const folder = await folderOfArray();

  markEnd(folder, 3, end(outcome));

  const found = readEnd(folder, 3);
  expect(found).toEqual({ ...end(outcome), outcome: { ...outcome, ...bytesOf(found?.outcome) } });
  expect(await loadEnd(folder, 3)).toEqual(found);
  if (found?.outcome.end === "value") expect(unpack(found.outcome.value)).toEqual({ a: [1, new Float64Array(3)] });
  if (found?.outcome.end === "error") {
    const error = readThrown(found.outcome.error);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toHaveProperty("message", "no scenario -1");
  }
});

/** Bytes come back as another kind of view. */
function bytesOf(outcome: JobOutcome | undefined): object {
  if (outcome?.end === "value") return { value: outcome.value };
  return outcome?.end === "error" ? { error: outcome.error } : {};
}

test("the first end counts, whoever notes another one", async () => {
  const folder = await folderOfArray();

  markEnd(folder, 0, end({ end: "timeout" }));
  markEnd(folder, 0, end({ end: "stored", usage: USAGE }));

  expect(readEnd(folder, 0)?.outcome).toEqual({ end: "timeout" });
});

test("starts are counted by how often the job was started again", async () => {
  const folder = await folderOfArray();
  markStart(folder, 0, 0, START);
  markStart(folder, 1, 0, START);
  markStart(folder, 1, 2, { ...START, node: "n2" });
  markStart(folder, 1, 2, { ...START, node: "n3" });
  markEnd(folder, 1, end({ end: "timeout" }));
  markEnd(folder, 12, end({ end: "timeout" }));

  const { starts, ended } = await listMarks(folder);

  expect([...starts].sort()).toEqual([
    [0, 1],
    [1, 3],
  ]);
  expect([...ended].sort()).toEqual([1, 12]);
  expect(readStart(folder, 1, 0)).toEqual(START);
  expect(readStart(folder, 1, 1)).toBeUndefined();
  expect(readStart(folder, 1, 2)?.node).toBe("n3");
});

test("other files in the folder are no marks", async () => {
  const folder = await folderOfArray();
  markDelivered(folder, 4);
  for (const name of [
    "0.end.host.17.1.tmp",
    "x.end",
    "1.start.x",
    "1.start",
    "-1.end",
    "1.end~",
    ".nfs0001",
    "1.5.end",
  ])
    writeFileSync(path.join(folder, "marks", name), "");

  const { starts, ended } = await listMarks(folder);

  expect([[...starts], [...ended]]).toEqual([[], []]);
  expect([wasDelivered(folder, 4), wasDelivered(folder, 0)]).toEqual([true, false]);
});

test.each([
  ["nothing", () => ""],
  ["half of it", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ["other bytes", () => Buffer.alloc(500, 7)],
  ["JSON", () => '{"outcome":{"end":"stored"}}'],
] as const)("an end of which %s is there is taken for none", async (_what, damage) => {
  const folder = await folderOfArray();
  markEnd(folder, 0, end({ end: "stored", usage: USAGE }));
  const file = path.join(folder, "marks", "0.end");
  writeFileSync(file, damage(readFileSync(file)));

  expect(readEnd(folder, 0)).toBeUndefined();
  expect(await loadEnd(folder, 0)).toBeUndefined();
});

test("nothing is left beside the marks", async () => {
  const folder = await folderOfArray();
  markStart(folder, 0, 0, START);
  markEnd(folder, 0, end({ end: "timeout" }));
  markEnd(folder, 0, end({ end: "timeout" }));

  expect(readdirSync(path.join(folder, "marks")).sort()).toEqual(["0.end", "0.start.0"]);
});

test("a folder that is gone is told of, and not taken for one without marks", async () => {
  const { path: folder } = await workspace();

  await expect(listMarks(folder)).rejects.toThrow("ENOENT");
  expect(() => markEnd(folder, 0, end({ end: "timeout" }))).toThrow("ENOENT");
});
