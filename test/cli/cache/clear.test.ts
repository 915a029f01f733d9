import { expect, test } from "vitest";
import { cli } from "../../rig/cli.ts";
import { workspace } from "../../rig/workspace.ts";
import { countEntries, fillCache, keysOf } from "../filled-cache.ts";

test("where standard input is not a terminal, everything is removed without asking", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));

  const { code, stdout, stderr } = await cli(["cache", "clear"], { cwd: ws.path });

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^removed 5 entries, 78\.\d KiB\n$/);
  expect(await countEntries(ws.resolve("cache"))).toBe(0);
});

test("--function removes the entries of that function", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));

  const { stdout } = await cli(["cache", "clear", "--yes", "--json", "--function", "run*"], { cwd: ws.path });

  expect(JSON.parse(stdout)).toMatchObject({ entries: 2 });
  expect(await keysOf(ws.resolve("cache"), "*")).toHaveLength(3);
});
