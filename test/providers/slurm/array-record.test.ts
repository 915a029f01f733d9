import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unpack } from "../../../src/providers/parcel.ts";
import {
  type ArrayRecord,
  callsOfJob,
  cancelledBy,
  jobOfCall,
  noteCancelled,
  noteSubmitted,
  readArray,
  readArrayWith,
  readCalls,
  submittedAs,
  writeArray,
} from "../../../src/providers/slurm/array-record.ts";
import { workspace } from "../../rig/workspace.ts";
import { jobCalls, newRecord } from "./a-call.ts";

async function folderOfArray(): Promise<string> {
  const folder = (await workspace()).resolve("array");
  mkdirSync(folder);
  return folder;
}

describe("what an array is to compute", () => {
  test("is read as it was written, each call by itself", async () => {
    const folder = await folderOfArray();
    const calls = jobCalls(20);

    const { record, digest } = writeArray(folder, newRecord(20), calls);

    expect(readArray(folder)).toEqual(record);
    expect(readArrayWith(folder, digest)).toEqual(record);
    const callAt = readCalls(folder, record);
    for (const place of [0, 19, 7]) {
      expect(callAt(place)).toEqual({ ...calls[place], args: expect.anything() });
      expect(unpack(callAt(place).args)).toEqual([place]);
    }
  });

  test("may be much, and is anything that can be handed over", async () => {
    const folder = await folderOfArray();
    const [call] = jobCalls(1);
    if (call === undefined) throw new Error("no call");
    const bytes = new Uint8Array(3_000_000).map((_, at) => at % 251);
    const calls = [call, { ...call, args: { ...call.args, bytes } }, { ...call, timeoutMs: 2 ** 40 }];

    const { record } = writeArray(folder, newRecord(3), calls);

    const callAt = readCalls(folder, record);
    expect(Buffer.compare(callAt(1).args.bytes, bytes)).toBe(0);
    expect(callAt(2).timeoutMs).toBe(2 ** 40);
  });

  test("is for its user alone", async () => {
    const folder = await folderOfArray();
    writeArray(folder, newRecord(1), jobCalls(1));

    for (const name of ["marks", "output"]) expect(statSync(path.join(folder, name)).mode & 0o077).toBe(0);
    expect(statSync(path.join(folder, "array.json")).mode & 0o077).toBe(0);
  });

  test.each([
    ["a blank more", (text: string) => `${text} `],
    ["another call", (text: string) => text.replace("task-1", "task-2")],
    ["another digest of the calls", (text: string) => text.replace(/"calls_sha256":"./, '"calls_sha256":"x')],
    ["nothing", () => ""],
  ])("a record with %s is refused by its jobs", async (_what, change) => {
    const folder = await folderOfArray();
    const { digest } = writeArray(folder, newRecord(2), jobCalls(2));
    const file = path.join(folder, "array.json");
    writeFileSync(file, change(readFileSync(file, "utf8")));

    expect(() => readArrayWith(folder, digest)).toThrow(`${file} was changed after it was submitted.`);
  });

  test("calls that were changed are refused by their jobs", async () => {
    const folder = await folderOfArray();
    const { record } = writeArray(folder, newRecord(2), jobCalls(2));
    const file = path.join(folder, "calls");
    const bytes = readFileSync(file);

    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(file, changed);
      expect(() => readCalls(folder, record)).toThrow(`${file} was changed after it was submitted.`);
    }
    writeFileSync(file, bytes);
    appendFileSync(file, "x");
    expect(() => readCalls(folder, record)).toThrow("was changed");
  });

  test.each([
    ["none", undefined],
    ["half of one", '{"version":1,"calls":['],
    ["null", "null"],
    ["one of a later version", '{"version":2,"id":"x","calls":[],"firsts":[]}'],
    ["one without calls", '{"version":1,"id":"x","firsts":[]}'],
    ["a list", "[]"],
  ])("%s is no record", async (_what, text) => {
    const folder = await folderOfArray();
    if (text !== undefined) writeFileSync(path.join(folder, "array.json"), text);

    expect(() => readArray(folder)).toThrow();
  });
});

describe("calls and jobs", () => {
  const divided = fc
    .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 60 })
    .map((sizes): ArrayRecord => {
      const count = sizes.reduce((sum, size) => sum + size, 0);
      const firsts = sizes.map((_, job) => sizes.slice(0, job).reduce((sum, size) => sum + size, 0));
      return { ...newRecord(count, firsts), version: 1, ends: [], calls_sha256: "" };
    });

  test("each call is one of its job, and no other job has it", () => {
    fc.assert(
      fc.property(divided, (record) => {
        const found = record.firsts.flatMap((_, job) => {
          const { from, to } = callsOfJob(record, job);
          return Array.from({ length: to - from }, (_, at) => [from + at, job]);
        });

        expect(found.map(([place]) => place)).toEqual([...record.calls.keys()]);
        for (const [place = 0, job] of found) expect(jobOfCall(record, place)).toBe(job);
      }),
    );
  });

  test("a job that the array has not makes no calls", () => {
    const record = { ...newRecord(3, [0, 2]), version: 1, ends: [], calls_sha256: "" } as const;

    expect(callsOfJob(record, 2)).toEqual({ from: 3, to: 3 });
    expect(callsOfJob(record, 1)).toEqual({ from: 2, to: 3 });
  });
});

describe("notes of an array", () => {
  test("the number that Slurm gave it", async () => {
    const folder = await folderOfArray();
    expect(submittedAs(folder)).toBeUndefined();

    noteSubmitted(folder, "4711");

    expect(submittedAs(folder)).toBe("4711");
  });

  test.each(["", "{", "null", '{"job_id":4711}', '{"job_id":"4711; rm"}', '{"job_id":"--all"}', '{"job_id":""}'])(
    "%j is none that could be handed to scancel",
    async (text) => {
      const folder = await folderOfArray();
      writeFileSync(path.join(folder, "submitted.json"), text);

      expect(submittedAs(folder)).toBeUndefined();
    },
  );

  test("who ended its jobs", async () => {
    const folder = await folderOfArray();
    expect(cancelledBy(folder)).toBeUndefined();

    noteCancelled(folder, "session");
    expect(cancelledBy(folder)).toBe("session");
    noteCancelled(folder, "user");
    expect(cancelledBy(folder)).toBe("user");
  });
});
