import fs from "node:fs";
import { utimes } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { serialize } from "node:v8";
import { Cache, cacheable, DirType, FileType } from "scalable";
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { loadContentHasher } from "../../src/identify/content.ts";
import { observeFile } from "../../src/identify/file.ts";
import { observeFolder } from "../../src/identify/folder.ts";
import { type DigestMemo, isSettled, SETTLED_MS } from "../../src/identify/memo.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { digestOf, MapMemo } from "./paths.ts";

beforeAll(() => loadContentHasher());
afterEach(() => {
  vi.restoreAllMocks();
});

const WRONG = new Uint8Array(16).fill(0xaa);

/** Lets the clock say that all files were written long ago, so that they are remembered. */
function later(): void {
  const now = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => now() + 60_000);
}

async function data(ws: Workspace): Promise<string> {
  await ws.write("data/a.txt", "1");
  await ws.write("data/sub/b.txt", "2");
  return ws.resolve("data");
}

function cacheOf(ws: Workspace): Cache {
  const cache = new Cache(ws.resolve("cache"));
  onTestFinished(() => cache.close());
  return cache;
}

test("a file is settled two seconds after its last change, of content or metadata", () => {
  const at = (mtimeMs: bigint, ctimeMs: bigint): boolean => isSettled({ mtimeMs, ctimeMs }, 10_000);
  const limit = BigInt(10_000 - SETTLED_MS);

  expect(at(limit - 1n, 0n)).toBe(true);
  expect(at(0n, limit - 1n)).toBe(true);
  expect(at(limit, 0n)).toBe(false);
  expect(at(0n, limit)).toBe(false);
  expect(at(99_999n, 0n)).toBe(false);
});

test("what was written a moment ago is not remembered, what has settled is", async () => {
  const ws = await workspace();
  const folder = await data(ws);
  const memo = new MapMemo();
  await observeFile(`${folder}/a.txt`, memo);
  await observeFolder(folder, memo);
  expect([...memo.records.keys()]).toEqual([]);

  later();
  await observeFile(`${folder}/a.txt`, memo);
  await observeFolder(folder, memo);
  expect([...memo.records.keys()].sort()).toEqual([`file ${folder}/a.txt`, `files ${folder}`, `folder ${folder}`]);
});

test("of a folder of which a part has settled, that part is remembered", async () => {
  const ws = await workspace();
  const folder = await data(ws);
  const fresh = await ws.write("data/fresh.txt", "3");
  const future = Date.now() / 1_000 + 3_600;
  await utimes(fresh, future, future);
  const memo = new MapMemo();
  later();
  const digest = await digestOf(observeFolder(folder, memo));
  expect([...memo.records.keys()]).toEqual([`files ${folder}`]);
  const opened = vi.spyOn(fs, "openSync");

  expect(await digestOf(observeFolder(folder, memo))).toBe(digest);
  expect(opened.mock.calls.map(([path]) => path)).toEqual([fresh]);
});

test("a remembered file is not read again", async () => {
  const ws = await workspace();
  const folder = await data(ws);
  const memo = new MapMemo();
  later();
  const digests = [await digestOf(observeFile(`${folder}/a.txt`, memo)), await digestOf(observeFolder(folder, memo))];
  const read = vi.spyOn(fs, "readSync");

  expect([await digestOf(observeFile(`${folder}/a.txt`, memo)), await digestOf(observeFolder(folder, memo))]).toEqual(
    digests,
  );
  expect(read).not.toHaveBeenCalled();
});

test("of a remembered folder, only the files that changed are read", async () => {
  const ws = await workspace();
  const folder = await data(ws);
  const memo = new MapMemo();
  later();
  await observeFolder(folder, memo);
  await ws.write("data/sub/b.txt", "3");
  const opened = vi.spyOn(fs, "openSync");
  const digest = await digestOf(observeFolder(folder, memo));

  expect(opened.mock.calls.map(([path]) => path)).toEqual([`${folder}/sub/b.txt`]);
  expect(digest).toBe(await digestOf(observeFolder(folder)));
});

test("the memo in the index answers as one in memory does, also after the cache was opened again", async () => {
  const ws = await workspace();
  const folder = await data(ws);
  later();
  const ask = async (memo: DigestMemo | undefined): Promise<string[]> => [
    await digestOf(observeFile(`${folder}/a.txt`, memo)),
    await digestOf(observeFolder(folder, memo)),
  ];
  const inMemory = new MapMemo();
  const first = new Cache(ws.resolve("cache"));
  const before = await ask(undefined);
  for (const memo of [inMemory, first.store.memo, inMemory, first.store.memo]) expect(await ask(memo)).toEqual(before);
  await first.close();
  const again = cacheOf(ws);
  const recalled = again.store.memo.recall(`folder ${folder}`);
  expect(Buffer.from(recalled ?? [])).toEqual(inMemory.recall(`folder ${folder}`));
  await ws.write("data/a.txt", "9");
  const after = await ask(undefined);

  expect(after).not.toEqual(before);
  for (const memo of [inMemory, again.store.memo, inMemory, again.store.memo]) expect(await ask(memo)).toEqual(after);
});

test.each<readonly [string, string]>([
  ["another record", "UPDATE memo SET record = x'aabb'"],
  ["one bit changed", "UPDATE memo SET record = CAST(substr(record, 1, length(record) - 1) || x'00' AS BLOB)"],
  ["cut off", "UPDATE memo SET record = substr(record, 1, length(record) - 1)"],
  ["another digest", "UPDATE memo SET digest = x'00112233445566778899aabbccddeeff'"],
  [
    "another name's record",
    `CREATE TEMP TABLE t AS SELECT * FROM memo WHERE name LIKE 'file %';
     UPDATE memo SET record = (SELECT record FROM t WHERE t.name <> memo.name),
                     digest = (SELECT digest FROM t WHERE t.name <> memo.name) WHERE name LIKE 'file %'`,
  ],
  ["no blobs", "UPDATE memo SET record = 'text', digest = 'text'"],
])("a corrupted record in the index is not believed: %s", async (_what, sql) => {
  const ws = await workspace();
  const folder = await data(ws);
  const files = [`${folder}/a.txt`, `${folder}/sub/b.txt`];
  later();
  const ask = (memo?: DigestMemo): Promise<string[]> =>
    Promise.all([...files.map((file) => digestOf(observeFile(file, memo))), digestOf(observeFolder(folder, memo))]);
  const first = new Cache(ws.resolve("cache"));
  const expected = await ask(first.store.memo);
  await first.close();
  const index = new DatabaseSync(ws.resolve("cache/cache.db"));
  expect(index.prepare("SELECT count(*) AS n FROM memo").get()).toEqual({ n: 4 });
  index.exec(sql);
  expect(index.prepare("SELECT changes() AS n").get()).not.toEqual({ n: 0 });
  index.close();
  const { memo } = cacheOf(ws).store;

  expect(files.map((file) => memo.recall(`file ${file}`))).toEqual([undefined, undefined]);
  expect(await ask(memo)).toEqual(expected);
});

test.each<readonly [string, Uint8Array]>([
  ["empty", new Uint8Array()],
  ["too short", new Uint8Array(32)],
  ["too long", new Uint8Array(100)],
  ["no record", Buffer.from("no record at all")],
  ["another value", serialize("text")],
  ["another shape", serialize({ paths: ["a.txt"], stamps: [], digests: [] })],
  ["too few digests", serialize({ paths: ["a.txt"], stamps: new BigInt64Array(5), digests: new Uint8Array(1) })],
  ["too few stamps", serialize({ paths: ["a.txt"], stamps: new BigInt64Array(0), digests: new Uint8Array(16) })],
])("a record of another form is not believed: %s", async (_what, record) => {
  const ws = await workspace();
  const folder = await data(ws);
  const memo = new MapMemo();
  for (const name of [`file ${folder}/a.txt`, `files ${folder}`, `folder ${folder}`]) memo.remember(name, record);

  expect(await digestOf(observeFile(`${folder}/a.txt`, memo))).toBe(await digestOf(observeFile(`${folder}/a.txt`)));
  expect(await digestOf(observeFolder(folder, memo))).toBe(await digestOf(observeFolder(folder)));
});

test("SCALABLE_HASH=always reads, whatever is remembered; without it, what is remembered is believed", async () => {
  const ws = await workspace();
  const folder = await data(ws);
  const cache = cacheOf(ws);
  const { memo } = cache.store;
  const file = cacheable({ cache, name: "file", args: { path: FileType } }, (path: string) => path);
  const tree = cacheable({ cache, name: "tree", args: { path: DirType } }, (path: string) => path);
  const ask = async (): Promise<string[]> => [await file.key(`${folder}/a.txt`), await tree.key(folder)];
  later();
  const expected = await ask();
  // Records of the very files, but of other content.
  for (const name of [`file ${folder}/a.txt`, `folder ${folder}`]) {
    const record = memo.recall(name) ?? new Uint8Array();
    memo.remember(name, Buffer.concat([record.subarray(0, -16), WRONG]));
  }
  const poisoned = await ask();
  vi.stubEnv("SCALABLE_HASH", "always");
  const always = await ask();
  vi.unstubAllEnvs();

  expect(poisoned[0]).not.toBe(expected[0]);
  expect(poisoned[1]).not.toBe(expected[1]);
  expect(always).toEqual(expected);
  expect(await ask()).toEqual(poisoned);
});
