import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import { walk } from "../walk.ts";
import { askOnce, Server } from "./serving.ts";
import { needsRoot, remount, smallDisk } from "./small-disk.ts";

/*
 * Folders that a user may read and not write: those of somebody else, write-protected ones, a read-only disk.
 */

const NOBODY = 65_534;
const AS_NOBODY = { env: { AS_NOBODY: "1" } };

/** A workspace that others can look into, with results of 0 and 1 in its cache. */
async function filled(): Promise<Workspace> {
  const ws = await workspace();
  fs.chmodSync(ws.path, 0o755);
  expect((await askOnce(ws, ["call 0", "call 1"])).answers).toEqual(["right computed", "right computed"]);
  return ws;
}

const CALLS = ["call 0", "call 1", "call 2", "call 3", "call 2"];
const READ = ["right stored", "right stored", "right computed", "right computed", "right computed"];
const COMPUTED = CALLS.map(() => "right computed");

function own(dir: string, user: number): void {
  for (const name of ["", ...walk(dir)]) fs.chownSync(path.join(dir, name), user, user);
}

test("somebody else's cache: what is stored is read, the rest is computed, and one warning says so", async (context) => {
  needsRoot(context);
  const ws = await filled();
  const before = walk(ws.resolve("cache"));

  const { answers, stderr } = await askOnce(ws, [...CALLS, "problems"], AS_NOBODY);

  expect(answers).toEqual([...READ, "[]"]);
  expect(stderr).toMatch(
    /^scalable: warning: The cache in .* cannot be used for storing: .*\. Calls are computed without it\.\n$/,
  );
  expect(walk(ws.resolve("cache"))).toEqual(before);
});

test("somebody else's cache that its owner is using: what was stored a moment ago is read", async (context) => {
  needsRoot(context);
  const ws = await filled();
  const owner = await Server.start(ws);
  expect(await owner.calls(10, 11)).toEqual(["right computed", "right computed"]);

  const { answers } = await askOnce(ws, ["call 10", "call 11", "call 0", "call 3"], AS_NOBODY);

  expect(answers).toEqual(["right stored", "right stored", "right stored", "right computed"]);
  expect(await owner.calls(12, 10)).toEqual(["right computed", "right stored"]);
  expect((await owner.end()).stderr).toBe("");
  expect((await askOnce(ws, ["problems"])).answers).toEqual(["[]"]);
});

test("a cache that one may not even read: all is computed", async (context) => {
  needsRoot(context);
  const ws = await filled();
  fs.chmodSync(ws.resolve("cache"), 0o700);

  const { answers, stderr } = await askOnce(ws, CALLS, AS_NOBODY);

  expect(answers).toEqual(COMPUTED);
  expect(stderr).toMatch(/^scalable: warning: The cache in .* cannot be used: /);
});

test("a folder in which no cache can be made", async (context) => {
  needsRoot(context);
  const ws = await workspace();
  fs.chmodSync(ws.path, 0o755);

  const { answers, stderr } = await askOnce(ws, CALLS, AS_NOBODY);

  expect(answers).toEqual(COMPUTED);
  expect(stderr).toMatch(/^scalable: warning: The cache in .* cannot be used: EACCES: permission denied, mkdir/);
  expect(fs.existsSync(ws.resolve("cache"))).toBe(false);
});

test("a cache of one's own that was write-protected", async (context) => {
  needsRoot(context);
  const ws = await filled();
  const dir = ws.resolve("cache");
  own(dir, NOBODY);
  for (const name of walk(dir)) {
    const file = path.join(dir, name);
    fs.chmodSync(file, fs.statSync(file).isDirectory() ? 0o555 : 0o444);
  }
  fs.chmodSync(dir, 0o555);

  const { answers, stderr } = await askOnce(ws, CALLS, AS_NOBODY);

  expect(answers).toEqual(READ);
  expect(stderr).toMatch(/^scalable: warning: The cache in .* cannot be used for storing: .*\n$/);
});

test("only the staging folder cannot be written", async (context) => {
  needsRoot(context);
  const ws = await filled();
  own(ws.resolve("cache"), NOBODY);
  fs.chownSync(ws.resolve("cache/tmp"), 0, 0);

  const { answers, stderr } = await askOnce(ws, CALLS, AS_NOBODY);

  expect(answers.every((answer) => answer.startsWith("right "))).toBe(true);
  expect(answers.slice(0, 2)).toEqual(["right stored", "right stored"]);
  expect(stderr).toMatch(/^scalable: warning: /);
  expect(stderr.split("\n").filter(Boolean).length).toBeLessThanOrEqual(2);
  expect((await askOnce(ws, ["problems"])).answers).toEqual(["[]"]);
});

test("folders of blobs that cannot be written", async (context) => {
  needsRoot(context);
  const ws = await filled();
  const dir = ws.resolve("cache");
  own(dir, NOBODY);
  for (let shard = 0; shard < 256; shard += 1) {
    fs.mkdirSync(path.join(dir, shard.toString(16).padStart(2, "0")), { recursive: true, mode: 0o755 });
  }

  const { answers, stderr } = await askOnce(ws, [...CALLS, "call 3"], AS_NOBODY);

  expect(answers).toEqual([...READ, "right stored"]);
  expect(stderr).toMatch(/^scalable: warning: The result of call was not stored: EACCES.*\n$/);
  expect((await askOnce(ws, ["problems"])).answers).toEqual(["[]"]);
});

test("a read-only disk, which becomes writable while the process runs", async (context) => {
  const ws = await workspace();
  const disk = smallDisk(ws, context);
  const env = { SCALABLE_CACHE_DIR: path.join(disk, "cache") };
  await askOnce(ws, ["call 0", "call 1"], { env });
  remount(disk, "ro");

  const { answers, stderr } = await askOnce(ws, CALLS, { env });

  expect(answers).toEqual(READ);
  expect(stderr).toMatch(/^scalable: warning: The cache in .* cannot be used for storing: .*\n$/);
  remount(disk, "rw");
  expect((await askOnce(ws, [...CALLS, "problems"], { env })).answers).toEqual([
    ...["right stored", "right stored", "right computed", "right computed", "right stored"],
    "[]",
  ]);
});
