import { symlink } from "node:fs/promises";
import { Cache, cacheable, ScalableError } from "scalable";
import { expect, onTestFinished, test } from "vitest";
import { isFolder } from "../../src/identify/inputs.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";

function keyWith(
  ws: Workspace,
  inputs: readonly string[] | ((name: string) => readonly string[]),
): (name: string) => Promise<string> {
  const cache = new Cache(ws.resolve("cache"));
  onTestFinished(() => cache.close());
  const cached = cacheable({ cache, name: "f", inputs }, identity);
  return (name) => cached.key(name);
}
const identity = (name: string): string => name;

test("a link counts as what it leads to", async () => {
  const ws = await workspace();
  const file = await ws.write("file", "1");
  await symlink(".", ws.resolve("link"));

  expect([file, ws.path, ws.resolve("link")].map(isFolder)).toEqual([false, true, true]);
});

test.each(["no/such", "package.json/below", "a\0b", ""])("what is not there is an error: %j", (path) => {
  expect(() => isFolder(path)).toThrow(ScalableError);
});

test("the content of each input counts, and their order", async () => {
  const ws = await workspace();
  const [a, b] = [await ws.write("a", "1"), await ws.write("sub/b", "2")];
  const before = await keyWith(ws, [a, ws.resolve("sub")])("x");

  expect(await keyWith(ws, [a, ws.resolve("sub")])("x")).toBe(before);
  expect(await keyWith(ws, [ws.resolve("sub"), a])("x")).not.toBe(before);
  expect(await keyWith(ws, [a])("x")).not.toBe(before);
  expect(await keyWith(ws, [a, b])("x")).not.toBe(before);
  await ws.write("sub/b", "3");
  expect(await keyWith(ws, [a, ws.resolve("sub")])("x")).not.toBe(before);
});

test("inputs may be named by the arguments", async () => {
  const ws = await workspace();
  await ws.write("one", "1");
  await ws.write("two", "2");
  const keyOf = keyWith(ws, (name) => [ws.resolve(name)]);
  const before = [await keyOf("one"), await keyOf("two")];
  await ws.write("two", "3");

  expect(await keyOf("one")).toBe(before[0]);
  expect(await keyOf("two")).not.toBe(before[1]);
});

test("a missing input is an error that names it", async () => {
  const ws = await workspace();
  await expect(keyWith(ws, ["no/such"])("x")).rejects.toMatchObject({
    code: "E_FILE_NOT_FOUND",
    message: 'File does not exist: "no/such"',
  });
});
