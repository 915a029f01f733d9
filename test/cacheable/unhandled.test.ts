import { expect, test } from "vitest";
import { type Workspace, workspace } from "../rig/workspace.ts";

// A rejection that nobody handles ends a process. Each script here handles what it was given, and only that.

async function run(ws: Workspace, source: string): Promise<string> {
  await ws.write(
    "main.ts",
    `import { cacheable, FileType, Ignore, onEvent } from "scalable";
     const refused = { "~standard": { version: 1, vendor: "test", validate: async () => ({ issues: [{ message: "refused" }] }) } } as const;
     const told = async (call: Promise<unknown>) => console.log(await call.then(() => "fulfilled", (error) => error.code ?? error.message));
     ${source}
     // Node.js tells of rejections that nobody handled before this.
     await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
     console.log("lives");`,
  );
  const result = await ws.run("main.ts");
  return result.stdout + result.stderr;
}

test("arguments that fail in two ways: one is told, the other is not left unhandled", async () => {
  const ws = await workspace();

  const output = await run(
    ws,
    `const both = cacheable({ args: { a: refused, b: Number } }, async function both(a: unknown, b: unknown) {});
     await told(both(1, "x"));
     await told(both(1, 2));
     const files = cacheable({ args: { a: FileType, b: undefined } }, async function files(a: string, b: unknown) {});
     await told(files("missing", () => 1));
     await told(files("missing", 1));
     const inputs = cacheable({ inputs: ["missing", "missing too"] }, async function inputs(a: unknown) {});
     await told(inputs(1));
     await told(inputs(() => 1));`,
  );

  expect(output.split("\n")).toEqual([
    "E_ARGUMENT_TYPE",
    "E_ARGUMENT_TYPE",
    "E_ARGUMENT_UNHASHABLE",
    "E_FILE_NOT_FOUND",
    "E_FILE_NOT_FOUND",
    "E_ARGUMENT_UNHASHABLE",
    "lives",
    "",
  ]);
});

test("parts and list members of which an earlier one waits and a later one fails at once", async () => {
  const ws = await workspace();

  const output = await run(
    ws,
    `const parts = cacheable({ args: { run: { config: FileType } } }, async function parts(run: unknown) {});
     await told(parts({ config: "missing", p: () => 1 }));
     const waiting = cacheable({ args: { run: { a: refused, b: Number } } }, async function waiting(run: unknown) {});
     await told(waiting({ a: 1, b: "x" }));
     const list = cacheable({ args: { files: [FileType] } }, async function list(files: unknown) {});
     await told(list(["missing", 5]));
     const mixed = cacheable({ args: { runs: [{ file: FileType }] } }, async function mixed(runs: unknown) {});
     await told(mixed([{ file: "missing" }, { file: "missing", p: () => 1 }]));`,
  );

  expect(output.split("\n")).toEqual([
    "E_ARGUMENT_UNHASHABLE",
    "E_ARGUMENT_TYPE",
    "E_ARGUMENT_TYPE",
    "E_ARGUMENT_UNHASHABLE",
    "lives",
    "",
  ]);
});

test("the same in a process whose hash is still loading", async () => {
  const ws = await workspace();

  const output = await run(
    ws,
    `const both = cacheable({ args: { a: refused, b: Number } }, async function both(a: unknown, b: unknown) {});
     const files = cacheable({ args: { a: FileType, b: undefined } }, async function files(a: string, b: unknown) {});
     await Promise.all([told(both(1, "x")), told(both(1, 2)), told(files("missing", () => 1))]);`,
  );

  expect(output).toBe("E_ARGUMENT_TYPE\nE_ARGUMENT_TYPE\nE_ARGUMENT_UNHASHABLE\nlives\n");
});

test("a call that fails while others wait for it", async () => {
  const ws = await workspace();

  const output = await run(
    ws,
    `const failing = cacheable(async function failing(x: number) { throw new Error("failed"); });
     await Promise.all([told(failing(1)), told(failing(1)), told(failing(1))]);
     await told(failing.recompute(1));`,
  );

  expect(output).toBe("failed\nfailed\nfailed\nfailed\nlives\n");
});

test("guarded arguments whose file goes away while the function runs", async () => {
  const ws = await workspace();
  await ws.write("config.json", "{}");

  const output = await run(
    ws,
    `import { rmSync } from "node:fs";
     class Params { x = 1; }
     const job = cacheable({ args: { job: { config: FileType, params: Params } } }, async function job(job: unknown) {
       rmSync("config.json");
       return 1;
     });
     await told(job({ config: "config.json", params: new Params() }));`,
  );

  expect(output).toMatch(/fulfilled\nlives\n/);
  expect(output).toMatch(/warning: .*job was not stored/);
});
