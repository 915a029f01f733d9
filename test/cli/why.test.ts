import { Cache, cacheable, type Explanation } from "scalable";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { cli } from "../rig/cli.ts";
import { Workspace, workspace } from "../rig/workspace.ts";
import { withIndex } from "../store/local-rig.ts";
import { cacheEvent, recordRun } from "../telemetry/example-run.ts";
import { TWINS } from "./filled-cache.ts";

const RUNS = ".scalable/runs";

let ws: Workspace;
/** Keys of `simulate(1 … 3)`; the last was evicted, as it were, and the first forgotten. */
let keys: readonly string[];

/** `simulate(1)`, `(2)` and `(3)`, a minute after each other, with other parameters each. */
async function fill(dir: string): Promise<readonly string[]> {
  await using cache = new Cache(dir);
  const simulate = cacheable({ name: "simulate", cache }, async (scenario: number, params: object) => [
    scenario,
    params,
  ]);
  const paramsOf = (scenario: number): object => ({ fuel: { cost: 3 + scenario / 10 }, region: "north" });
  const now = Date.now();
  try {
    const stored: string[] = [];
    for (const scenario of [1, 2, 3]) {
      vi.useFakeTimers({ toFake: ["Date"], now: now - (4 - scenario) * 60_000 });
      await simulate(scenario, paramsOf(scenario));
      stored.push(await simulate.key(scenario, paramsOf(scenario)));
    }
    await simulate.forget(1, paramsOf(1));
    for (const key of TWINS) await cache.set(key, { key });
    return stored;
  } finally {
    vi.useRealTimers();
  }
}

beforeAll(async () => {
  ws = await Workspace.create();
  keys = await fill(ws.resolve("cache"));
});
afterAll(() => ws.remove());

function why(...args: string[]) {
  return cli(["why", ...args], { cwd: ws.path });
}

describe("a key", () => {
  test("that is stored says in what it differed from those before it; its first digits suffice", async () => {
    const key = keys[2] ?? "";
    const [full, short] = await Promise.all([why(key), why(key.slice(0, 10))]);

    expect(full).toMatchObject({ code: 0, stderr: "" });
    expect(full.stdout).toMatch(
      /^simulate\(scenario=3, params={ fuel\.cost: 3\.3, region: "north" }\): stored \S+Z, took \S+ \w+\n {2}changed: argument scenario: 2 → 3\n {2}changed: argument params\.fuel\.cost: 3\.2 → 3\.3\n {2}same: code\nnearest before it: [0-9a-f]{12}, stored \S+Z, took \S+ \w+\n$/,
    );
    expect(short.stdout).toBe(full.stdout);
  });

  test("without an entry says what became of it", async () => {
    const result = await why((keys[0] ?? "").slice(0, 12));

    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toMatch(
      /^simulate with the key [0-9a-f]{32}: miss \(forgotten\)\n {2}its entry was forgotten /,
    );
  });

  test("is JSON with --json", async () => {
    const { stdout } = await why(keys[2] ?? "", "--json");

    const explanation = JSON.parse(stdout) as Explanation;
    expect(explanation).toMatchObject({
      state: "hit",
      key: keys[2],
      functionName: "simulate",
      entry: { key: keys[2] },
      nearest: {
        entry: { key: keys[1] },
        differences: [
          { kind: "argument", name: "scenario", before: "2", after: "3" },
          { kind: "argument", name: "params.fuel.cost", before: "3.2", after: "3.3" },
        ],
      },
    });
  });

  test.each([
    { args: ["0123456789abcdef"], code: 1, stderr: /^scalable: nothing is stored under the key 0123456789abcdef in / },
    { args: ["\u001b[2Jabc"], code: 1, stderr: /the key \\x1b\[2Jabc in / },
    { args: ["cafe"], code: 1, stderr: /2 keys begin with cafe/ },
    { args: ["ab"], code: 2, stderr: /must have at least 4 digits/ },
    { args: ["abcd", "--latest"], code: 2, stderr: /--latest is the latest run/ },
    { args: ["abcdef", "--dir", "none"], code: 1, stderr: /nothing is stored under the key/ },
    { args: ["--latest", "--runs-dir", "none"], code: 1, stderr: /^scalable: no runs in / },
    { args: ["run-2026"], code: 1, stderr: /^scalable: no run with the ID run-2026 in / },
  ])("of $args: exit code $code", async ({ args, code, stderr }) => {
    expect(await why(...args)).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(stderr) });
  });

  test("a value of Cache.set has no parts to compare", async () => {
    expect(await why(TWINS[0])).toMatchObject({ code: 0, stdout: expect.stringMatching(/cafe0001: stored /) });
  });
});

describe("a run", () => {
  const miss = (reason: string, more: object = {}) => cacheEvent({ reason: reason as "code", stored: true, ...more });

  test("groups its misses, with an example of each", async () => {
    const [, second = "", third = ""] = keys;
    const events = [
      miss("code", { function_name: "allocate", because: "fuelShare (src/fuel.ts:12)", key_digest: "f".repeat(32) }),
      ...[1, 2, 3].map((n) =>
        miss("arguments", { function_name: "simulate", because: `scenario: ${n - 1} → ${n}`, key_digest: third }),
      ),
      ...[1, 2].map(() =>
        miss("code", { function_name: "allocate", because: "fuelShare (src/fuel.ts:12)", key_digest: "f".repeat(32) }),
      ),
      miss("recompute", { function_name: "simulate", key_digest: second }),
      cacheEvent({ hit: true, source: "store" }),
    ];
    recordRun(ws.resolve(RUNS), events);

    const [text, json, report, key] = await Promise.all([
      why("--latest"),
      why("--json"),
      cli(["report"], { cwd: ws.path }),
      why("ffffffff"),
    ]);

    expect(text).toMatchObject({ code: 0, stderr: "" });
    const line = "7 misses: 3 code of allocate, 3 new arguments, 1 asked for";
    expect(text.stdout).toMatch(new RegExp(`^run-\\S+: ${line} \\(of 8 calls\\)\\n`));
    expect(text.stdout).toContain("\n3 × allocate: code (fuelShare (src/fuel.ts:12))\n");
    expect(text.stdout).toContain(
      "\n3 × simulate: arguments (scenario: 0 → 1; scenario: 1 → 2; scenario: 2 → 3)\n  simulate(scenario=3, ",
    );
    expect(text.stdout).toContain("\n    changed: argument params.fuel.cost: 3.2 → 3.3\n");
    expect(JSON.parse(json.stdout)).toMatchObject({
      calls: 8,
      misses: 7,
      groups: [
        { reason: "code", function_name: "allocate", count: 3, because: ["fuelShare (src/fuel.ts:12)"] },
        { reason: "arguments", count: 3, example: { state: "hit", key: third } },
        { reason: "recompute", count: 1, example: { state: "hit", key: second } },
      ],
    });
    expect(report.stdout).toContain(`\n  ${line}\n`);
    expect(report.stdout).toMatch(/\n {2}code +3 +allocate: fuelShare \(src\/fuel\.ts:12\)\n/);
    // A key of which the cache knows nothing, and the run does.
    expect(key.stdout).toBe(`allocate with the key ${"f".repeat(32)}: miss (code)\n  fuelShare (src/fuel.ts:12)\n`);
  });

  test("without misses says so", async () => {
    const other = await workspace();
    recordRun(other.resolve(RUNS), [cacheEvent({ hit: true, source: "store" })]);

    const { code, stdout } = await cli(["why"], { cwd: other.path });

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^run-\S+: no misses \(of 1 call\)\n$/),
    });
  });

  test("hostile names and reasons reach the terminal spelled out", async () => {
    const hostile = "\u001b]0;x\u0007\u202e";
    const other = await workspace();
    recordRun(other.resolve(RUNS), [
      cacheEvent({ function_name: hostile, reason: hostile as "code", because: hostile, key_digest: hostile }),
    ]);
    await fill(other.resolve("cache"));
    withIndex(other.resolve("cache"), (db) => {
      db.prepare("UPDATE entries SET function = ?, call = ?").run(
        hostile,
        JSON.stringify([["a", hostile, hostile, "", hostile]]),
      );
      db.prepare("UPDATE fates SET function = ?, why = ?").run(hostile, hostile);
    });

    const results = await Promise.all(
      [["--latest"], ["--json"], [keys[2] ?? ""], [keys[2] ?? "", "--json"], [keys[0] ?? ""]].map((args) =>
        cli(["why", ...args], { cwd: other.path }),
      ),
    );

    for (const { code, stdout } of results) {
      expect(code).toBe(0);
      expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  });
});

test("a program that was run tells why its calls missed, in its record and afterwards", async () => {
  const other = await workspace();
  await other.write(
    "flow.js",
    `import { cacheable, onEvent } from "scalable";
     const step = cacheable(async function step(params) { return params.n; });
     const misses = [];
     onEvent((event) => event.type === "cache" && misses.push([event.reason, event.because, event.key_digest]));
     await step({ n: 1, cost: Number(process.argv[2]) });
     console.log(JSON.stringify(misses));`,
  );
  await other.run("flow.js", { args: ["3.1"] });

  const { stdout } = await other.run("flow.js", { args: ["3.4"] });
  const [[reason, because, key]] = JSON.parse(stdout) as [[string, string, string]];
  const told = await cli(["why", key], { cwd: other.path });

  expect([reason, because]).toEqual(["arguments", "params.cost: 3.1 → 3.4"]);
  expect(told.stdout).toContain("\n  changed: argument params.cost: 3.1 → 3.4\n  same: code\n");
});
