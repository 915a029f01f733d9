import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readEvents } from "../../src/telemetry/read-events.ts";
import { countsOf } from "../../src/telemetry/run-counts.ts";
import type { RunRecord } from "../../src/telemetry/run-record.ts";
import { summarizeRun } from "../../src/telemetry/run-report.ts";
import { findRun, listRuns, readRun } from "../../src/telemetry/runs.ts";
import { workspace } from "../rig/workspace.ts";
import { exampleEvents, RECORDER, recordRun, startRun, taskEvent } from "./example-run.ts";

const id = (time: string, digits = "00000a"): string => `run-${time}-p-${digits}`;

/** Writes the folder of a run by hand. */
function writeRun(runsDir: string, name: string, changes: Partial<RunRecord> | string = {}): void {
  const record = {
    run_id: name,
    project: "p",
    target: "local",
    status: "succeeded",
    started_at: "2026-11-20T14:03:55.000Z",
    pid: 1,
    host: "elsewhere",
    scalable_version: "0.1.0",
    node_version: "v24.0.0",
  };
  mkdirSync(path.join(runsDir, name), { recursive: true });
  const text = typeof changes === "string" ? changes : JSON.stringify({ ...record, ...changes });
  writeFileSync(path.join(runsDir, name, "run.json"), text);
}

const idsIn = (runsDir: string, limit?: number): string[] => listRuns(runsDir, limit).runs.map((run) => run.id);

test("runs are listed by their start, the newest first", async () => {
  const { path: dir } = await workspace();
  writeRun(dir, id("20261120T140355Z", "00000a"), { started_at: "2026-11-20T14:03:55.200Z" });
  writeRun(dir, id("20261120T140355Z", "00000b"), { started_at: "2026-11-20T14:03:55.900Z" });
  writeRun(dir, id("20261120T140355Z", "00000c"), { started_at: "2026-11-20T14:03:55.100Z" });
  writeRun(dir, id("20270101T000000Z"), { started_at: "2027-01-01T00:00:00.000Z" });
  writeRun(dir, id("20250101T000000Z"), { started_at: "2025-01-01T00:00:00.000Z" });

  const newestFirst = [
    id("20270101T000000Z"),
    id("20261120T140355Z", "00000b"),
    id("20261120T140355Z", "00000a"),
    id("20261120T140355Z", "00000c"),
    id("20250101T000000Z"),
  ];
  expect(idsIn(dir)).toEqual(newestFirst);
  expect(idsIn(dir, 2)).toEqual(newestFirst.slice(0, 2));
  expect(idsIn(dir, 0)).toEqual([]);
});

test("a run is found by its ID, by the beginning of one, or as the latest", async () => {
  const { path: dir } = await workspace();
  const [old, recent] = [id("20250101T000000Z"), id("20261120T140355Z")];
  for (const name of [old, recent]) writeRun(dir, name);

  expect(findRun(dir, undefined)).toMatchObject({ state: "one", run: { id: recent, status: "succeeded" } });
  expect(findRun(dir, old)).toMatchObject({ state: "one", run: { id: old, folder: path.join(dir, old) } });
  expect(findRun(dir, "run-2025")).toMatchObject({ state: "one", run: { id: old } });
  expect(findRun(dir, "run-20")).toMatchObject({ state: "several", runs: [{ id: recent }, { id: old }] });
  expect(findRun(dir, "run-1999")).toMatchObject({ state: "none" });
  expect(findRun(dir, `../${path.basename(dir)}/${old}`)).toMatchObject({ state: "none" });
  expect(findRun(path.join(dir, "missing"), undefined)).toEqual({ state: "none", skipped: [] });
});

test("folders that are no runs are left out, and said", async () => {
  const ws = await workspace();
  const dir = ws.resolve("runs");
  const good = id("20261120T140355Z", "00000f");
  writeRun(dir, good);
  const damaged = {
    [id("20261120T140355Z", "000001")]: "{",
    [id("20261120T140355Z", "000002")]: "null",
    [id("20261120T140355Z", "000003")]: "{}",
    [id("20261120T140355Z", "000004")]: JSON.stringify({ run_id: 1, status: "running" }),
  };
  for (const [name, text] of Object.entries(damaged)) writeRun(dir, name, text);
  writeRun(dir, id("20261120T140355Z", "000005"), { status: "lost" as "running" });
  writeRun(dir, id("20261120T140355Z", "000006"), { started_at: "yesterday" });
  writeRun(dir, id("20261120T140355Z", "000007"), { pid: -1 });
  mkdirSync(path.join(dir, id("20261120T140355Z", "000008")));
  mkdirSync(path.join(dir, "run-\u001b[2J"));
  symlinkSync("nowhere", path.join(dir, id("20261120T140355Z", "000009")));
  mkdirSync(path.join(dir, id("20261120T140355Z", "000010")));
  spawnSync("mkfifo", [path.join(dir, id("20261120T140355Z", "000010"), "run.json")]);
  writeFileSync(path.join(dir, "notes.txt"), "");

  const { runs, skipped } = listRuns(dir);

  expect(runs.map((run) => run.id)).toEqual([good]);
  expect(skipped).toHaveLength(11);
  for (const { reason } of skipped) expect(reason).not.toBe("");
  expect(findRun(dir, undefined)).toMatchObject({ state: "one", run: { id: good } });
});

test("what is damaged besides the required fields of run.json is as good as absent", async () => {
  const { path: dir } = await workspace();
  const name = id("20261120T140355Z");
  const odd = { error: "text", counts: { tasks: "many" }, duration_s: null, finished_at: "later", process_started: 7 };
  writeRun(dir, name, odd as unknown as Partial<RunRecord>);

  const { record } = readRun(path.join(dir, name));

  for (const field of Object.keys(odd)) expect(record).not.toHaveProperty(field);
});

test("a file in the place of the folder is no run, and no failure", async () => {
  const ws = await workspace();
  const file = await ws.write("runs", "");

  expect(listRuns(file)).toMatchObject({ runs: [], skipped: [{ name: file }] });
});

test("a run goes on while its process does", async () => {
  const { path: dir } = await workspace();
  const run = startRun(dir, exampleEvents());

  expect(readRun(run.folder).status).toBe("running");
  expect(countsOf(readRun(run.folder))).toMatchObject({
    tasks: 50,
    failed: 2,
    calls: 50,
    hits: 35,
    time_saved_s: 1050,
  });

  run.close({ status: "cancelled" });
  expect(readRun(run.folder).status).toBe("cancelled");
});

test.runIf(process.platform === "linux")("a later process with the same number is another one", async () => {
  const { path: dir } = await workspace();
  const run = startRun(dir, []);
  const record = JSON.parse(readFileSync(path.join(run.folder, "run.json"), "utf8")) as RunRecord;

  writeFileSync(path.join(run.folder, "run.json"), JSON.stringify({ ...record, process_started: "1" }));
  expect(readRun(run.folder).status).toBe("interrupted");

  writeFileSync(
    path.join(run.folder, "run.json"),
    JSON.stringify({ ...record, host: "elsewhere", process_started: "1" }),
  );
  expect(readRun(run.folder).status).toBe("running");
  run.close({ status: "succeeded" });
});

test("a process that is killed leaves what can be read, and an interrupted run", async () => {
  const ws = await workspace();
  await ws.write(
    "script.mjs",
    `import { RunRecorder } from ${JSON.stringify(RECORDER)};
     const run = RunRecorder.start({ runsDir: "runs", project: "p", target: "local" });
     const event = ${JSON.stringify(taskEvent("t"))};
     let count = 0;
     function more() {
       for (let i = 0; i < 500; i += 1) run.record({ ...event, task_id: "t" + count++ });
       if (count === 5_000) console.log("ready");
       setImmediate(more);
     }
     more();`,
  );
  const child = await ws.start("script.mjs");

  expect(listRuns(ws.resolve("runs")).runs).toMatchObject([{ status: "running" }]);
  const { signal } = await child.kill();

  expect(signal).toBe("SIGKILL");
  const [run] = listRuns(ws.resolve("runs")).runs;
  if (run === undefined) throw new Error("There is no run.");
  expect({ status: run.status, stored: run.record.status }).toEqual({ status: "interrupted", stored: "running" });
  expect(await ws.read(`runs/${run.id}/run.json`)).toContain('"status": "running"');
  const events = readEvents(run.folder, "task");
  const ids = [...events].map(({ task_id }) => task_id);
  expect(ids.length).toBeGreaterThan(1_000);
  expect(ids).toEqual(ids.map((_, index) => `t${index}`));
  expect(events.damaged).toBe(0);
  expect(summarizeRun(run.folder)).toMatchObject({
    status: "interrupted",
    tasks: { total: ids.length },
    damaged_lines: 0,
  });
});

test("the name of the folder is the ID, whatever run.json says", async () => {
  const { path: dir } = await workspace();
  const folder = recordRun(dir, []);
  const renamed = id("20261120T140355Z");
  renameSync(folder, path.join(dir, renamed));

  expect(idsIn(dir)).toEqual([renamed]);
});
