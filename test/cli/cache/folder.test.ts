import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { cli } from "../../rig/cli.ts";
import { workspace } from "../../rig/workspace.ts";
import { fillCache } from "../filled-cache.ts";

test("path is ./cache, SCALABLE_CACHE_DIR or --dir, and always absolute", async () => {
  const ws = await workspace();
  const env = { SCALABLE_CACHE_DIR: "from/env" };
  const pathOf = async (args: string[], variables = {}) =>
    (await cli(["cache", "path", ...args], { cwd: ws.path, env: variables })).stdout;

  expect(await pathOf([])).toBe(`${ws.resolve("cache")}\n`);
  expect(await pathOf([], env)).toBe(`${ws.resolve("from/env")}\n`);
  expect(await pathOf(["--dir", "given"], env)).toBe(`${ws.resolve("given")}\n`);
  expect(JSON.parse(await pathOf(["--json"]))).toEqual({ dir: ws.resolve("cache") });
});

test("--dir and --json may stand before the command, too", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("elsewhere"));

  const { stdout } = await cli(["cache", "--dir", "elsewhere", "--json", "stats"], { cwd: ws.path });

  expect(JSON.parse(stdout)).toMatchObject({ dir: ws.resolve("elsewhere"), entries: 5 });
});

test("an empty --dir is refused", async () => {
  const { code, stderr } = await cli(["cache", "path", "--dir", ""]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: "scalable: --dir is empty, but must be a folder.\n" });
});

const NOTHING = { entries: 0, bytes: 0 };

test.each([
  { args: ["stats"], code: 0, json: { ...NOTHING, hits: 0, timeSavedMs: 0, functions: [] } },
  { args: ["list"], code: 0, json: [] },
  { args: ["verify"], code: 0, json: { ...NOTHING, blobs: 0, problems: [], leftovers: { files: 0, bytes: 0 } } },
  { args: ["verify", "--repair"], code: 0, json: NOTHING },
  { args: ["prune", "--max-size", "1GB"], code: 0, json: NOTHING },
  { args: ["clear"], code: 0, json: NOTHING },
  { args: ["show", "0123abcd"], code: 1, json: undefined },
  { args: ["path"], code: 0, json: undefined },
])("$args of a folder that does not exist reports nothing, and does not create it", async ({ args, code, json }) => {
  const ws = await workspace();
  const before = await readdir(ws.path);

  const result = await cli(["cache", ...args, "--json"], { cwd: ws.path });

  expect(result.code).toBe(code);
  if (json !== undefined) expect(JSON.parse(result.stdout)).toMatchObject(json);
  if (args[0] !== "path") expect(result.stderr).toContain(`scalable: no cache at ${ws.resolve("cache")}\n`);
  expect(await readdir(ws.path)).toEqual(before);
});
