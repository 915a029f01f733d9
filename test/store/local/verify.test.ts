import fs from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { Cache } from "../../../src/store/cache.ts";
import type { LocalStore } from "../../../src/store/local/local-store.ts";
import { pruneEntries } from "../../../src/store/local/queries.ts";
import { verifyStore } from "../../../src/store/local/verify.ts";
import type { Problem } from "../../../src/store/store.ts";
import { emptyFolder, get, openStore, put, withIndex } from "../local-rig.ts";
import { blobsIn } from "./damage-rig.ts";

const CLEAN = { problems: [], leftovers: { files: 0, bytes: 0 } };

async function filled(): Promise<LocalStore> {
  const store = await openStore(await emptyFolder());
  await put(store, "small", "x");
  await put(store, "large", new Uint8Array(100_000).fill(1));
  await put(store, "twin", new Uint8Array(100_000).fill(1));
  await put(store, "other", new Uint8Array(50_000).fill(2));
  return store;
}

/** The blob that an entry needs. */
function blobOf(store: LocalStore, key: string): string {
  const row = withIndex(store.dir, (db) => db.prepare("SELECT digest FROM refs WHERE key = ?").get(key));
  return store.blobs.pathOf(row?.["digest"] as Uint8Array);
}

test("a sound store, with what is in it", async () => {
  const store = await filled();

  expect(await verifyStore(store, "report")).toMatchObject({ entries: 4, blobs: 2, ...CLEAN });
  expect(await verifyStore(store, "repair")).toMatchObject({ entries: 4, blobs: 2, ...CLEAN });
  expect(await verifyStore(await openStore(await emptyFolder()), "report")).toMatchObject({ entries: 0, ...CLEAN });
});

const DAMAGES: Readonly<Record<string, readonly [(store: LocalStore) => void, string, readonly string[]]>> = {
  "a missing blob": [(store) => fs.rmSync(blobOf(store, "other")), "blob-missing", ["other"]],
  "a blob of another length": [(store) => fs.appendFileSync(blobOf(store, "other"), "x"), "blob-damaged", ["other"]],
  "a blob with other content": [
    (store) => fs.writeFileSync(blobOf(store, "other"), Buffer.alloc(fs.statSync(blobOf(store, "other")).size)),
    "blob-damaged",
    ["other"],
  ],
  "a shared blob that is missing": [(store) => fs.rmSync(blobOf(store, "twin")), "blob-missing", ["large", "twin"]],
  "a record with a flipped bit": [
    (store) =>
      withIndex(store.dir, (db) =>
        db.exec("UPDATE entries SET record = CAST(record || x'00' AS BLOB) WHERE key = 'small'"),
      ),
    "entry-damaged",
    ["small"],
  ],
  "a record that is not binary": [
    (store) => withIndex(store.dir, (db) => db.exec("UPDATE entries SET record = 'text' WHERE key = 'small'")),
    "entry-damaged",
    ["small"],
  ],
  "an entry in the row of another key": [
    (store) => withIndex(store.dir, (db) => db.exec("UPDATE entries SET id = id + 1 WHERE key = 'small'")),
    "entry-damaged",
    ["small"],
  ],
  "an entry under another key": [
    (store) => withIndex(store.dir, (db) => db.exec("UPDATE entries SET key = 'moved' WHERE key = 'small'")),
    "entry-damaged",
    ["moved"],
  ],
};

function byKey(a: Problem, b: Problem): number {
  return (a.key ?? "") < (b.key ?? "") ? -1 : 1;
}

test.each(Object.entries(DAMAGES))("%s is reported, and repaired when asked", async (_what, [damage, kind, keys]) => {
  const store = await filled();
  damage(store);
  const expected = keys.map((key) => expect.objectContaining({ kind, key, functionName: "f", repaired: false }));

  for (const _ of ["first", "second"]) {
    const { problems } = await verifyStore(store, "report");
    expect(problems.toSorted(byKey)).toEqual(expected);
  }
  const repaired = await verifyStore(store, "repair");
  expect(repaired.problems).toHaveLength(keys.length);
  expect(repaired.problems.every((problem) => problem.repaired)).toBe(true);

  expect(await verifyStore(store, "report")).toMatchObject({ entries: 4 - keys.length, problems: [] });
  for (const key of ["small", "large", "twin", "other"]) {
    const gone = keys.includes(key) || (key === "small" && keys.includes("moved"));
    expect(await get(store, key).then(Boolean)).toBe(!gone);
  }
});

test("a damaged blob that two entries share is reported for both, and removed once", async () => {
  const store = await filled();
  fs.truncateSync(blobOf(store, "twin"), 10);

  const { problems } = await verifyStore(store, "repair");

  expect(problems.toSorted(byKey).map(({ key, repaired }) => ({ key, repaired }))).toEqual([
    { key: "large", repaired: true },
    { key: "twin", repaired: true },
  ]);
  expect(blobsIn(store.dir)).toHaveLength(1);
  expect(await verifyStore(store, "report")).toMatchObject({ entries: 2, ...CLEAN });
});

test("an index that SQLite finds damaged is reported, and made anew when asked", async () => {
  const store = await filled();
  store.close();
  const file = fs.openSync(path.join(store.dir, "cache.db"), "r+");
  // The tree of references by their keys: it leads to none any more, and the entries are still there.
  const page = Number(
    withIndex(store.dir, (db) => db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'refs_by_key'").get())?.[
      "rootpage"
    ],
  );
  fs.writeSync(file, Buffer.alloc(64), 0, 64, (page - 1) * 4_096 + 4_096 - 64);
  fs.closeSync(file);
  const again = await openStore(store.dir);
  const warnings = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => warnings.mockRestore());

  expect((await verifyStore(again, "report")).problems).toMatchObject([{ kind: "index-damaged", repaired: false }]);
  expect((await verifyStore(again, "repair")).problems).toMatchObject([{ kind: "index-damaged", repaired: true }]);
  expect(await verifyStore(again, "report")).toMatchObject({ entries: 4, problems: [] });
  expect(warnings.mock.lastCall?.[0]).toContain("A new one was made, with 4 entries of the old one");
  expect(await get(again, "large")).toEqual({ value: new Uint8Array(100_000).fill(1) });
});

/** What killed processes leave: some of it old. */
function leaveBehind(store: LocalStore): void {
  const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
  const leave = (relative: string, time?: Date): void => {
    const file = path.join(store.dir, relative);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, "12345");
    if (time !== undefined) fs.utimesSync(file, time, time);
  };
  leave("tmp/99999-0123456789abcdef.1.tmp");
  leave("tmp/99999-0123456789abcdef.owner");
  leave(`ab/${"0".repeat(30)}`, hoursAgo);
  leave(`ab/${"1".repeat(30)}`);
  leave("cache.db.damaged-2020-01-01T00-00-00-000Z", hoursAgo);
  leave("tmp/notes.txt", hoursAgo);
  leave("ab/readme", hoursAgo);
  leave("notes.txt", hoursAgo);
}

function kept(store: LocalStore): string[] {
  const files = ["tmp/99999-0123456789abcdef.1.tmp", "tmp/99999-0123456789abcdef.owner", `ab/${"0".repeat(30)}`];
  const all = [...files, `ab/${"1".repeat(30)}`, "cache.db.damaged-2020-01-01T00-00-00-000Z"];
  return [...all, "tmp/notes.txt", "ab/readme", "notes.txt"].filter((file) =>
    fs.existsSync(path.join(store.dir, file)),
  );
}

test("what killed processes left is counted, and removed when asked; what is young or not ours stays", async () => {
  for (const remove of [
    (store: LocalStore) => verifyStore(store, "repair"),
    (store: LocalStore) => pruneEntries(store, {}),
  ]) {
    const store = await filled();
    leaveBehind(store);

    const { leftovers, problems, bytes } = await verifyStore(store, "report");
    expect(problems).toEqual([]);
    expect(leftovers.files).toBe(4); // Whoever looks removes the file of an owner that is gone.
    expect(bytes).toBeGreaterThan(150_000);
    await remove(store);

    expect(kept(store)).toEqual([`ab/${"1".repeat(30)}`, "tmp/notes.txt", "ab/readme", "notes.txt"]);
    expect(await verifyStore(store, "report")).toMatchObject({ entries: 4, problems: [], leftovers: { files: 1 } });
  }
});

test("what a living process is writing is not taken for left over", async () => {
  const dir = await emptyFolder();
  const [writing, other] = [await openStore(dir), await openStore(dir)];
  await put(writing, "a", 1);
  const staged = writing.blobs.stagingFile();
  fs.writeFileSync(staged, "half of it");

  expect((await verifyStore(other, "repair")).leftovers.files).toBe(0);

  expect(fs.existsSync(staged)).toBe(true);
  expect(writing.leases.owner.isThere()).toBe(true);
});

test("leases and pins of the dead are removed, those of the living stay", async () => {
  const dir = await emptyFolder();
  const [living, other] = [await openStore(dir), await openStore(dir)];
  living.leases.acquire("computing", "stored");
  withIndex(dir, (db) => {
    db.exec("INSERT INTO leases VALUES ('a', 1, '1-0123456789abcdef', 0, NULL)");
    db.exec("INSERT INTO pins VALUES ('a', '1-0123456789abcdef')");
  });

  await verifyStore(other, "repair");

  const rows = withIndex(dir, (db) => db.prepare("SELECT key FROM leases UNION ALL SELECT key FROM pins").all());
  expect(rows.map((row) => row["key"])).toEqual(["computing"]);
});

test("verifying while others store and remove finds nothing wrong", async () => {
  const dir = await emptyFolder();
  const [busy, other] = [await openStore(dir, { sizeLimit: 500_000 }), await openStore(dir)];
  let done = false;
  const storing = (async () => {
    for (let n = 0; n < 60; n += 1) await put(busy, `k${n % 20}`, new Uint8Array(40_000).fill(n));
    done = true;
  })();

  const found: unknown[] = [];
  let times = 0;
  while (!done) {
    found.push(...(await verifyStore(other, "report")).problems);
    times += 1;
    await new Promise((resolve) => void setImmediate(resolve));
  }
  await storing;

  expect(found).toEqual([]);
  expect(times).toBeGreaterThan(0);
});

test("a cache that is not there is not made by being verified", async () => {
  const dir = await emptyFolder();
  await using cache = new Cache(dir);

  expect(await cache.verify({ repair: true })).toMatchObject({ entries: 0, ...CLEAN });

  expect(fs.existsSync(dir)).toBe(false);
});
