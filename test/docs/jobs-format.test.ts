import { readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { deserialize } from "node:v8";
import { expect, test } from "vitest";
import { noteCancelled, noteSubmitted, readCalls, writeArray } from "../../src/providers/slurm/array-record.ts";
import { Claims } from "../../src/providers/slurm/claims.ts";
import { markDelivered, markEnd, markStart } from "../../src/providers/slurm/marks.ts";
import { jobCalls, keyOf, newRecord } from "../providers/slurm/a-call.ts";
import { workspace } from "../rig/workspace.ts";
import { ROOT } from "./reader.ts";

const page = readFileSync(path.join(ROOT, "docs/formats/jobs.md"), "utf8");

/** What the page has as code. */
const documented = new Set([...page.matchAll(/`(\w+)(?::[^`]*)?`/g)].map(([, name]) => name));

const undocumented = (value: object): string[] => Object.keys(value).filter((name) => !documented.has(name));

const MARK = { job_id: "4711_0", node: "n1", at: "2026-11-28T14:30:00.000Z" };

test("the page about the folder of jobs has each file and each field that there is", async () => {
  const ws = await workspace();
  const folder = ws.resolve("jobs/20261128T143000Z-1f00c2aa");
  await mkdir(folder, { recursive: true });
  const record = { ...newRecord(2), run_id: "run-1", driver: { host: "login1", pid: 17, process_started: "1" } };

  const { record: written } = writeArray(folder, record, jobCalls(2));
  noteSubmitted(folder, "4711");
  noteCancelled(folder, "user");
  markStart(folder, 0, 0, MARK);
  const usage = { durationS: 1, cpuS: 1, peakMemoryBytes: 1 };
  const outcome = { end: "stored", usage } as const;
  markEnd(folder, 0, { ...MARK, started_at: MARK.at, key: keyOf(0), events: [], outcome });
  markDelivered(folder, 0);
  new Claims(ws.path).take(keyOf(0), written.id, undefined);

  const json = (name: string): object => JSON.parse(readFileSync(path.join(folder, name), "utf8"));
  const end = deserialize(readFileSync(path.join(folder, "marks/0.end")).subarray(32)) as object;
  for (const value of [json("array.json"), json("submitted.json"), json("cancelled.json"), json("marks/0.start.0")])
    expect(undocumented(value)).toEqual([]);
  const { driver, resources, calls } = written;
  for (const value of [driver, resources, ...calls, readCalls(folder, written)(0), end, outcome, usage])
    expect(undocumented(value)).toEqual([]);

  // As the drawing names them, of other calls and arrays.
  const drawn = page.replaceAll("12.", "0.").replace("call-0.", "call-12.");
  for (const name of ["jobs", "claims", ...readdirSync(folder), ...readdirSync(path.join(folder, "marks"))])
    expect(drawn).toMatch(new RegExp(`[├└]── ${name}[/ ]`));
});
