import { Cache } from "scalable";
import { expect, test } from "vitest";
import { cli } from "../../rig/cli.ts";
import { workspace } from "../../rig/workspace.ts";
import { fillCache } from "../filled-cache.ts";

test("what is stored is summed up, and told by function", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));

  const { code, stdout, stderr } = await cli(["cache", "stats"], { cwd: ws.path });

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`folder      ${ws.resolve("cache")}\n`);
  expect(stdout).toMatch(/^entries {5}5$/m);
  expect(stdout).toMatch(/^size {8}78\.\d KiB$/m);
  expect(stdout).toMatch(/^hits {8}2$/m);
  expect(stdout).toMatch(/^time saved {2}.+ m?s$/m);
  expect(stdout).toMatch(/^FUNCTION +ENTRIES +SIZE +HITS +TIME SAVED$/m);
  expect(stdout).toMatch(/^processData +1 +78\.1 KiB +0 +0 ms$/m);
  expect(stdout).toMatch(/^runSimulation +2 +\d+ B +2 /m);
  expect(stdout).toMatch(/^- +2 /m);
});

test("the limit is shown where there is one", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));
  const env = { SCALABLE_CACHE_SIZE_LIMIT: "10GB" };

  const { stdout } = await cli(["cache", "stats"], { cwd: ws.path, env });

  expect(stdout).toMatch(/^size {8}78\.\d KiB of 10 GiB$/m);
});

test("JSON is what the library gives", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));
  await using cache = new Cache(ws.resolve("cache"));

  const { stdout } = await cli(["cache", "stats", "--json"], { cwd: ws.path });

  expect(JSON.parse(stdout)).toEqual(await cache.stats());
});
