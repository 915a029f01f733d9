import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { ScalableEvent } from "../../src/telemetry/event.ts";
import { outputFile } from "../../src/telemetry/run-files.ts";
import { summarizeRun } from "../../src/telemetry/run-report.ts";
import { workspace } from "../rig/workspace.ts";
import {
  at,
  cacheEvent,
  exampleEvents,
  failureEvent,
  jobEvent,
  recordRun,
  startRun,
  taskEvent,
  workerEvent,
} from "./example-run.ts";

/** What the misses of the example have in common. */
const MISSED = {
  function_name: "runDemeterScenario",
  because: [],
  more_because: 0,
  key_digest: "0123456789abcdef0123456789abcdef",
};

test("a run is added up", async () => {
  const ws = await workspace();

  const report = summarizeRun(recordRun(ws.path, exampleEvents()));

  expect(report).toMatchObject({ status: "succeeded", project: "energy-demand", target: "local", damaged_lines: 0 });
  expect(report.tasks).toMatchObject({
    total: 50,
    by_state: { submitted: 0, running: 0, retrying: 0, succeeded: 48, failed: 2, cancelled: 0 },
    cpu_s: 30,
    peak_memory_bytes: 49 * 2 ** 20,
  });
  expect(report.tasks.slowest.map(({ task_id }) => task_id)).toEqual(
    [49, 48, 47, 46, 45, 44, 43, 42, 41, 40].map((index) => `t${index}`),
  );
  expect(report.workers).toEqual([{ component: "demeter", started: 2, stopped: 0, lost: 1 }]);
  expect(report.cache).toEqual({
    calls: 50,
    hits: 35,
    remote_hits: 0,
    misses: 15,
    hit_rate: 0.7,
    time_saved_s: 1050,
    misses_by_reason: { absent: 10, expired: 5 },
    miss_groups: [
      { ...MISSED, reason: "absent", count: 10 },
      { ...MISSED, reason: "expired", count: 5 },
    ],
  });
});

test("failures are grouped by class, with the first message of each", async () => {
  const ws = await workspace();
  const events = [
    failureEvent("a", { error_class: "TimeoutError", message: "took 10 s", retried: true }),
    failureEvent("b", { message: "first", retried: true }),
    failureEvent("b", { message: "second", attempt: 2 }),
    failureEvent("c", { error_class: "constructor", message: "third" }),
    failureEvent("d", { message: "fourth" }),
  ];

  const { failures } = summarizeRun(recordRun(ws.path, events));

  const task_name = "run_demeter_scenario";
  expect(failures).toEqual([
    { error_class: "RangeError", count: 3, retried: 1, message: "first", task_name, task_id: "b" },
    { error_class: "TimeoutError", count: 1, retried: 1, message: "took 10 s", task_name, task_id: "a" },
    { error_class: "constructor", count: 1, retried: 0, message: "third", task_name, task_id: "c" },
  ]);
});

test("a class of failures has the file of what its first call printed, where there is one", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.path, [failureEvent("a"), failureEvent("b", { error_class: "TypeError" })]);
  mkdirSync(path.join(folder, "output"));
  writeFileSync(outputFile(folder, "b"), "it was me");

  expect(summarizeRun(folder).failures.map(({ output }) => output)).toEqual([undefined, outputFile(folder, "b")]);
});

test("tries in jobs are added up; a run of an earlier version, which has no file of them, has none", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.path, [jobEvent("a"), jobEvent("b", { state: "NODE_FAIL" })]);
  const before = recordRun(ws.path, [taskEvent("a")]);
  rmSync(path.join(before, "jobs.jsonl"));

  expect(summarizeRun(folder).jobs).toMatchObject({ tries: 2, by_state: { COMPLETED: 1, NODE_FAIL: 1 } });
  expect(summarizeRun(before).jobs).toBeUndefined();
  expect(summarizeRun(before).damaged_lines).toBe(0);
});

test("a task counts once, in its last state", async () => {
  const ws = await workspace();
  const events = [
    taskEvent("a"),
    taskEvent("b"),
    taskEvent("__proto__"),
    taskEvent("a", { state: "running" }),
    taskEvent("a", { state: "retrying", cpu_s: 1 }),
    taskEvent("a", { state: "running", attempt: 2 }),
    taskEvent("a", { state: "succeeded", attempt: 2, cpu_s: 2 }),
    taskEvent("b", { state: "cancelled" }),
  ];

  const { tasks } = summarizeRun(recordRun(ws.path, events));

  expect(tasks).toMatchObject({ total: 3, by_state: { succeeded: 1, cancelled: 1, submitted: 1 }, cpu_s: 3 });
  expect(tasks).not.toHaveProperty("peak_memory_bytes");
});

test("a hit that took longer than the computation saved nothing, and costs nothing", async () => {
  const ws = await workspace();
  const hit = { hit: true, source: "store" } as const;
  const events = [
    cacheEvent({ ...hit, compute_s: 1, duration_s: 5 }),
    cacheEvent({ ...hit, compute_s: 3, duration_s: 1 }),
    cacheEvent({ compute_s: 100, duration_s: 1 }),
  ];

  expect(summarizeRun(recordRun(ws.path, events)).cache).toMatchObject({ time_saved_s: 2, hits: 2, misses: 1 });
});

test("an empty run has nothing, and rates of nothing are 0", async () => {
  const ws = await workspace();

  const report = summarizeRun(recordRun(ws.path, []));

  expect(report.tasks).toMatchObject({ total: 0, cpu_s: 0, slowest: [] });
  expect(report.cache).toMatchObject({ calls: 0, hit_rate: 0, time_saved_s: 0, misses_by_reason: {} });
});

test("damaged lines of all files are counted, and a folder without run.json still tells what happened", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.path, [...exampleEvents(), workerEvent("w3", { component: "analysis" })]);
  for (const file of ["tasks.jsonl", "cache.jsonl", "workers.jsonl"]) appendFileSync(path.join(folder, file), "?\n");
  appendFileSync(path.join(folder, "failures.jsonl"), '{"torn');
  rmSync(path.join(folder, "run.json"));

  const report = summarizeRun(folder);

  expect(report).toMatchObject({ status: "unknown", damaged_lines: 3, tasks: { total: 50 }, cache: { calls: 50 } });
  expect(report.workers.map(({ component }) => component)).toEqual(["demeter", "analysis"]);
});

test("a run that goes on lasts until now", async () => {
  const ws = await workspace();
  const run = startRun(ws.path, exampleEvents());

  const { status, duration_s = -1, finished_at } = summarizeRun(run.folder);

  expect({ status, finished_at }).toEqual({ status: "running", finished_at: undefined });
  expect(duration_s).toBeGreaterThanOrEqual(0);
  expect(duration_s).toBeLessThan(60);
  run.close({ status: "succeeded" });
});

test("10,000 tasks are added up", async () => {
  const ws = await workspace();
  function* many(): Generator<ScalableEvent> {
    for (let index = 0; index < 10_000; index += 1) {
      const hit = index % 4 === 0;
      yield taskEvent(`t${index}`);
      yield taskEvent(`t${index}`, { state: "running", worker_id: `w${index % 8}` });
      yield taskEvent(`t${index}`, { state: "succeeded", timestamp: at(index), duration_s: index / 100, hit });
      yield cacheEvent({ hit, duration_s: 0.5, compute_s: 1.5, ...(!hit && { reason: "absent" }) });
    }
  }

  const report = summarizeRun(recordRun(ws.path, many()));

  expect(report.tasks).toMatchObject({ total: 10_000, by_state: { succeeded: 10_000 } });
  expect(report.tasks.slowest[0]).toMatchObject({ task_id: "t9999", duration_s: 99.99 });
  expect(report.tasks.slowest).toHaveLength(10);
  expect(report.cache).toMatchObject({ calls: 10_000, hits: 2_500, time_saved_s: 2_500 });
});

test("what a shared cache had a part in is added up, and what went wrong with it", async () => {
  const ws = await workspace();
  const remote = { type: "remote", timestamp: at(1), remote: "s3://team/cache" } as const;
  const events: ScalableEvent[] = [
    cacheEvent({ hit: true, source: "remote" }),
    cacheEvent({ hit: true, source: "store" }),
    { ...remote, what: "upload", ok: true, bytes: 1_000 },
    { ...remote, what: "upload", ok: true, bytes: 500 },
    { ...remote, what: "upload", ok: false, message: "it is left alone" },
    { ...remote, what: "failure", ok: false, trouble: "busy", message: "503" },
    { ...remote, what: "failure", ok: false, trouble: "timeout", message: "first" },
    { ...remote, what: "failure", ok: false, trouble: "timeout", message: "last" },
    { ...remote, what: "paused", ok: false, trouble: "timeout", message: "last" },
  ];

  expect(summarizeRun(recordRun(ws.path, events)).remote).toEqual({
    url: "s3://team/cache",
    hits: 1,
    uploads: 2,
    uploaded_bytes: 1_500,
    uploads_failed: 1,
    failures: { timeout: 2, busy: 1 },
    pauses: 1,
    last_failure: "last",
  });
});
