import { Cache, type EntryInfo } from "scalable";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sortEntries } from "../../../src/cli/cache/sorting.ts";
import { cli } from "../../rig/cli.ts";
import { Workspace, workspace } from "../../rig/workspace.ts";
import { fillCache, keysOf } from "../filled-cache.ts";

let ws: Workspace;

beforeAll(async () => {
  ws = await Workspace.create();
  await fillCache(ws.resolve("cache"));
});
afterAll(() => ws.remove());

/** Calls in the order in which they are listed: names, with the scenario where there is one. */
async function listed(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await cli(["cache", "list", "--json", ...args], { cwd: ws.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return (JSON.parse(stdout) as EntryInfo[]).map(nameOf);
}

function nameOf({ key, functionName, call }: EntryInfo): string {
  const scenario = call?.parts.find(({ name }) => name === "scenarioId")?.preview;
  return scenario === undefined ? functionName || key : `${functionName} ${scenario}`;
}

test("in a pipe, whole keys stand in aligned lines below one heading", async () => {
  const [simulation] = await keysOf(ws.resolve("cache"), "runSimulation");

  const { code, stdout, stderr } = await cli(["cache", "list", "--sort", "created"], { cwd: ws.path });

  const lines = stdout.trimEnd().split("\n");
  expect({ code, stderr, lines: lines.length }).toEqual({ code: 0, stderr: "", lines: 6 });
  expect(lines[0]).toMatch(/^KEY +FUNCTION +SIZE +STORED +USED +TOOK +HITS +ARGUMENTS$/);
  const line = lines.find((each) => each.includes(String(simulation)));
  expect(line).toMatch(/^[0-9a-f]{32} {2}runSimulation .* B +2 d ago .* 0 {2}scenarioId: 2, region: "north"$/);
  expect(line?.indexOf("runSimulation")).toBe(lines[0]?.indexOf("FUNCTION"));
  expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("JSON is what the library gives", async () => {
  const expected: EntryInfo[] = [];
  await using cache = new Cache(ws.resolve("cache"));
  for await (const entry of cache.entries()) expected.push(entry);

  const { stdout } = await cli(["cache", "list", "--json"], { cwd: ws.path });

  expect(JSON.parse(stdout)).toEqual(sortEntries(expected, "created"));
});

describe("filters", () => {
  test("--function takes * for any characters", async () => {
    expect(await listed("--function", "run*")).toEqual(["runSimulation 2", "runSimulation 1"]);
    expect(await listed("--function", "processData")).toEqual(["processData"]);
    expect(await listed("--function", "Run*")).toEqual([]);
  });

  test("--older-than and --newer-than go by the time of storing", async () => {
    expect(await listed("--older-than", "7d")).toEqual(["runSimulation 1"]);
    expect(await listed("--newer-than", "3 days", "--older-than", "1h")).toEqual(["processData", "runSimulation 2"]);
  });

  test("--min-size and --max-size", async () => {
    expect(await listed("--min-size", "10KB")).toEqual(["processData"]);
    expect(await listed("--max-size", "1KB", "--function", "*a*")).toEqual(["runSimulation 2", "runSimulation 1"]);
  });
});

describe("order", () => {
  test("is the newest first, unless asked otherwise", async () => {
    expect(await listed()).toEqual(["cafe0001", "cafe0002", "processData", "runSimulation 2", "runSimulation 1"]);
    expect(await listed("--sort", "size", "--limit", "1")).toEqual(["processData"]);
    expect(await listed("--sort", "hits", "--limit", "1")).toEqual(["runSimulation 1"]);
    expect(await listed("--sort", "used", "--function", "*a*")).toEqual([
      "processData",
      "runSimulation 1",
      "runSimulation 2",
    ]);
    expect(await listed("--sort", "function", "--limit", "3")).toEqual(["cafe0001", "cafe0002", "processData"]);
  });

  test("--limit comes after the order", async () => {
    expect(await listed("--reverse", "--limit", "2")).toEqual(["runSimulation 1", "runSimulation 2"]);
    expect(await listed("--limit", "0")).toEqual([]);
  });
});

test("without an entry that fits, standard output stays empty", async () => {
  const { code, stdout, stderr } = await cli(["cache", "list", "--function", "nobody"], { cwd: ws.path });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "scalable: no entries\n" });
});

test("names from the cache cannot steer the terminal", async () => {
  const other = await workspace();
  await using cache = new Cache(other.resolve("cache"));
  await cache.set("\x1b]0;owned\x07\nsecond line\u202e", 1);

  const plain = await cli(["cache", "list"], { cwd: other.path });
  const json = await cli(["cache", "list", "--json"], { cwd: other.path });

  expect(plain.stdout.split("\n")[1]).toMatch(/^\\x1b\]0;owned\\x07\\nsecond line\\u202e {2}-/);
  expect((plain.stdout + json.stdout).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(JSON.parse(json.stdout)).toMatchObject([{ key: "\x1b]0;owned\x07\nsecond line\u202e" }]);
});

test.each([
  ["--older-than", "yesterday"],
  ["--newer-than", "-1h"],
  ["--min-size", "big"],
  ["--max-size", "5 parrots"],
  ["--limit", "-1"],
  ["--limit", "1.5"],
  ["--sort", "colour"],
])("%s %s is refused, with what is accepted", async (option, value) => {
  const { code, stdout, stderr } = await cli(["cache", "list", `${option}=${value}`], { cwd: ws.path });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^scalable: .*\n$/);
  expect(stderr).toContain(option);
  expect(stderr).toContain(value);
  expect(stderr).toMatch(/such as|choices/);
});
