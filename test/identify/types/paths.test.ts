import path from "node:path";
import { pathToFileURL } from "node:url";
import { Cache, cacheable, DirType, FileType, type PathType } from "scalable";
import { expect, test } from "vitest";
import { resolveType } from "../../../src/identify/types/resolve.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";

const SITE = { functionName: "run", parameter: "x" };
const identity = (x: unknown): unknown => x;

function keys(type: PathType, ws?: Workspace): (value: unknown) => Promise<string> {
  const cache = new Cache(ws?.resolve("cache") ?? "unused");
  const cached = cacheable({ cache, code: "name", name: "f", args: { x: type } }, identity);
  return (value) => cached.key(value);
}

test.each<readonly [string, PathType, string]>([
  ["file", FileType, "the path of a file (text, or a file: URL)"],
  ["folder", DirType, "the path of a folder (text, or a file: URL)"],
])("a path is text or a file: URL, and anything else is refused: %s", (_what, type, expected) => {
  const resolved = resolveType(type, "args.x");
  expect(resolved.coerce("a/../b", SITE)).toBe("a/../b");
  expect(resolved.coerce(new URL("file:///a%20b"), SITE)).toBe("/a b");

  const others = [
    "",
    "a\0b",
    1,
    null,
    {},
    [],
    Buffer.from("a"),
    new URL("http://a/"),
    new URL("file://host/a"),
    new URL("file:///a%00b"),
    new Object("a"),
  ];
  for (const value of others) {
    expect(() => resolved.coerce(value, SITE)).toThrow(`run: the argument "x" must be ${expected}`);
    expect(() => resolved.coerce(value, SITE)).toThrow(expect.objectContaining({ code: "E_ARGUMENT_TYPE" }));
  }
});

test("content and base name make the key; the place, and how it is written, do not", async () => {
  const ws = await workspace();
  await ws.write("one/a.txt", "1");
  await ws.write("two/a.txt", "1");
  await ws.write("two/b.txt", "1");
  await ws.write("three/a.txt", "2");
  const keyOf = keys(FileType, ws);
  const expected = await keyOf(ws.resolve("one/a.txt"));

  expect(await keyOf(ws.resolve("two/a.txt"))).toBe(expected);
  expect(await keyOf(pathToFileURL(ws.resolve("one/a.txt")))).toBe(expected);
  expect(await keyOf(path.relative(process.cwd(), ws.resolve("one/a.txt")))).toBe(expected);
  expect(await keyOf(`${ws.path}/one/../one//a.txt`)).toBe(expected);
  expect(await keyOf(ws.resolve("two/b.txt"))).not.toBe(expected);
  expect(await keyOf(ws.resolve("three/a.txt"))).not.toBe(expected);
});

test("a path is not its text: the same path is another call when the content changes", async () => {
  const ws = await workspace();
  const file = await ws.write("data/a.txt", "1");
  const before = [await keys(FileType, ws)(file), await keys(DirType, ws)(ws.resolve("data"))];
  await ws.write("data/a.txt", "2");

  expect(await keys(FileType, ws)(file)).not.toBe(before[0]);
  expect(await keys(DirType, ws)(ws.resolve("data"))).not.toBe(before[1]);
});

test("a missing path is an error that names it as it was given", async () => {
  await expect(keys(FileType)("no/such.txt")).rejects.toMatchObject({
    code: "E_FILE_NOT_FOUND",
    message: 'File does not exist: "no/such.txt"',
    details: { path: "no/such.txt" },
  });
  await expect(keys(DirType)("no/such")).rejects.toMatchObject({ message: 'File does not exist: "no/such"' });
});

test("a file for a folder and a folder for a file are refused with a hint", async () => {
  const ws = await workspace();
  const file = await ws.write("a.txt", "1");

  await expect(keys(FileType, ws)(ws.path)).rejects.toMatchObject({
    code: "E_FILE_KIND",
    message: `"${ws.path}" is a folder, not a file; declare it as DirType.`,
  });
  await expect(keys(DirType, ws)(file)).rejects.toMatchObject({
    code: "E_FILE_KIND",
    message: `"${file}" is a file, not a folder; declare it as FileType.`,
  });
});
