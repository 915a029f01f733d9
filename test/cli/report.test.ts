import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { formatTimeSaved, percentages } from "../../src/cli/report/time-saved.ts";
import type { ScalableEvent } from "../../src/telemetry/event.ts";
import type { RunReport } from "../../src/telemetry/run-report.ts";
import { cli } from "../rig/cli.ts";
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
} from "../telemetry/example-run.ts";

const RUNS = ".scalable/runs";

const BLOCK = `
Cache Performance:
  Total calls: 50
  Hits: 35 (70%)
  Misses: 15 (30%)
  Estimated time saved: 17.5 minutes
`;

test("the report of the tutorial's run", async () => {
  const ws = await workspace();
  recordRun(ws.resolve(RUNS), exampleEvents());

  const { code, stdout, stderr } = await cli(["report", "--latest"], { cwd: ws.path });

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(BLOCK);
  const head = stdout.slice(0, stdout.indexOf("Cache Performance:"));
  expect(head).toMatch(/^run +run-\d{8}T\d{6}Z-energy-demand-[0-9a-f]{6}$/m);
  expect(head).toMatch(/^status +succeeded$/m);
  expect(head).toMatch(/^target +local$/m);
  expect(head).toMatch(/^duration +\S+ m?s$/m);
  expect(head).toMatch(/^tasks +50: 48 succeeded, 2 failed$/m);
  expect(head).toMatch(/^workers +demeter: 2 started, 1 lost$/m);
  expect(head).toMatch(/^CPU time +30 s$/m);
  expect(head).toMatch(/^peak memory +49 MiB in one worker$/m);
  expect(head).toMatch(/^Slowest tasks:\n {2}TASK .+\n {2}run_demeter_scenario +t49 +demeter +w2 +failed +49 s$/m);
  expect(head).toMatch(
    /^Failures:\n {2}CLASS .+\n {2}RangeError +2 +0 +run_demeter_scenario +t48 +scenario 48 is out of range$/m,
  );
  expect(stdout).toMatch(
    /^Misses by reason:\n {2}REASON .+\n {2}absent +10 +runDemeterScenario\n {2}expired +5 +runDemeterScenario$/m,
  );
});

test("a run without calls has the block, too", async () => {
  const ws = await workspace();
  recordRun(ws.resolve(RUNS), []);

  const { stdout } = await cli(["report"], { cwd: ws.path });

  const nothing = ["Total calls: 0", "Hits: 0 (0%)", "Misses: 0 (0%)", "Estimated time saved: 0 seconds"];
  expect(stdout).toContain(`\nCache Performance:\n${nothing.map((line) => `  ${line}\n`).join("")}`);
  expect(stdout).not.toMatch(/Failures|Slowest/);
});

describe("hits that were checked", () => {
  const same = cacheEvent({ hit: true, source: "store", verified: "same" });
  const failed = cacheEvent({ hit: true, source: "store", verified: "failed" });
  const different = cacheEvent({ verified: "different", differs_at: "result.demand[3].mw" });
  const hit = cacheEvent({ hit: true, source: "store" });

  test.each([
    [[hit, hit, same], "1 of 3 hits were checked by computing again; none differed"],
    [
      [hit, same, different],
      "2 of 3 hits were checked by computing again; 1 differed: runDemeterScenario 0123456789ab at result.demand[3].mw",
    ],
    [[same, failed], "2 of 2 hits were checked by computing again; 1 could not be; none differed"],
  ])("are a line of the text, and a fact of the page", async (events, line) => {
    const ws = await workspace();
    recordRun(ws.resolve(RUNS), events);
    const text = await cli(["report"], { cwd: ws.path });
    expect(text.stdout).toContain("\n  Estimated time saved: ");
    expect(text.stdout.split("\n")).toContain(`  ${line}`);
    await cli(["report", "--format", "html", "--output", "page.html"], { cwd: ws.path });
    expect(await ws.read("page.html")).toContain(`<dt>checked</dt><dd>${line}</dd>`);
  });

  test("are counted in JSON, and the first that differed are named", async () => {
    const ws = await workspace();
    recordRun(ws.resolve(RUNS), [hit, same, failed, ...new Array(30).fill(different)]);
    const { stdout } = await cli(["report", "--format", "json"], { cwd: ws.path });
    const { cache } = JSON.parse(stdout) as RunReport;
    expect(cache.verified).toMatchObject({ checked: 32, same: 1, failed: 1, differed: 30 });
    expect(cache.verified?.differences).toHaveLength(20);
    expect(cache.verified?.differences[0]).toEqual({
      function_name: "runDemeterScenario",
      key_digest: "0123456789abcdef0123456789abcdef",
      differs_at: "result.demand[3].mw",
    });
    const { stdout: text } = await cli(["report"], { cwd: ws.path });
    expect(text).toContain("30 differed: runDemeterScenario 0123456789ab at result.demand[3].mw, ");
    expect(text).toContain(", 27 more\n");
  });
});

test.each([
  [0, "0 seconds"],
  [0.04, "0 seconds"],
  [42, "42.0 seconds"],
  [59.97, "1.0 minutes"],
  [1050, "17.5 minutes"],
  [11_520, "3.2 hours"],
  [7 * 86_400, "7.0 days"],
])("%d seconds saved are %s", (seconds, text) => {
  expect(formatTimeSaved(seconds)).toBe(text);
});

test.each([
  [1, 8, { hits: 13, misses: 87 }],
  [0, 0, { hits: 0, misses: 0 }],
  [3, 3, { hits: 100, misses: 0 }],
])("%d hits of %d calls: percentages make 100 together", (hits, calls, expected) => {
  expect(percentages(hits, calls)).toEqual(expected);
});

test("--run-id takes an ID or its beginning; --runs-dir and SCALABLE_RUNS_DIR say where", async () => {
  const ws = await workspace();
  const old = path.basename(recordRun(ws.resolve("elsewhere"), [cacheEvent()], { project: "old" }));
  recordRun(ws.resolve("elsewhere"), [], { project: "recent" });
  const env = { SCALABLE_RUNS_DIR: "elsewhere" };
  const idOf = async (args: readonly string[], variables = {}): Promise<unknown> => {
    const { stdout } = await cli(["report", "--format", "json", ...args], { cwd: ws.path, env: variables });
    return (JSON.parse(stdout) as RunReport).run_id;
  };

  expect(await idOf(["--run-id", old, "--runs-dir", "elsewhere"])).toBe(old);
  expect(await idOf(["--run-id", old.slice(0, -4)], env)).toBe(old);
});

test("JSON has all that was added up", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.resolve(RUNS), exampleEvents());

  const { stdout } = await cli(["report", "--format", "json"], { cwd: ws.path });

  expect(JSON.parse(stdout)).toMatchObject({
    run_id: path.basename(folder),
    folder,
    status: "succeeded",
    target: "local",
    tasks: { total: 50, by_state: { succeeded: 48, failed: 2 }, cpu_s: 30 },
    cache: { calls: 50, hits: 35, misses: 15, hit_rate: 0.7, time_saved_s: 1050 },
    failures: [{ error_class: "RangeError", count: 2 }],
  });
});

test("--output writes a file, and nothing else", async () => {
  const ws = await workspace();
  recordRun(ws.resolve(RUNS), exampleEvents());

  const result = await cli(["report", "--output", "report.txt"], { cwd: ws.path, env: { FORCE_COLOR: "1" } });

  expect(result).toMatchObject({ code: 0, stdout: "", stderr: "" });
  const text = await ws.read("report.txt");
  expect(text).toContain(BLOCK);
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test.each([
  { args: [], stderr: /^scalable: no runs in .+runs\n$/, code: 1 },
  {
    args: ["--run-id", "run-2026\u001b[2J"],
    stderr: /^scalable: no run with the ID run-2026\\x1b\[2J in .+\n$/,
    code: 1,
  },
  { args: ["--runs-dir", ""], stderr: /--runs-dir is empty/, code: 2 },
  { args: ["--output", ""], stderr: /--output is empty/, code: 2 },
  { args: ["--latest", "--run-id", "a"], stderr: /cannot be used with/, code: 2 },
  { args: ["--format", "pdf"], stderr: /Allowed choices are text, json, html/, code: 2 },
])("without a run, $args: exit code $code", async ({ args, stderr, code }) => {
  const ws = await workspace();

  const result = await cli(["report", ...args], { cwd: ws.path });

  expect(result).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(stderr) });
});

test("several runs that fit are named, and folders that are damaged are said", async () => {
  const ws = await workspace();
  const ids = [1, 2].map(() => path.basename(recordRun(ws.resolve(RUNS), [])));
  const several = await cli(["report", "--run-id", "run-2"], { cwd: ws.path });
  expect(several).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("2 runs begin with run-2:") });
  for (const id of ids) expect(several.stderr).toContain(id);

  mkdirSync(ws.resolve("damaged/run-20261120T140355Z-p-000000"), { recursive: true });
  const none = await cli(["report", "--runs-dir", "damaged"], { cwd: ws.path });
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(none.stderr).toMatch(/skipped run-20261120T140355Z-p-000000: .+run\.json/);
});

const HOSTILE = '<script>alert("\u001b]0;x")</script>&\u202e\'';

function* hostileEvents(): Generator<ScalableEvent> {
  yield workerEvent(HOSTILE, { component: HOSTILE });
  const names = { task_name: HOSTILE, function_name: HOSTILE, component: HOSTILE, worker_id: HOSTILE };
  yield taskEvent(HOSTILE, { ...names, state: "running" });
  yield taskEvent(HOSTILE, { ...names, state: "failed", timestamp: at(2), duration_s: 2 });
  yield failureEvent(HOSTILE, { ...names, error_class: HOSTILE, message: `${HOSTILE}\n${HOSTILE}` });
  yield cacheEvent({ function_name: HOSTILE, reason: HOSTILE as "absent" });
}

test("hostile names reach neither the terminal nor the page as they are", async () => {
  const ws = await workspace();
  const start = { project: HOSTILE, target: HOSTILE };
  const run = startRun(ws.resolve(RUNS), hostileEvents(), start);
  run.close({ status: "failed", error: new Error(HOSTILE) });

  const [text, page] = await Promise.all(
    ["text", "html"].map((format) => cli(["report", "--format", format], { cwd: ws.path })),
  );

  expect({ codes: [text?.code, page?.code], errors: [text?.stderr, page?.stderr] }).toEqual({
    codes: [0, 0],
    errors: ["", ""],
  });
  for (const result of [text, page]) expect(result?.stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(page?.stdout).not.toContain("<script");
  expect(page?.stdout).toContain("&lt;script&gt;alert(&quot;\\x1b]0;x&quot;)&lt;/script&gt;&amp;\\u202e&#39;");
});

describe("the page", () => {
  async function pageOf(events: Iterable<ScalableEvent>): Promise<string> {
    const ws = await workspace();
    recordRun(ws.resolve(RUNS), exampleEvents());
    recordRun(ws.resolve(RUNS), events);
    const { code, stderr } = await cli(["report", "--format", "html", "--output", "r.html"], { cwd: ws.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return readFileSync(ws.resolve("r.html"), "utf8");
  }

  /** Names of the elements, in the order of their starts; fails where an element is not closed. */
  function elementsOf(page: string): string[] {
    const open: string[] = [];
    const names: string[] = [];
    for (const [, slash, name = "", empty] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^<>]*?(\/?)>/g)) {
      if (slash === "/") expect(open.pop()).toBe(name);
      else {
        names.push(name);
        if (empty !== "/" && name !== "meta") open.push(name);
      }
    }
    expect(open).toEqual([]);
    return names;
  }

  test("needs nothing else, and has all the parts", async () => {
    const page = await pageOf(exampleEvents());

    expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toContain("http");
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|src=|href=/);
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).toMatch(/^<!doctype html>\n/);
    for (const part of ["17.5 minutes", "35 (70%)", "RangeError", "scenario 48 is out of range", "expired"]) {
      expect(page).toContain(part);
    }
    const elements = elementsOf(page);
    expect(elements.filter((name) => name === "svg")).toHaveLength(2);
    expect(page).toMatch(/<rect class="this" [^>]+><title>run-[^:]+: 70% of 50 calls<\/title>/);
    expect(page).toMatch(/<rect class="other" [^>]+><title>run-[^:]+: 70% of 50 calls<\/title>/);
    expect(page).toContain("<title>run_demeter_scenario: failed, 48 s</title>");
    expect(page).toContain("<title>35 tasks: succeeded</title>");
  });

  test("of 10,000 tasks on 300 workers stays small", async () => {
    function* many(): Generator<ScalableEvent> {
      for (let index = 0; index < 10_000; index += 1) {
        const worker_id = `w${index % 300}`;
        yield taskEvent(`t${index}`, { state: "running", worker_id, timestamp: at(index / 10) });
        yield taskEvent(`t${index}`, { state: "succeeded", worker_id, timestamp: at(index / 10 + 30) });
      }
    }

    const page = await pageOf(many());

    expect(page.length).toBeLessThan(3_000_000);
    expect(page).toContain("100 more workers are not drawn.");
    expect(elementsOf(page).filter((name) => name === "rect").length).toBeLessThan(12_000);
  });

  test("of a run in which nothing happened says so", async () => {
    const page = await pageOf([]);

    elementsOf(page);
    expect(page).toContain("No task has started.");
  });
});

test("10,000 tasks, and damaged lines among them", async () => {
  const ws = await workspace();
  function* many(): Generator<ScalableEvent> {
    for (let index = 0; index < 10_000; index += 1) {
      yield taskEvent(`t${index}`);
      yield taskEvent(`t${index}`, { state: "succeeded", duration_s: 1 });
      yield cacheEvent({ hit: true, source: "store", duration_s: 0, compute_s: 3.6 });
    }
  }
  const folder = recordRun(ws.resolve(RUNS), many());
  appendFileSync(path.join(folder, "cache.jsonl"), '?\n{"timestamp":"20');

  const { stdout } = await cli(["report"], { cwd: ws.path });

  expect(stdout).toMatch(/^tasks +10,000: 10,000 succeeded$/m);
  expect(stdout).toMatch(/^damaged +1 line of the files was left out$/m);
  expect(stdout).toContain("  Hits: 10000 (100%)\n  Misses: 0 (0%)\n  Estimated time saved: 10.0 hours\n");
});

test("a run in jobs tells of its tries, and has no workers", async () => {
  const ws = await workspace();
  recordRun(ws.resolve(RUNS), [taskEvent("a"), jobEvent("a", { state: "NODE_FAIL" }), jobEvent("a", { attempt: 2 })]);

  const text = (await cli(["report"], { cwd: ws.path })).stdout;
  const json = JSON.parse((await cli(["report", "--format", "json"], { cwd: ws.path })).stdout) as object;
  const page = (await cli(["report", "--format", "html"], { cwd: ws.path })).stdout;

  const line = "2 tries on 1 node; 1 NODE_FAIL; waited 10 s (median), 10 s at most; 0.02 core-hours";
  expect(text).toMatch(/^jobs {9}(.+)$/m);
  expect(/^jobs {9}(.+)$/m.exec(text)?.[1]).toBe(line);
  expect(text).not.toMatch(/^workers/m);
  expect(page).toContain(`<dt>jobs</dt><dd>${line}</dd>`);
  expect(json).toMatchObject({ jobs: { tries: 2, nodes: 1, by_state: { NODE_FAIL: 1, COMPLETED: 1 } } });
});

test("failures lead to what their calls printed", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.resolve(RUNS), [taskEvent("t1"), failureEvent("t1")]);
  mkdirSync(path.join(folder, "output"));
  writeFileSync(path.join(folder, "output/t1.log"), "oh");

  const text = (await cli(["report"], { cwd: ws.path })).stdout;
  const page = (await cli(["report", "--format", "html"], { cwd: ws.path })).stdout;

  expect(text).toContain("\n  What one of them printed: scalable logs ID\n");
  expect(page).toContain('<p class="note">What one of them printed: scalable logs ID</p>');
});

test("a run that left its calls to a cluster says so", async () => {
  const ws = await workspace();
  startRun(ws.resolve(RUNS), [taskEvent("a")], { target: "hpc" }).close({ status: "detached" });

  const report = await cli(["report"], { cwd: ws.path });
  const runs = await cli(["runs"], { cwd: ws.path });

  expect(report.stdout).toMatch(/^status +detached: calls went on in jobs, and the next run goes on with them$/m);
  expect(report.stdout).toMatch(/^tasks +1: 1 submitted$/m);
  expect(runs.stdout).toMatch(/ detached +hpc /);
});
