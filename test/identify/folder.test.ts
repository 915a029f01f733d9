import fs from "node:fs";
import { chmod, mkdir, symlink, utimes } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { loadContentHasher } from "../../src/identify/content.ts";
import { observeFolder } from "../../src/identify/folder.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { asNobody, digestOf, makeFifo, makeSocket } from "./paths.ts";
import { folder, type ReferenceEntry } from "./reference.ts";

beforeAll(() => loadContentHasher());

/** Makes a folder of these members, and gives its path. Those of a folder come after it. */
async function make(ws: Workspace, name: string, entries: readonly ReferenceEntry[]): Promise<string> {
  await mkdir(ws.resolve(name), { recursive: true });
  for (const [path, member, mode] of entries) {
    const full = Buffer.concat([Buffer.from(`${ws.resolve(name)}/`), Buffer.from(path as string)]);
    if (member === "folder") await mkdir(full);
    else if (member instanceof Uint8Array)
      fs.writeFileSync(full, member, { mode: mode === "executable" ? 0o755 : 0o644 });
    else await symlink(member.link, full);
  }
  return ws.resolve(name);
}

const text = (content: string): Buffer => Buffer.from(content);

const TREE: readonly ReferenceEntry[] = [
  ["B", text("")],
  ["a", "folder"],
  ["a/b.sh", text("#!/bin/sh\n"), "executable"],
  ["a/empty", "folder"],
  ["a/link", { link: "../B" }],
  ["a-b", text("1")],
  ["é", text("2")],
  ["\uffee", text("3")],
  ["😀", text("4")],
];

test.each<readonly [string, readonly ReferenceEntry[], string]>([
  ["an empty folder", [], "66f125cc39a4920c5861d1164b951f42"],
  ["members of all kinds, in the order of their bytes", TREE, "9dd5d0e0f09810b9976df5a527110f2a"],
])("the digest of %s", async (_what, entries, expected) => {
  const ws = await workspace();

  expect(folder(entries).toString("hex")).toBe(expected);
  expect(await digestOf(observeFolder(await make(ws, "data", entries)))).toBe(expected);
});

test("names that are not UTF-8 are told apart, and their files read", async () => {
  const ws = await workspace();
  const odd = (first: string): ReferenceEntry[] => [
    ["plain", text("0")],
    [Buffer.from("\xfe", "latin1"), "folder"],
    [Buffer.from("\xfe/x", "latin1"), text("2")],
    [Buffer.from("\xfe/\xfd", "latin1"), text(first)],
    [Buffer.from("\xff", "latin1"), { link: "plain" }],
  ];

  expect(await digestOf(observeFolder(await make(ws, "one", odd("1"))))).toBe(folder(odd("1")).toString("hex"));
  expect(await digestOf(observeFolder(await make(ws, "two", odd("2"))))).toBe(folder(odd("2")).toString("hex"));
  const swapped = await make(ws, "three", [[Buffer.from("\xfe", "latin1"), text("1")]]);
  expect(await digestOf(observeFolder(swapped))).not.toBe(
    await digestOf(observeFolder(await make(ws, "four", [[Buffer.from("\xfd", "latin1"), text("1")]]))),
  );
});

test("names with line breaks, spaces and replacement characters are names like others", async () => {
  const ws = await workspace();
  const entries: ReferenceEntry[] = [
    ["\n", text("1")],
    [" ", text("2")],
    ["-rf", text("3")],
    ["\\", text("5")],
    ["a\nb", text("4")],
    ["\ufffd", text("6")],
  ];

  expect(await digestOf(observeFolder(await make(ws, "data", entries)))).toBe(folder(entries).toString("hex"));
});

test("a tree of 700 levels is read", async () => {
  const ws = await workspace();
  const paths = Array.from({ length: 700 }, (_, level) => "d/".repeat(level + 1).slice(0, -1));
  const entries: ReferenceEntry[] = paths.map((path) => [path, "folder"]);
  entries.push([`${paths.at(-1)}/f`, text("deep")]);

  expect(await digestOf(observeFolder(await make(ws, "data", entries)))).toBe(folder(entries).toString("hex"));
});

test("more files than one thread reads, and large ones among them, have the digest that each has by itself", async () => {
  const ws = await workspace();
  const entries: ReferenceEntry[] = Array.from({ length: 1_200 }, (_, i) => [
    `f${String(i).padStart(4, "0")}`,
    i % 600 === 599 ? new Uint8Array(9 * 1024 * 1024).fill(i) : text(`${i}`),
  ]);

  expect(await digestOf(observeFolder(await make(ws, "data", entries)))).toBe(folder(entries).toString("hex"));
});

test.each<readonly [string, readonly ReferenceEntry[]]>([
  ["content", [["f", text("2")]]],
  ["a name", [["g", text("1")]]],
  ["the executable bit", [["f", text("1"), "executable"]]],
  [
    "a file more",
    [
      ["f", text("1")],
      ["g", text("")],
    ],
  ],
  [
    "an empty folder more",
    [
      ["f", text("1")],
      ["g", "folder"],
    ],
  ],
  [
    "a folder around it",
    [
      ["d", "folder"],
      ["d/f", text("1")],
    ],
  ],
  ["a link in its place", [["f", { link: "1" }]]],
  ["a folder in its place", [["f", "folder"]]],
  ["nothing in its place", []],
])("what counts: %s", async (_what, entries) => {
  const ws = await workspace();
  const before = await digestOf(observeFolder(await make(ws, "before", [["f", text("1")]])));

  expect(await digestOf(observeFolder(await make(ws, "after", entries)))).not.toBe(before);
});

test.each<readonly [string, readonly ReferenceEntry[], readonly ReferenceEntry[]]>([
  ["the target of a link", [["l", { link: "a" }]], [["l", { link: "b" }]]],
  ["where a name ends", [["a", text("bc")]], [["ab", text("c")]]],
  [
    "which folder a file is in",
    [
      ["a", "folder"],
      ["a/f", text("")],
      ["b", "folder"],
    ],
    [
      ["a", "folder"],
      ["b", "folder"],
      ["b/f", text("")],
    ],
  ],
  [
    "a folder's name and a file beside it",
    [
      ["a", "folder"],
      ["a/b", text("")],
    ],
    [
      ["a", "folder"],
      ["a-b", text("")],
    ],
  ],
  [
    "which file has which content",
    [
      ["a", text("1")],
      ["b", text("2")],
    ],
    [
      ["a", text("2")],
      ["b", text("1")],
    ],
  ],
])("told apart: %s", async (_what, one, other) => {
  const ws = await workspace();

  expect(await digestOf(observeFolder(await make(ws, "one", one)))).not.toBe(
    await digestOf(observeFolder(await make(ws, "other", other))),
  );
});

test("place, name of the folder, times, other permissions and what links lead to do not count", async () => {
  const ws = await workspace();
  const entries: ReferenceEntry[] = [
    ["f", text("1")],
    ["l", { link: "../outside" }],
  ];
  const expected = await digestOf(observeFolder(await make(ws, "one", entries)));
  const other = await make(ws, "deep/two", entries);
  await utimes(`${other}/f`, 1, 1);
  await chmod(`${other}/f`, 0o604);
  await ws.write("outside", "now it leads somewhere");
  await symlink("deep/two", ws.resolve("link"));

  expect(await digestOf(observeFolder(other))).toBe(expected);
  expect(await digestOf(observeFolder(`${other}/`))).toBe(expected);
  expect(await digestOf(observeFolder(ws.resolve("link")))).toBe(expected);
});

test("links within a folder may lead nowhere, to themselves or around in circles", async () => {
  const ws = await workspace();
  const entries: ReferenceEntry[] = [
    ["broken", { link: "no/where" }],
    ["circle", { link: "." }],
    ["self", { link: "self" }],
  ];

  expect(await digestOf(observeFolder(await make(ws, "data", entries)))).toBe(folder(entries).toString("hex"));
});

test("what is missing, no folder, or leads nowhere is an error that names it as it was given", async () => {
  const ws = await workspace();
  await ws.write("file", "1");
  await symlink("nowhere", ws.resolve("broken"));
  await symlink("loop", ws.resolve("loop"));
  await makeFifo(ws.resolve("fifo"));

  for (const name of ["missing", "broken", "file/below"]) {
    await expect(observeFolder(ws.resolve(name))).rejects.toMatchObject({
      code: "E_FILE_NOT_FOUND",
      message: `File does not exist: "${ws.resolve(name)}"`,
    });
  }
  await expect(observeFolder("no/such")).rejects.toMatchObject({ message: 'File does not exist: "no/such"' });
  await expect(observeFolder(ws.resolve("loop"))).rejects.toMatchObject({ code: "E_FILE_UNREADABLE" });
  await expect(observeFolder(ws.resolve("file"))).rejects.toMatchObject({ code: "E_FILE_KIND" });
  await expect(observeFolder(ws.resolve("fifo"))).rejects.toMatchObject({ code: "E_FILE_KIND" });
});

test.each<readonly [string, (path: string) => Promise<void>]>([
  ["a FIFO", makeFifo],
  ["a socket", makeSocket],
])("%s in a folder is an error that names it", async (what, create) => {
  const ws = await workspace();
  await make(ws, "data", [
    ["f", text("1")],
    ["sub", "folder"],
  ]);
  await create(ws.resolve("data/sub/odd"));

  const observing = observeFolder(ws.resolve("data"));
  await expect(observing).rejects.toMatchObject({ name: "ScalableError", code: "E_FILE_KIND" });
  await expect(observing).rejects.toThrow(`"${ws.resolve("data/sub/odd")}" is ${what}`);
});

test("a file or folder in it that may not be read is an error that names it", async () => {
  const ws = await workspace();
  const data = await make(ws, "data", [
    ["f", text("1")],
    ["sub", "folder"],
    ["sub/g", text("2")],
  ]);
  await ws.write(
    "read.mjs",
    `import { cacheable, DirType } from "scalable";
     const read = cacheable({ args: { folder: DirType } }, function read(folder) { return folder; });
     await read.key(process.argv[2]).catch((error) => console.log(error.name, error.code, error.message));`,
  );
  const unreadable = (name: string): string =>
    `ScalableError E_FILE_UNREADABLE File cannot be read: "${ws.resolve("data", name)}" (permission denied)\n`;

  expect(await asNobody(ws, "read.mjs", [data])).toBe("");
  await chmod(`${data}/sub/g`, 0o000);
  expect(await asNobody(ws, "read.mjs", [data])).toBe(unreadable("sub/g"));
  await chmod(`${data}/sub`, 0o000);
  expect(await asNobody(ws, "read.mjs", [data])).toBe(unreadable("sub"));
  await chmod(data, 0o000);
  expect(await asNobody(ws, "read.mjs", [data])).toBe(unreadable(""));
});
