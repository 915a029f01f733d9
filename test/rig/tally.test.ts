import { createRequire } from "node:module";
import path from "node:path";
import { expect, test } from "vitest";
import { Child } from "./child.ts";
import { workspace } from "./workspace.ts";

const VITEST = path.join(path.dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const TALLY = path.join(import.meta.dirname, "tally.ts");

const passing = `import { test } from "vitest"; test("a", () => {}); test("b", () => {});`;
const failing = `import { test } from "vitest"; test("a", () => { throw new Error("no"); }); test.skip("b", () => {});`;
const unloadable = `throw new Error("while loading");`;
const badHook = `import { beforeAll, test } from "vitest"; beforeAll(() => { throw new Error("no"); }); test("a", () => {});`;
const stray = `import { test } from "vitest";
  test("a", () => new Promise((resolve) => { setImmediate(() => { setImmediate(resolve); throw new Error("stray"); }); }));`;

test.each([
  ["all pass", { "a.test.ts": passing }, 0, "2 passed, 0 failed"],
  ["one fails, one is skipped", { "a.test.ts": passing, "b.test.ts": failing }, 1, "2 passed, 1 failed, 1 skipped"],
  ["a file cannot be loaded", { "a.test.ts": passing, "b.test.ts": unloadable }, 1, "2 passed, 1 failed"],
  ["a hook fails", { "a.test.ts": badHook }, 1, "0 passed, 1 failed, 1 skipped"],
  ["an error outside of any test", { "a.test.ts": stray }, 1, "1 passed, 1 failed"],
  ["no test is found", {}, 1, "0 passed, 1 failed"],
])("the last line counts the tests: %s", async (_case, files, code, line) => {
  const ws = await workspace();
  await ws.write("vitest.config.ts", "export default {};");
  for (const [file, text] of Object.entries(files)) await ws.write(file, text);

  const args = ["run", "--root", ws.path, "--reporter", "default", "--reporter", TALLY];
  const child = await Child.start(VITEST, args, { cwd: ws.path, input: "" });
  const result = await child.finished;

  expect(result.stdout.split("\n").slice(-2)).toEqual([line, ""]);
  expect(result.code).toBe(code);
});
