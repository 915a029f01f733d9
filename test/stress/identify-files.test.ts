import fs from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { loadContentHasher } from "../../src/identify/content.ts";
import { observeFolder } from "../../src/identify/folder.ts";
import { digestOf, MapMemo } from "../identify/paths.ts";
import { folder, type ReferenceEntry } from "../identify/reference.ts";
import { Workspace } from "../rig/workspace.ts";

const FOLDERS = 100;
const FILES = 1_000;

let ws: Workspace;
const entries: ReferenceEntry[] = [];

beforeAll(async () => {
  await loadContentHasher();
  ws = await Workspace.create();
  fs.mkdirSync(ws.resolve("data"));
  for (let d = 0; d < FOLDERS; d += 1) {
    const name = `d${String(d).padStart(2, "0")}`;
    fs.mkdirSync(ws.resolve("data", name));
    entries.push([name, "folder"]);
    for (let f = 0; f < FILES; f += 1) {
      const path = `${name}/f${String(f).padStart(3, "0")}`;
      const content = Buffer.from(`content of ${path}`);
      fs.writeFileSync(ws.resolve("data", path), content);
      entries.push([path, content]);
    }
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => ws.remove());

test("100,000 files have the digest that the document says, with a memo and without", async () => {
  const expected = folder(entries).toString("hex");
  const memo = new MapMemo();

  expect(await digestOf(observeFolder(ws.resolve("data"), memo))).toBe(expected);
  const now = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => now() + 60_000);
  expect(await digestOf(observeFolder(ws.resolve("data"), memo))).toBe(expected);
  const opened = vi.spyOn(fs, "openSync");
  expect(await digestOf(observeFolder(ws.resolve("data"), memo))).toBe(expected);
  expect(opened).not.toHaveBeenCalled();
});

test("one byte in one of 100,000 files makes another digest, and the memo knows", async () => {
  const memo = new MapMemo();
  const now = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => now() + 60_000);
  const observed = await observeFolder(ws.resolve("data"), memo);
  fs.writeFileSync(ws.resolve("data/d77/f777"), "Content of d77/f777");
  const changed = entries.map(
    (entry): ReferenceEntry => (entry[0] === "d77/f777" ? [entry[0], Buffer.from("Content of d77/f777")] : entry),
  );

  expect(await observed.isUnchanged()).toBe(false);
  expect(await digestOf(observeFolder(ws.resolve("data"), memo))).toBe(folder(changed).toString("hex"));
});
