import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workspace } from "../../rig/workspace.ts";
import { withIndex } from "../local-rig.ts";
import { ask, copyOf, ENTRIES, flipBit, prepareCache, setAsideIn } from "./damage-rig.ts";

let ws: Workspace;
beforeAll(async () => {
  ws = await Workspace.create();
  await prepareCache(ws);
});
afterAll(() => ws.remove());

const PAGE = 4_096;

/** Positions all over a file: each in another page and at another place in it. */
function positions(length: number, count: number): number[] {
  return Array.from(
    { length: count },
    (_, place) => Math.floor(((place + 0.5) * length) / count) ^ ((place * 37) % 64),
  );
}

test("nothing was computed twice while the caches were made", async () => {
  expect((await ask(ws, [copyOf(ws, "sound", "a"), copyOf(ws, "open", "b")])).asked).toEqual(
    ["a", "a", "b", "b"].map((name, place) => ({
      dir: ws.resolve(name),
      pass: (place % 2) + 1,
      runs: 0,
      problems: [],
    })),
  );
});

test("one flipped bit anywhere in the index: all values are right, and most are still there", async () => {
  const length = fs.statSync(ws.resolve("sound/cache.db")).size;
  const flips = [...positions(PAGE, 30), ...positions(length, 80)];
  const dirs = flips.map((position, place) => {
    const dir = copyOf(ws, "sound", `flip-${place}`);
    flipBit(path.join(dir, "cache.db"), position, place % 8);
    return dir;
  });

  const { asked } = await ask(ws, dirs);

  expect(asked.map(({ dir, pass }) => `${dir} ${pass}`)).toEqual(dirs.flatMap((dir) => [`${dir} 1`, `${dir} 2`]));
  for (const [place, { pass, runs }] of asked.entries()) {
    const position = flips[place >> 1] ?? 0;
    // What is flipped in the first page can be the schema, without which nothing can be read.
    if (pass === 1 && position >= PAGE)
      expect({ position, runs: runs <= ENTRIES / 3 }).toEqual({ position, runs: true });
  }
});

test("one flipped bit anywhere in the log of a killed process: all values are right", async () => {
  const length = fs.statSync(ws.resolve("open/cache.db-wal")).size;
  const dirs = positions(length, 30).map((position, place) => {
    const dir = copyOf(ws, "open", `wal-${place}`);
    flipBit(path.join(dir, "cache.db-wal"), position, place % 8);
    return dir;
  });

  const { asked } = await ask(ws, dirs);

  expect(asked.filter(({ pass, runs, problems }) => pass === 2 && runs + problems.length > 0)).toEqual([]);
});

const CUTS = [0, 1, 50, 100, 512, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 5 * PAGE + 100];

test.each(CUTS)("an index that was cut to %d bytes", async (length) => {
  const dir = copyOf(ws, "sound", `cut-${length}`);
  fs.truncateSync(path.join(dir, "cache.db"), length);

  const { asked, stderr } = await ask(ws, [dir]);

  expect(asked[1]).toMatchObject({ runs: 0, problems: [] });
  const empty = length < 2; // which SQLite takes for a new file
  if (empty) expect(stderr).toBe("");
  else
    expect(stderr).toMatch(/^scalable: warning: The index of the cache in .* was damaged \(.*\)\. A new one was made/);
  expect(setAsideIn(dir)).toHaveLength(empty ? 0 : 1);
});

test("an index that lost its last pages: those entries that can be read are still there", async () => {
  const dir = copyOf(ws, "sound", "shortened");
  const file = path.join(dir, "cache.db");
  fs.truncateSync(file, fs.statSync(file).size - 3 * PAGE);

  const { asked, stderr } = await ask(ws, [dir]);

  expect(asked[0]?.runs).toBeLessThan(ENTRIES / 2);
  expect(stderr).toMatch(/A new one was made, with \d\d entries of the old one, which is now .*cache\.db\.damaged-/);
});

test.each(["noise", "zeros", "text"])("an index that was overwritten with %s", async (what) => {
  const dir = copyOf(ws, "sound", what);
  const file = path.join(dir, "cache.db");
  const { size } = fs.statSync(file);
  const noise = Buffer.from(Array.from({ length: size }, (_, place) => (place * 2_654_435_761) >>> 13));
  fs.writeFileSync(file, { noise, zeros: Buffer.alloc(size), text: Buffer.alloc(size, "no database ") }[what] ?? "");

  const { asked, stderr } = await ask(ws, [dir]);

  expect(asked).toMatchObject([{ runs: ENTRIES }, { runs: 0, problems: [] }]);
  expect(stderr.match(/warning/g)).toHaveLength(1);
  expect(stderr).toContain("was damaged (file is not a database)");
});

test.each([
  [
    "definition",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'record', 'recotd')",
    ENTRIES,
  ],
  ["table-of-leases", "DROP TABLE leases", 0],
  ["table-of-pins", "DROP TABLE pins", 0],
])("an index with a damaged %s is made anew", async (what, sql, lost) => {
  const dir = copyOf(ws, "sound", what);
  withIndex(dir, (db) => db.exec(sql));

  const { asked, stderr } = await ask(ws, [dir]);

  expect(asked).toMatchObject([{ runs: lost }, { runs: 0, problems: [] }]);
  expect(stderr).toMatch(/^scalable: warning: The index of the cache in .* was damaged \(no such .*\n$/);
});

test("keys that lead to other rows are noticed: no value is taken for another one's", async () => {
  const dir = copyOf(ws, "sound", "swapped");
  withIndex(dir, (db) => {
    const rows = db.prepare("SELECT id, record FROM entries").all();
    const update = db.prepare("UPDATE entries SET record = ? WHERE id = ?");
    for (const [place, row] of rows.entries()) {
      update.run(rows[(place + 1) % rows.length]?.["record"] ?? null, row["id"] ?? null);
    }
  });

  const { asked, stderr } = await ask(ws, [dir]);

  expect(asked).toMatchObject([{ runs: ENTRIES }, { runs: 0, problems: [] }]);
  expect(stderr).toBe("scalable: warning: A stored result of value was damaged. It is computed again.\n");
});
