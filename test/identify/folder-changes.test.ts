import fs from "node:fs";
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { loadContentHasher } from "../../src/identify/content.ts";
import { observeFolder } from "../../src/identify/folder.ts";
import { toHex } from "../../src/identify/hasher.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { digestOf, MapMemo } from "./paths.ts";

beforeAll(() => loadContentHasher());
afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets the clock say that all files were written long ago. */
function later(): void {
  const now = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => now() + 60_000);
}

async function make(ws: Workspace, name = "data"): Promise<string> {
  await ws.write(`${name}/a`, "1");
  await ws.write(`${name}/sub/b`, "2");
  await ws.write(`${name}/sub/c`, "3");
  await mkdir(ws.resolve(name, "empty"));
  await symlink("a", ws.resolve(name, "link"));
  return ws.resolve(name);
}

/** Does something before a call of a function of `node:fs`, the n-th with a path that ends so. */
function before(
  call: "lstatSync" | "readdirSync" | "openSync",
  [n, ending]: [number, string],
  action: () => void,
): void {
  const original = fs[call] as (...args: unknown[]) => unknown;
  let count = 0;
  vi.spyOn(fs, call).mockImplementation(((...args: unknown[]) => {
    if (String(args[0]).endsWith(ending)) {
      count += 1;
      if (count === n) action();
    }
    return original(...args);
  }) as never);
}

const CHANGES: readonly (readonly [string, (data: string) => Promise<unknown>])[] = [
  ["content", (data) => writeFile(`${data}/sub/b`, "9")],
  [
    "content of the same size and time",
    async (data) => {
      const { atime, mtime } = fs.statSync(`${data}/sub/b`);
      await writeFile(`${data}/sub/b`, "9");
      await utimes(`${data}/sub/b`, atime, mtime);
    },
  ],
  ["the executable bit", (data) => chmod(`${data}/sub/b`, 0o755)],
  ["a file more", (data) => writeFile(`${data}/sub/d`, "4")],
  ["a file less", (data) => rm(`${data}/sub/b`)],
  ["an empty folder more", (data) => mkdir(`${data}/sub/d`)],
  ["an empty folder less", (data) => rm(`${data}/empty`, { recursive: true })],
  ["a file's name", (data) => rename(`${data}/a`, `${data}/A`)],
  ["a folder's name", (data) => rename(`${data}/sub`, `${data}/sub2`)],
  [
    "two files exchanged",
    async (data) => {
      await rename(`${data}/sub/b`, `${data}/tmp`);
      await rename(`${data}/sub/c`, `${data}/sub/b`);
      await rename(`${data}/tmp`, `${data}/sub/c`);
    },
  ],
  [
    "the target of a link",
    async (data) => {
      await rm(`${data}/link`);
      await symlink("b", `${data}/link`);
    },
  ],
  [
    "a file in the place of a folder",
    async (data) => {
      await rm(`${data}/empty`, { recursive: true });
      await writeFile(`${data}/empty`, "");
    },
  ],
];

test.each(CHANGES)(
  "a folder in which something changed is not unchanged, and its digest with a memo is that without: %s",
  async (_what, change) => {
    const ws = await workspace();
    const data = await make(ws);
    const memo = new MapMemo();
    later();
    const observed = await observeFolder(data, memo);
    expect(await observed.isUnchanged()).toBe(true);
    await change(data);
    vi.restoreAllMocks();

    expect(await observed.isUnchanged()).toBe(false);
    const fresh = await digestOf(observeFolder(data));
    expect(fresh).not.toBe(toHex(observed.digest));
    expect(await digestOf(observeFolder(data, memo))).toBe(fresh);
    later();
    expect(await digestOf(observeFolder(data, memo))).toBe(fresh);
    expect(await digestOf(observeFolder(data, memo))).toBe(fresh);
  },
);

test.each<readonly [string, (data: string) => Promise<unknown>]>([
  ["a file rewritten with the same content", (data) => writeFile(`${data}/a`, "1")],
  ["a file touched", (data) => utimes(`${data}/a`, 1, 1)],
  ["the folder removed", (data) => rm(data, { recursive: true })],
  [
    "the folder replaced by a file",
    async (data) => {
      await rm(data, { recursive: true });
      await writeFile(data, "");
    },
  ],
])("not unchanged either: %s", async (_what, change) => {
  const ws = await workspace();
  const data = await make(ws);
  const observed = await observeFolder(data);
  await change(data);

  expect(await observed.isUnchanged()).toBe(false);
});

test("a file that was rewritten within one tick of the clock is read again", async () => {
  const ws = await workspace();
  const data = await make(ws);
  const memo = new MapMemo();
  // A clock that stands still: what the system says of a file is what it said at first.
  const stamps = new Map<string, unknown>();
  const lstat = fs.lstatSync as (...args: unknown[]) => unknown;
  const frozen = (...args: unknown[]): unknown => {
    const path = String(args[0]);
    if (!stamps.has(path)) stamps.set(path, lstat(...args));
    return stamps.get(path);
  };
  vi.spyOn(fs, "lstatSync").mockImplementation(frozen as never);
  vi.spyOn(fs, "fstatSync").mockImplementation(((fd: number) =>
    frozen(fs.readlinkSync(`/proc/self/fd/${fd}`), { bigint: true })) as never);
  const observed = await observeFolder(data, memo);
  expect(await observed.isUnchanged()).toBe(true);
  await writeFile(`${data}/sub/b`, "9");

  expect(await observed.isUnchanged()).toBe(false);
  expect(await digestOf(observeFolder(data, memo))).not.toBe(toHex(observed.digest));
});

test("a file that changes after it was listed is listed and read again", async () => {
  const ws = await workspace();
  const data = await make(ws);
  before("openSync", [1, "sub/b"], () => fs.writeFileSync(`${data}/sub/b`, "changed"));
  const observed = await observeFolder(data);
  vi.restoreAllMocks();

  expect(await observed.isUnchanged()).toBe(true);
  expect(toHex(observed.digest)).toBe(await digestOf(observeFolder(data)));
});

test("a file that changes each time has a digest, and the folder is never unchanged", async () => {
  const ws = await workspace();
  const data = await make(ws);
  const memo = new MapMemo();
  later();
  const read = fs.readSync;
  let round = 0;
  vi.spyOn(fs, "readSync").mockImplementation(((...args: Parameters<typeof fs.readSync>) => {
    round += 1;
    fs.appendFileSync(`${data}/sub/b`, String(round));
    return read(...args);
  }) as typeof fs.readSync);
  const observed = await observeFolder(data, memo);
  vi.restoreAllMocks();

  expect(observed.digest).toHaveLength(16);
  expect(await observed.isUnchanged()).toBe(false);
  expect([...memo.records]).toEqual([]);
});

test.each<readonly [string, "lstatSync" | "readdirSync" | "openSync", string, (data: string) => void]>([
  ["a file vanishes before it is looked at", "lstatSync", "sub/b", (data) => fs.rmSync(`${data}/sub/b`)],
  ["a file vanishes before it is read", "openSync", "sub/b", (data) => fs.rmSync(`${data}/sub/b`)],
  [
    "a folder vanishes before it is listed",
    "readdirSync",
    "/sub",
    (data) => fs.rmSync(`${data}/sub`, { recursive: true }),
  ],
  [
    "a folder becomes a file before it is listed",
    "readdirSync",
    "/sub",
    (data) => {
      fs.rmSync(`${data}/sub`, { recursive: true });
      fs.writeFileSync(`${data}/sub`, "file");
    },
  ],
  [
    "a file becomes a folder before it is read",
    "openSync",
    "sub/b",
    (data) => {
      fs.rmSync(`${data}/sub/b`);
      fs.mkdirSync(`${data}/sub/b`);
    },
  ],
  [
    "a file becomes a link before it is read",
    "openSync",
    "sub/b",
    (data) => {
      fs.rmSync(`${data}/sub/b`);
      fs.symlinkSync("c", `${data}/sub/b`);
    },
  ],
])("%s: the folder is read as it then is", async (_what, call, path, change) => {
  const ws = await workspace();
  const data = await make(ws);
  before(call, [1, path], () => change(data));
  const observed = await observeFolder(data);
  vi.restoreAllMocks();

  expect(toHex(observed.digest)).toBe(await digestOf(observeFolder(data)));
  expect(await observed.isUnchanged()).toBe(true);
});

test("a folder that vanishes while it is read is an error", async () => {
  const ws = await workspace();
  const data = await make(ws);
  before("readdirSync", [1, "/data"], () => fs.rmSync(data, { recursive: true }));

  await expect(observeFolder(data)).rejects.toMatchObject({
    code: "E_FILE_NOT_FOUND",
    message: `File does not exist: "${data}"`,
  });
});
