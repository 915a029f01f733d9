import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { workspace } from "../../rig/workspace.ts";
import { askOnce, Server } from "./serving.ts";
import { smallDisk } from "./small-disk.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Takes all that is left of a disk. */
function fill(place: string): string {
  const ballast = path.join(place, "ballast");
  const file = fs.openSync(ballast, "w");
  for (const size of [1 << 20, 1 << 16, 1 << 12, 1]) {
    try {
      for (;;) fs.writeSync(file, Buffer.alloc(size));
    } catch {
      // Full, for this size.
    }
  }
  fs.closeSync(file);
  return ballast;
}

test("a disk that fills up: all values are right, one warning says so, and what was stored stays good", async (context) => {
  const ws = await workspace();
  const disk = smallDisk(ws, context);
  const env = { SCALABLE_CACHE_DIR: path.join(disk, "cache") };
  const server = await Server.start(ws, { env });

  const first = await server.calls(...range(80));
  const second = await server.calls(...range(80));

  expect(first).toEqual(range(80).map(() => "right computed"));
  expect(second.every((answer) => answer.startsWith("right "))).toBe(true);
  expect(second.filter((answer) => answer === "right stored").length).toBeGreaterThan(10);
  expect(second).toContain("right computed");
  const { stderr } = await server.end();
  expect(stderr).toMatch(/no space left on device|disk is full/i);
  expect(stderr.split("\n").filter(Boolean).length).toBeLessThanOrEqual(2);
  expect((await askOnce(ws, ["problems"], { env })).answers).toEqual(["[]"]);
  expect(fs.readdirSync(path.join(disk, "cache/tmp")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a disk that is full before there is a cache, and has room later", async (context) => {
  const ws = await workspace();
  const disk = smallDisk(ws, context);
  const ballast = fill(disk);
  const server = await Server.start(ws, { env: { SCALABLE_CACHE_DIR: path.join(disk, "cache") } });

  expect(await server.calls(0, 1, 2)).toEqual(range(3).map(() => "right computed"));
  fs.rmSync(ballast);

  expect(await server.calls(0, 1, 2, 0, 1, 2)).toEqual([
    ...range(3).map(() => "right computed"),
    ...range(3).map(() => "right stored"),
  ]);
  expect((await server.end()).stderr).toMatch(/^scalable: warning: /);
});

test("a disk that is full while the cache is open: what is stored is read, damaged entries are computed", async (context) => {
  const ws = await workspace();
  const disk = smallDisk(ws, context);
  const dir = path.join(disk, "cache");
  const server = await Server.start(ws, { env: { SCALABLE_CACHE_DIR: dir } });
  await server.calls(0, 1, 2, 3);
  const shard = fs.readdirSync(dir).find((name) => /^[0-9a-f]{2}$/.test(name)) ?? "";
  const [blob = ""] = fs.readdirSync(path.join(dir, shard));
  fs.writeFileSync(path.join(dir, shard, blob), Buffer.alloc(fs.statSync(path.join(dir, shard, blob)).size, 1));
  const ballast = fill(disk);

  const answers = await server.calls(0, 1, 2, 3, 4, 5, 0, 1, 2, 3);

  expect(answers.every((answer) => answer.startsWith("right "))).toBe(true);
  expect(answers.filter((answer) => answer === "right stored").length).toBeGreaterThanOrEqual(4);
  fs.rmSync(ballast);
  await server.calls(0, 1, 2, 3, 4, 5);
  expect(await server.calls(0, 1, 2, 3, 4, 5)).toEqual(range(6).map(() => "right stored"));
  expect(await server.ask("problems")).toBe("[]");
  await server.end();
});

test.for([3, 6, 8, 12])("room for %d files only", async (inodes, context) => {
  const ws = await workspace();
  const disk = smallDisk(ws, context, `size=4m,nr_inodes=${inodes}`);
  const env = { SCALABLE_CACHE_DIR: path.join(disk, "cache") };

  const calls = range(8).map((n) => `call ${n}`);
  const { answers, stderr } = await askOnce(ws, [...calls, ...calls], { env });

  expect(answers.every((answer) => answer.startsWith("right "))).toBe(true);
  expect(stderr).toMatch(/^scalable: warning: /);
  expect(stderr.split("\n").filter(Boolean).length).toBeLessThanOrEqual(3);
});
