import { expect, test } from "vitest";
import { cli } from "../../rig/cli.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import { countEntries, fillCache, keysOf } from "../filled-cache.ts";

async function filled(): Promise<Workspace> {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));
  return ws;
}

test("--max-age removes what was stored before", async () => {
  const ws = await filled();

  const result = await cli(["cache", "prune", "--max-age", "30d"], { cwd: ws.path });

  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(result.stdout).toMatch(/^removed 1 entry, \d+ B\n$/);
  expect(await keysOf(ws.resolve("cache"), "runSimulation")).toHaveLength(1);
});

test("--max-size makes room, and the report can be JSON", async () => {
  const ws = await filled();

  const { code, stdout } = await cli(["cache", "prune", "--max-size", "1KB", "--json"], { cwd: ws.path });

  const report = JSON.parse(stdout) as { entries: number; bytes: number };
  expect(code).toBe(0);
  expect(report.bytes).toBeGreaterThan(80_000);
  expect(await countEntries(ws.resolve("cache"))).toBe(5 - report.entries);
});

test("--function leaves other functions alone", async () => {
  const ws = await filled();

  await cli(["cache", "prune", "--max-age", "1s", "--function", "run*"], { cwd: ws.path });

  expect(await keysOf(ws.resolve("cache"), "runSimulation")).toEqual([]);
  expect(await countEntries(ws.resolve("cache"))).toBe(3);
});

test("without bounds, SCALABLE_CACHE_SIZE_LIMIT is the bound, and without that nothing is removed", async () => {
  const ws = await filled();

  const refused = await cli(["cache", "prune", "--function", "runSimulation"], { cwd: ws.path });
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(/^scalable: prune needs --max-size or --max-age .*\n$/);
  expect(await countEntries(ws.resolve("cache"))).toBe(5);

  const env = { SCALABLE_CACHE_SIZE_LIMIT: "1KB" };
  expect(await cli(["cache", "prune"], { cwd: ws.path, env })).toMatchObject({ code: 0 });
  expect(await countEntries(ws.resolve("cache"))).toBeLessThan(5);
});

test.each([
  ["--max-size", "5 elephants", "a number of bytes, such as 500MB or 10GB"],
  ["--max-age", "soon", "a duration, such as 90s, 12h or 30d"],
])("%s %s is refused before anything is removed", async (option, value, accepted) => {
  const ws = await filled();

  const { code, stdout, stderr } = await cli(["cache", "prune", option, value], { cwd: ws.path });

  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: "",
    stderr: `scalable: ${option} is "${value}", but must be ${accepted}.\n`,
  });
  expect(await countEntries(ws.resolve("cache"))).toBe(5);
});
