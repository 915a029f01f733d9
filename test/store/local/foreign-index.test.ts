import { createHash } from "node:crypto";
import fs from "node:fs";
import { expect, test, vi } from "vitest";
import { Cache } from "../../../src/store/cache.ts";
import { cli } from "../../rig/cli.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import { withIndex } from "../local-rig.ts";
import { askOnce } from "./serving.ts";

/*
 * A file called cache.db that is not ours, or that a later version of ours has made, stays as it is, byte for byte.
 */

/** As python's diskcache 5.6 makes it. */
const DISKCACHE = `
PRAGMA journal_mode = wal; PRAGMA auto_vacuum = 1;
CREATE TABLE Settings (key TEXT NOT NULL UNIQUE, value);
INSERT INTO Settings VALUES ('count', 1), ('size', 0), ('eviction_policy', 'least-recently-stored');
CREATE TABLE Cache (rowid INTEGER PRIMARY KEY, key BLOB, raw INTEGER, store_time REAL, expire_time REAL,
  access_time REAL, access_count INTEGER DEFAULT 0, tag BLOB, size INTEGER DEFAULT 0, mode INTEGER DEFAULT 0,
  filename TEXT, value BLOB);
CREATE UNIQUE INDEX Cache_key_raw ON Cache(key, raw);
INSERT INTO Cache (key, raw, value) VALUES ('precious', 1, 42);`;

const FOREIGN: Readonly<Record<string, string>> = {
  "that of Python's diskcache": DISKCACHE,
  "one with a table of its own": "CREATE TABLE entries (id INTEGER PRIMARY KEY, key TEXT, record BLOB)",
  "one without tables, of another application": "PRAGMA application_id = 7; PRAGMA user_version = 1",
};

async function withCache(sql: string): Promise<Workspace> {
  const ws = await workspace();
  fs.mkdirSync(ws.resolve("cache"));
  withIndex(ws.resolve("cache"), (db) => db.exec(sql));
  return ws;
}

function digestOf(ws: Workspace): string {
  return createHash("sha256")
    .update(fs.readFileSync(ws.resolve("cache/cache.db")))
    .digest("hex");
}

const CALLS = ["call 0", "call 1", "call 0"];
const COMPUTED = ["right computed", "right computed", "right computed"];

test.each(Object.entries(FOREIGN))(
  "%s: calls are computed, one warning says why, and nothing is touched",
  async (_, sql) => {
    const ws = await withCache(sql);
    const before = digestOf(ws);

    const { answers, stderr } = await askOnce(ws, CALLS);

    expect(answers).toEqual(COMPUTED);
    expect(stderr).toMatch(
      /^scalable: warning: .*cache\.db belongs to another program\. Calls are computed without it\.\n/,
    );
    expect(digestOf(ws)).toBe(before);
    expect(fs.readdirSync(ws.resolve("cache")).filter((name) => name.startsWith("cache.db"))).toEqual(["cache.db"]);
  },
);

test("a later layout: the same", async () => {
  const ws = await workspace();
  await askOnce(ws, CALLS);
  withIndex(ws.resolve("cache"), (db) => db.exec("PRAGMA user_version = 99; CREATE TABLE novelty (a)"));
  const before = digestOf(ws);

  const { answers, stderr } = await askOnce(ws, CALLS);

  expect(answers).toEqual(COMPUTED);
  expect(stderr).toContain("its layout has the version 99, and this version of scalable knows");
  expect(digestOf(ws)).toBe(before);
});

test("no command of the command line touches it either", async () => {
  const ws = await withCache(DISKCACHE);
  const before = digestOf(ws);

  for (const args of [["verify", "--repair"], ["clear", "--yes"], ["prune", "--max-size", "0"], ["list"], ["stats"]]) {
    const { code } = await cli(["cache", ...args], { cwd: ws.path });
    expect({ args, failed: code !== 0 }).toEqual({ args, failed: true });
  }

  expect(digestOf(ws)).toBe(before);
});

test("what `verify` and the other methods of a Cache say of it", async () => {
  vi.stubEnv("SCALABLE_LOG_LEVEL", "silent");
  for (const [sql, kind] of [
    [DISKCACHE, "foreign-index"],
    [`PRAGMA application_id = ${0x5343414c}; PRAGMA user_version = 99; CREATE TABLE a (b)`, "future-layout"],
  ] as const) {
    const ws = await withCache(sql);
    await using cache = new Cache(ws.resolve("cache"));

    const { problems } = await cache.verify({ repair: true });

    expect(problems).toMatchObject([{ kind, path: "cache.db", repaired: false }]);
    for (const failing of [() => cache.get("a"), () => cache.set("a", 1), () => cache.clear(), () => cache.stats()]) {
      await expect(failing()).rejects.toMatchObject({ name: "ScalableError", code: "E_CACHE" });
    }
  }
});

test("a file where the folder should be, and a folder where the index should be", async () => {
  const ws = await workspace();
  await ws.write("cache", "a file");
  const first = await askOnce(ws, CALLS);
  expect(first.answers).toEqual(COMPUTED);
  expect(first.stderr).toMatch(/^scalable: warning: The cache in .* cannot be used: /);
  expect(await ws.read("cache")).toBe("a file");

  fs.mkdirSync(ws.resolve("other/cache.db"), { recursive: true });
  const second = await askOnce(ws, CALLS, { env: { SCALABLE_CACHE_DIR: "other" } });
  expect(second.answers).toEqual(COMPUTED);
  expect(second.stderr).toMatch(/^scalable: warning: The cache in .* cannot be used: /);
});
