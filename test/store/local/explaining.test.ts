import { expect, test, vi } from "vitest";
import { digestContent } from "../../../src/identify/content.ts";
import type { DetailText } from "../../../src/identify/detail.ts";
import { codeDetail, writeDetail } from "../../../src/identify/detail.ts";
import type { KeyPart } from "../../../src/identify/key.ts";
import type { LocalStore } from "../../../src/store/local/local-store.ts";
import { clearEntries, pruneEntries } from "../../../src/store/local/queries.ts";
import { emptyFolder, openStore, put, withIndex } from "../local-rig.ts";

const HOUR = 3_600_000;

function detailOf(text: string): DetailText {
  return { digest: Buffer.from(digestContent(Buffer.from(text))).toString("hex"), text };
}

const LEAVES = '["v",".x","1"]';

/** Stores an entry whose argument has this detail, and whose code has this digest. */
async function store(into: LocalStore, key: string, detail: string = LEAVES, code = "c0de"): Promise<void> {
  const details = [detailOf(detail)];
  const [{ digest = "" } = {}] = details;
  const parts: KeyPart[] = [
    { kind: "code", name: "", type: "function", digest: code.padEnd(32, "0") },
    { kind: "argument", name: "x", type: "", digest: "a".repeat(32), preview: key, detail: digest },
  ];
  await put(into, key, key, { call: { functionName: "f", parts, details } });
}

function count(dir: string, table: string): number {
  return withIndex(dir, (db) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]));
}

test("a detail is there once for all entries, for other processes too, and before it was written", async () => {
  const dir = await emptyFolder();
  const [one, other] = [await openStore(dir), await openStore(dir)];

  for (const key of ["a", "b", "c"]) await store(one, key);

  expect(one.details.read(detailOf(LEAVES).digest)).toEqual({ kind: "value", leaves: [[".x", "1"]], complete: true });
  one.flush();
  await store(other, "d");
  other.flush();
  expect(count(dir, "details")).toBe(1);
  expect(other.details.read(detailOf(LEAVES).digest)).toMatchObject({ kind: "value" });
  expect(other.details.read("f".repeat(32))).toBeUndefined();
});

test("prune removes details that no entry refers to, but for those that an entry may just get", async () => {
  const dir = await emptyFolder();
  const opened = await openStore(dir);
  await store(opened, "a");
  await store(opened, "b", '["v",".x","2"]');
  await clearEntries(opened, { key: "a" });
  opened.flush();

  await pruneEntries(opened, {});
  expect(count(dir, "details")).toBe(2);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * HOUR });
  try {
    await pruneEntries(opened, {});
  } finally {
    vi.useRealTimers();
  }

  expect(count(dir, "details")).toBe(1);
  expect(opened.details.read(detailOf(LEAVES).digest)).toBeUndefined();
  // It is written again where it is needed again.
  await store(opened, "c");
  opened.flush();
  expect(count(dir, "details")).toBe(2);
});

test("a manifest of any size is a detail of bounded length", () => {
  const declarations = Array.from({ length: 5_000 }, (_, place) => ({
    name: `declaration${place}`.repeat(30),
    file: `src/folder/file-${place % 50}.ts`,
    line: place,
    digest: "0123456789abcdef0123456789abcdef",
    via: place - 1,
  }));

  const detail = codeDetail({ origins: [], declarations, packages: [] });

  expect(detail.complete).toBe(false);
  expect(
    writeDetail(codeDetail({ origins: [], declarations: declarations.slice(0, 200), packages: [] })).length,
  ).toBeLessThan(65_536);
});

test("what became of keys is kept for the last 100,000 of them, and trimmed by whoever notes more", async () => {
  const dir = await emptyFolder();
  const opened = await openStore(dir);
  const noted = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => ({ key: `k${from + n}`, functionName: "f", why: "x".repeat(1_000) }));

  opened.fates.note("evicted", noted(0, 90_000));
  opened.flush();
  opened.fates.note("pruned", noted(80_000, 130_000));
  opened.flush();

  expect(count(dir, "fates")).toBeLessThanOrEqual(100_000);
  expect(opened.fates.of("k129999")).toMatchObject({ what: "pruned", functionName: "f" });
  expect(opened.fates.of("k85000")).toMatchObject({ what: "pruned" });
  expect(opened.fates.of("k0")).toBeUndefined();
  expect(opened.fates.of("k85000")?.why).toHaveLength(300);
});

test("recent calls: few of each function, those with other code before among them, merged between processes", async () => {
  const dir = await emptyFolder();
  const old = await openStore(dir);
  for (let n = 0; n < 100; n += 1) await store(old, `old ${n}`, LEAVES, "01d");
  old.flush();
  const [one, other] = [await openStore(dir), await openStore(dir)];
  for (let n = 0; n < 500; n += 1) {
    await store(one, `one ${n}`, LEAVES, "2e3");
    await store(other, `other ${n}`, LEAVES, "2e3");
  }
  one.flush();
  other.flush();

  const late = (await openStore(dir)).recent.of("f");
  const beginning = (word: string) => late.filter(({ key }) => key.startsWith(word)).length;
  expect(late.length).toBe(32);
  expect(beginning("old")).toBe(16);
  expect(beginning("one")).toBeGreaterThan(0);
  expect(beginning("other")).toBeGreaterThan(0);
  expect(one.recent.of("f").length).toBeLessThanOrEqual(3 * 32);
});

test("in an index without recent calls, some of the entries are taken for them", async () => {
  const dir = await emptyFolder();
  const opened = await openStore(dir);
  for (let n = 0; n < 50; n += 1) await store(opened, `k${n}`);
  opened.flush();
  for (const text of ["", "{}", '[["k1"]]', "[1]", "\u0000"]) {
    withIndex(dir, (db) => db.prepare("UPDATE recent SET calls = ?").run(text));
    expect((await openStore(dir)).recent.of("f").length).toBeLessThanOrEqual(32);
  }
  withIndex(dir, (db) => db.exec("DELETE FROM recent"));

  expect((await openStore(dir)).recent.of("f").length).toBe(32);
  expect((await openStore(dir)).recent.of("g")).toEqual([]);
});

test("where the index cannot be written, nothing of this fails, and nothing piles up", async () => {
  const dir = await emptyFolder();
  const opened = await openStore(dir);
  await store(opened, "a");
  withIndex(dir, (db) => {
    db.exec("BEGIN IMMEDIATE");
    opened.fates.note("evicted", [{ key: "a", functionName: "f" }]);
    opened.flush();
    db.exec("ROLLBACK");
  });

  expect(opened.lookup("a")).toMatchObject({ key: "a" });
  opened.fates.note("evicted", [{ key: "b", functionName: "f" }]);
  opened.flush();
  expect(opened.fates.of("b")).toMatchObject({ what: "evicted" });
});
