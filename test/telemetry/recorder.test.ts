import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import type { ScalableEvent } from "../../src/telemetry/event.ts";
import { readEvents } from "../../src/telemetry/read-events.ts";
import { EVENT_FILES, EVENT_TYPES } from "../../src/telemetry/run-files.ts";
import { said } from "../cacheable/own-cache.ts";
import { workspace } from "../rig/workspace.ts";
import {
  at,
  cacheEvent,
  exampleEvents,
  failureEvent,
  RECORDER,
  recordRun,
  startRun,
  taskEvent,
} from "./example-run.ts";

afterEach(() => {
  vi.useRealTimers();
});

const FILES = ["artifacts", "cache", "failures", "jobs", "remote", "resources", "tasks", "workers"].map(
  (name) => `${name}.jsonl`,
);

const readJson = (...parts: string[]): Record<string, unknown> => JSON.parse(readFileSync(path.join(...parts), "utf8"));

/** Lines of a file, of which the last must be ended. */
function linesOf(folder: string, file: string): string[] {
  const lines = readFileSync(path.join(folder, file), "utf8").split("\n");
  expect(lines.pop()).toBe("");
  return lines;
}

test("a run has all of its files from the start, and run.json tells who runs it", async () => {
  const ws = await workspace();
  const plan = { tasks: [{ name: "run_demeter_scenario", cache: true }] };
  const start = { manifestText: "version: 1\n", manifestLock: "sha256:12ab", plan };

  const run = startRun(ws.resolve("some/runs"), [], start);

  expect(run.folder).toBe(ws.resolve("some/runs", run.runId));
  expect(readdirSync(run.folder).sort()).toEqual([...FILES, "manifest.yaml", "plan.json", "run.json"].sort());
  for (const file of FILES) expect(statSync(path.join(run.folder, file)).size).toBe(0);
  expect(readFileSync(path.join(run.folder, "manifest.yaml"), "utf8")).toBe("version: 1\n");
  expect(readJson(run.folder, "plan.json")).toEqual(plan);
  expect(readJson(run.folder, "run.json")).toEqual({
    run_id: run.runId,
    project: "energy-demand",
    target: "local",
    status: "running",
    started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    pid: process.pid,
    ...(process.platform === "linux" && { process_started: expect.stringMatching(/^\d+$/) }),
    host: os.hostname(),
    manifest_lock: "sha256:12ab",
    scalable_version: manifest.version,
    node_version: process.version,
  });
  run.close({ status: "succeeded" });
});

test("what is recorded is what is read: the event without its type, one to a line", async () => {
  const ws = await workspace();
  const events: ScalableEvent[] = [
    ...exampleEvents(),
    { type: "resource", timestamp: at(3), cpu: 1.5, memory_bytes: 1e8, workers: 2, tasks_running: 2, tasks_waiting: 7 },
    { type: "artifact", timestamp: at(4), task_id: "t1", task_name: "a", kind: "file", path: "out/a b.csv", bytes: 12 },
    failureEvent("t2", { message: "two\nlines, \u2028 and \ud800", stack: "Error\n    at x" }),
  ];

  const folder = recordRun(ws.path, events);

  for (const type of EVENT_TYPES) {
    expect([...readEvents(folder, type)]).toEqual(events.filter((event) => event.type === type));
    for (const line of linesOf(folder, EVENT_FILES[type])) expect(JSON.parse(line)).not.toHaveProperty("type");
  }
  expect(JSON.parse(linesOf(folder, "cache.jsonl")[0] ?? "")).toEqual({
    timestamp: at(1),
    function_name: "runDemeterScenario",
    key_digest: "0123456789abcdef0123456789abcdef",
    hit: true,
    source: "store",
    duration_s: 0.5,
    compute_s: 30.5,
  });
});

test("at the end run.json says how it ended, and what it came to", async () => {
  const ws = await workspace();
  const run = startRun(ws.path, exampleEvents());

  run.close({ status: "failed", error: new RangeError("no such scenario") });
  run.close({ status: "succeeded" });
  run.record(cacheEvent());
  run.flush();

  const { status, error, counts, started_at, finished_at, duration_s } = readJson(run.folder, "run.json");
  expect({ status, error }).toEqual({
    status: "failed",
    error: { class: "RangeError", message: "no such scenario" },
  });
  expect(counts).toEqual({
    tasks: 50,
    succeeded: 48,
    failed: 2,
    cancelled: 0,
    calls: 50,
    hits: 35,
    time_saved_s: 1050,
  });
  expect(duration_s).toBe((Date.parse(String(finished_at)) - Date.parse(String(started_at))) / 1000);
  expect(linesOf(run.folder, "cache.jsonl")).toHaveLength(50);
  expect(readdirSync(run.folder).filter((file) => file.includes("tmp"))).toEqual([]);
});

test("what failed a run may be known only after its end", async () => {
  const ws = await workspace();
  const run = startRun(ws.path, exampleEvents());
  run.amend({ status: "failed" });
  expect(readJson(run.folder, "run.json")["status"]).toBe("running");

  run.close({ status: "succeeded" });
  const closed = readJson(run.folder, "run.json");
  run.amend({ status: "failed", error: new TypeError("too late") });

  expect(readJson(run.folder, "run.json")).toEqual({
    ...closed,
    status: "failed",
    error: { class: "TypeError", message: "too late" },
  });
});

test.each([
  ["energy-demand", /^run-\d{8}T\d{6}Z-energy-demand-[0-9a-f]{6}$/],
  ["../../etc/passwd", /^run-\d{8}T\d{6}Z-etc-passwd-[0-9a-f]{6}$/],
  ["two words\n\0", /^run-\d{8}T\d{6}Z-two-words-[0-9a-f]{6}$/],
  ["気候", /^run-\d{8}T\d{6}Z-project-[0-9a-f]{6}$/],
  ["x".repeat(500), /^run-\d{8}T\d{6}Z-x{60}-[0-9a-f]{6}$/],
])("the folder of the project %j has a name that is safe", async (project, expected) => {
  const ws = await workspace();

  const run = startRun(ws.resolve("runs"), [], { project });
  run.close({ status: "succeeded" });

  expect(run.runId).toMatch(expected);
  expect(readdirSync(ws.resolve("runs"))).toEqual([run.runId]);
  expect(readJson(run.folder, "run.json")["project"]).toBe(project);
});

test("events are on disk after 200 ms, or as soon as there are 256 KiB of them", async () => {
  const ws = await workspace();
  vi.useFakeTimers();
  const run = startRun(ws.path, []);
  const size = (): number => statSync(path.join(run.folder, "cache.jsonl")).size;

  run.record(cacheEvent());
  vi.advanceTimersByTime(199);
  expect(size()).toBe(0);
  vi.advanceTimersByTime(1);
  expect(linesOf(run.folder, "cache.jsonl")).toHaveLength(1);

  const before = size();
  for (let length = 0; length < 256 * 1024; length += before - 1) run.record(cacheEvent());
  expect(size()).toBeGreaterThanOrEqual(before + 256 * 1024);
  run.close({ status: "succeeded" });
});

test("a process that ends by itself loses nothing", async () => {
  const ws = await workspace();
  const script = `
    import { RunRecorder } from ${JSON.stringify(RECORDER)};
    const run = RunRecorder.start({ runsDir: "runs", project: "p", target: "local" });
    run.record(${JSON.stringify(taskEvent("t1"))});
    console.log(run.folder);
    process.exit(3);`;
  await ws.write("script.mjs", script);

  const { code, stdout, stderr } = await ws.run("script.mjs");

  expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
  expect(linesOf(stdout.trim(), "tasks.jsonl")).toHaveLength(1);
});

test("an open run does not keep a process from ending", async () => {
  const ws = await workspace();
  const script = `
    import { RunRecorder } from ${JSON.stringify(RECORDER)};
    const run = RunRecorder.start({ runsDir: "runs", project: "p", target: "local" });
    run.record(${JSON.stringify(taskEvent("t1"))});
    console.log(process.getActiveResourcesInfo().includes("Timeout"));`;
  await ws.write("script.mjs", script);

  expect(await ws.run("script.mjs")).toMatchObject({ code: 0, stdout: "false\n" });
});

test("two runs in one folder at once keep to themselves", async () => {
  const ws = await workspace();
  const [first, second] = [startRun(ws.path, []), startRun(ws.path, [])];

  for (let index = 0; index < 100; index += 1) {
    first.record(taskEvent(`first ${index}`));
    second.record(taskEvent(`second ${index}`));
    if (index % 10 === 0) first.flush();
  }
  first.close({ status: "succeeded" });
  second.close({ status: "cancelled" });

  expect(first.runId).not.toBe(second.runId);
  for (const [run, name] of [[first, "first"] as const, [second, "second"] as const]) {
    const ids = [...readEvents(run.folder, "task")].map(({ task_id }) => task_id);
    expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => `${name} ${index}`));
  }
});

test("a folder that cannot be made is said once, and costs the record alone", async () => {
  const ws = await workspace();
  const lines = said();
  const blocked = path.join(await ws.write("file", ""), "runs");

  const run = startRun(blocked, exampleEvents());
  run.record(taskEvent("more"));
  run.flush();
  run.close({ status: "succeeded" });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(run.folder);
  expect(lines[0]).toMatch(/ENOTDIR|EEXIST/);
  expect(lines[0]).toContain("SCALABLE_RUNS_DIR");
});

test.runIf(process.platform === "linux")("a full disk is said once, and run.json counts what was lost", async () => {
  const ws = await workspace();
  const lines = said();
  const run = startRun(ws.path, [taskEvent("before")]);
  const file = path.join(run.folder, "cache.jsonl");
  rmSync(file);
  symlinkSync("/dev/full", file);

  for (const _round of [1, 2]) {
    run.record(cacheEvent());
    run.record(taskEvent("meanwhile"));
    run.flush();
  }
  rmSync(file);
  writeFileSync(file, "");
  run.record(cacheEvent({ hit: true }));
  run.close({ status: "succeeded" });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("ENOSPC");
  expect(linesOf(run.folder, "tasks.jsonl")).toHaveLength(3);
  expect(linesOf(run.folder, "cache.jsonl")).toHaveLength(1);
  expect(readJson(run.folder, "run.json")["events_lost"]).toBe(2);
});

test("a folder that is removed meanwhile does not fail the run", async () => {
  const ws = await workspace();
  const lines = said();
  const run = startRun(ws.path, [taskEvent("before")]);
  rmSync(run.folder, { recursive: true });

  run.record(taskEvent("after"));
  run.close({ status: "succeeded" });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("ENOENT");
});

test("an event that JSON cannot hold is left out, and the others are not", async () => {
  const ws = await workspace();
  const lines = said();
  const run = startRun(ws.path, []);

  run.record({ ...taskEvent("bad"), attempt: 1n as unknown as number });
  run.record(taskEvent("good"));
  run.close({ status: "succeeded" });

  expect(lines).toHaveLength(1);
  expect([...readEvents(run.folder, "task")].map(({ task_id }) => task_id)).toEqual(["good"]);
});
