import fs from "node:fs";
import { readFile, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { loadContentHasher } from "../../src/identify/content.ts";
import { observeFile } from "../../src/identify/file.ts";
import { toHex } from "../../src/identify/hasher.ts";
import { workspace } from "../rig/workspace.ts";
import { digestOf, MapMemo } from "./paths.ts";
import { file } from "./reference.ts";

beforeAll(() => loadContentHasher());
afterEach(() => {
  vi.restoreAllMocks();
});

const MIB = 1024 * 1024;

function expected(content: string | Uint8Array): string {
  return file("a.txt", Buffer.from(content)).toString("hex");
}

/** Lets the clock say that all files were written long ago. */
function later(): void {
  const now = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => now() + 60_000);
}

/** Runs something just before the n-th read of a file. */
function beforeRead(n: number | "each", action: (count: number) => void): void {
  const read = fs.readSync;
  let count = 0;
  vi.spyOn(fs, "readSync").mockImplementation(((...args: Parameters<typeof fs.readSync>) => {
    count += 1;
    if (n === "each" || n === count) action(count);
    return read(...args);
  }) as typeof fs.readSync);
}

test.each<readonly [string, (path: string) => Promise<unknown>]>([
  ["rewritten with other content", (path) => writeFile(path, "2")],
  ["rewritten with the same content", (path) => writeFile(path, "1")],
  [
    "replaced by a file with the same content",
    async (path) => {
      await writeFile(`${path}.new`, "1");
      await rename(`${path}.new`, path);
    },
  ],
  ["touched", (path) => utimes(path, 1, 1)],
  ["appended to", (path) => writeFile(path, "2", { flag: "a" })],
  ["emptied", (path) => truncate(path)],
  ["removed", (path) => rm(path)],
])("a file that was %s since is not unchanged, with a memo and without", async (_what, change) => {
  const ws = await workspace();
  later();
  for (const memo of [undefined, new MapMemo()]) {
    const path = await ws.write("a.txt", "1");
    const observed = await observeFile(path, memo);
    expect(await observed.isUnchanged()).toBe(true);
    await change(path);

    expect(await observed.isUnchanged()).toBe(false);
    expect(toHex(observed.digest)).toBe(expected("1"));
  }
});

test("a file that was rewritten within one tick of the clock is not unchanged, and not remembered", async () => {
  const ws = await workspace();
  const path = await ws.write("a.txt", "1");
  const memo = new MapMemo();
  // A clock that stands still: from here on, all that the system says of the file is what it says now.
  const frozen = fs.statSync(path, { bigint: true });
  vi.spyOn(fs, "statSync").mockReturnValue(frozen as never);
  vi.spyOn(fs, "fstatSync").mockReturnValue(frozen as never);
  const observed = await observeFile(path, memo);
  expect(await observed.isUnchanged()).toBe(true);
  await writeFile(path, "2");

  expect(await observed.isUnchanged()).toBe(false);
  expect(await digestOf(observeFile(path, memo))).toBe(expected("2"));
  expect([...memo.records]).toEqual([]);
});

test("a file with another content, but the size and the modification time that it had, is read again", async () => {
  const ws = await workspace();
  const path = await ws.write("a.txt", "1");
  const memo = new MapMemo();
  later();
  await utimes(path, 1_700_000_000, 1_700_000_000);
  const { mtimeMs, size } = await stat(path);
  expect(await digestOf(observeFile(path, memo))).toBe(expected("1"));
  expect(memo.records.size).toBe(1);
  await writeFile(path, "2");
  await utimes(path, 1_700_000_000, 1_700_000_000);

  expect(await stat(path)).toMatchObject({ mtimeMs, size });
  expect(await digestOf(observeFile(path, memo))).toBe(expected("2"));
});

test("what changes while it is read is read again, and counts as it then is", async () => {
  const ws = await workspace();
  const [before, after] = [new Uint8Array(3 * MIB).fill(1), new Uint8Array(3 * MIB).fill(2)];
  const path = await ws.write("a.txt", before);
  beforeRead(2, () => fs.writeFileSync(path, after));
  const observed = await observeFile(path);

  expect(toHex(observed.digest)).toBe(expected(after));
  expect(await observed.isUnchanged()).toBe(true);
});

test.each<readonly [string, (path: string, count: number) => void]>([
  ["is rewritten", (path, count) => fs.writeFileSync(path, String(count).repeat(10))],
  ["grows", (path) => fs.appendFileSync(path, "more")],
  ["shrinks", (path) => fs.truncateSync(path, Math.max(0, fs.statSync(path).size - 10))],
  ["is touched", (path, count) => fs.utimesSync(path, count, count)],
])("a file that %s each time it is read has a digest, and is never unchanged", async (_what, change) => {
  const ws = await workspace();
  const path = await ws.write("a.txt", "0".repeat(1_000));
  const memo = new MapMemo();
  later();
  beforeRead("each", (count) => change(path, count));
  const observed = await observeFile(path, memo);
  vi.restoreAllMocks();

  expect(observed.digest).toHaveLength(16);
  expect(await observed.isUnchanged()).toBe(false);
  expect([...memo.records]).toEqual([]);
});

test("where a file is unchanged in the end, what was read of it in between is what was hashed, whoever writes it meanwhile", async () => {
  const ws = await workspace();
  const size = 24 * MIB;
  const path = await ws.write("a.txt", new Uint8Array(size));
  await ws.write(
    "writer.ts",
    `import fs from "node:fs";
     const fd = fs.openSync(process.argv[2], "r+");
     const bytes = Buffer.alloc(${size});
     process.stdin.once("data", () => process.exit());
     let round = 0;
     function write() {
       bytes.fill(round % 256);
       round += 1;
       fs.writeSync(fd, bytes, 0, bytes.length, 0);
       if (round === 2) console.log("ready");
       setImmediate(write);
     }
     write();`,
  );
  const child = await ws.start("writer.ts", { args: [path] });
  for (let round = 0; round < 20; round += 1) {
    const observed = await observeFile(path);
    const body = await readFile(path);
    if (await observed.isUnchanged()) expect(toHex(observed.digest)).toBe(expected(body));
  }
  child.send("stop");
  await child.finished;

  const observed = await observeFile(path);
  expect(await observed.isUnchanged()).toBe(true);
  expect(toHex(observed.digest)).toBe(expected(await readFile(path)));
});
