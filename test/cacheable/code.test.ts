import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { type Workspace, workspace } from "../rig/workspace.ts";

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;

const HELPER = "export const share = (x: number): number => x * 2;\n";
const OTHER_HELPER = "export const share = (x: number): number => x * 3;\n";
const MODEL = `import { cacheable } from "scalable";
import { share } from "./helper.ts";
export const run = cacheable(async function run(x: number) { return share(x); });
`;
const MAIN = `import { run } from "./model.ts";
console.log(JSON.stringify([await run.key(1), await run(1)]));
`;

async function project(files: Readonly<Record<string, string>> = {}): Promise<Workspace> {
  const ws = await workspace();
  for (const [name, text] of Object.entries({ "helper.ts": HELPER, "model.ts": MODEL, "main.ts": MAIN, ...files })) {
    await ws.write(name, text);
  }
  return ws;
}

/** What a script prints as JSON. Fails where it says anything else than `stderr`. */
async function printed(
  ws: Workspace,
  script: string,
  { stderr = "", tsx = false }: { readonly stderr?: unknown; readonly tsx?: boolean } = {},
): Promise<unknown> {
  const result = await ws.run(script, tsx ? { nodeOptions: ["--import", TSX] } : {});
  expect(result).toMatchObject({ code: 0, stderr });
  return JSON.parse(result.stdout);
}

test("an edit of a helper in another file makes a miss, and going back a hit", async () => {
  const ws = await project();
  const first = await printed(ws, "main.ts");
  await ws.write("helper.ts", OTHER_HELPER);
  const second = await printed(ws, "main.ts");
  await ws.write("helper.ts", `// as before\n${HELPER}`);
  const third = await printed(ws, "main.ts");

  expect(first).toEqual([expect.any(String), 2]);
  expect(second).toEqual([expect.any(String), 3]);
  expect(third).toEqual(first);
  expect((second as unknown[])[0]).not.toBe((first as unknown[])[0]);
});

const REWRITES = `import { writeFileSync } from "node:fs";
import { run } from "./model.ts";
await new Promise((resolve) => setTimeout(resolve, 50));
writeFileSync("helper.ts", ${JSON.stringify(OTHER_HELPER)});
console.log(JSON.stringify([await run.key(1), await run(1)]));
`;

test("what runs counts: a file that is written after it was loaded leaves the key as it is", async () => {
  const ws = await project({ "rewrites.ts": REWRITES });
  const before = await printed(ws, "main.ts");
  const meanwhile = await printed(ws, "rewrites.ts");
  const after = await printed(ws, "main.ts");

  expect(meanwhile).toEqual(before);
  expect(after).toEqual([expect.any(String), 3]);
});

test("the same where a compiler hides what was loaded: nothing is shared, and a warning says so", async () => {
  const ws = await project({ "rewrites.ts": REWRITES });
  const [before] = (await printed(ws, "main.ts", { tsx: true })) as [string, number];
  const [meanwhile, value] = (await printed(ws, "rewrites.ts", {
    tsx: true,
    stderr: expect.stringMatching(
      /^scalable: warning: helper\.ts:1: the file was written after this process had begun/,
    ),
  })) as [string, number];
  const [after, fresh] = (await printed(ws, "main.ts", { tsx: true })) as [string, number];

  expect([value, fresh]).toEqual([2, 3]);
  expect(new Set([before, meanwhile, after]).size).toBe(3);
});

test("a module that is loaded while the function runs, and was changed before: returned, not stored", async () => {
  const ws = await project({
    "model.ts": `import { writeFileSync } from "node:fs";
import { cacheable } from "scalable";
export const run = cacheable(async function run(x: number) {
  writeFileSync("helper.ts", ${JSON.stringify(OTHER_HELPER)});
  const { share } = await import("./helper.ts");
  return share(x);
});
`,
  });
  const [, value] = (await printed(ws, "main.ts", {
    stderr: expect.stringContaining("helper.ts, which it may load while it runs, was changed"),
  })) as [string, number];

  expect(value).toBe(3);
  await ws.write("ask.ts", `import { run } from "./model.ts";\nconsole.log(JSON.stringify(await run.has(1)));\n`);
  await ws.write("helper.ts", HELPER);
  expect(await printed(ws, "ask.ts")).toBe(false);
});

test("two functions under one name at the top of a module are refused, with their lines", async () => {
  const ws = await project({
    "main.ts": `import { cacheable } from "scalable";
const one = cacheable({ name: "same" }, async (x: number) => x + 1);
const two = cacheable({ name: "same" }, async (x: number) => x + 2);
console.log(JSON.stringify(await Promise.all([one, two].map((f) => f(1).catch((error) => [error.code, error.message])))));
`,
  });
  const ends = (await printed(ws, "main.ts")) as [string, string][];

  for (const [code, message] of ends) {
    expect(code).toBe("E_FUNCTION");
    expect(message).toMatch(/main\.ts makes two functions cacheable under the name "same", in lines 2 and 3/);
  }
});

test("functions of one name in several functions are told apart by their text", async () => {
  const ws = await project({
    "main.ts": `import { cacheable } from "scalable";
const HALF = 2, THIRD = 3;
function first() { return cacheable(async function f(x: number) { return x / HALF; }); }
function second() { return cacheable(async function f(x: number) { return x / THIRD; }); }
console.log(JSON.stringify([await first()(6), await second()(6)]));
`,
  });

  expect(await printed(ws, "main.ts")).toEqual([3, 2]);
});

test("dependsOn: files and functions count, and say what the text does not show", async () => {
  const model = (dependsOn: string): string => `import { cacheable } from "scalable";
import { share } from "./helper.ts";
const names = ["./helper.ts"];
export const run = cacheable({ dependsOn: ${dependsOn} }, async function run(x: number) {
  return (await import(names[0]!)).share(x);
});
void share;
`;
  for (const dependsOn of ['["./helper.ts"]', "[share]"]) {
    const ws = await project({ "model.ts": model(dependsOn) });
    const [before, value] = (await printed(ws, "main.ts")) as [string, number];
    await ws.write("helper.ts", OTHER_HELPER);
    const [after, fresh] = (await printed(ws, "main.ts")) as [string, number];

    expect([value, fresh]).toEqual([2, 3]);
    expect(after).not.toBe(before);
  }
  const without = await project({ "model.ts": model("[]") });
  await printed(without, "main.ts", {
    stderr: expect.stringMatching(/^scalable: warning: model\.ts:5: which module is imported/),
  });
});

test("dependsOn: another cacheable, with its own options", async () => {
  const ws = await project({
    "model.ts": `import { cacheable } from "scalable";
import { share } from "./helper.ts";
const inner = cacheable({ name: "inner" }, async (x: number) => share(x));
const all: Record<string, typeof inner> = { inner };
export const run = cacheable({ dependsOn: [inner] }, async function run(x: number) { return (globalThis as any).all.inner(x); });
(globalThis as any).all = all;
`,
  });
  const [before] = (await printed(ws, "main.ts")) as [string, number];
  await ws.write("helper.ts", OTHER_HELPER);
  const [after] = (await printed(ws, "main.ts")) as [string, number];

  expect(after).not.toBe(before);
});

test("dependsOn that cannot be meant is refused", async () => {
  const ws = await project({
    "main.ts": `import { cacheable } from "scalable";
const said = [];
for (const options of [{ dependsOn: "helper.ts" }, { dependsOn: [1] }, { dependsOn: ["./helper.ts"], code: "name" }]) {
  try { cacheable(options as object, async function f() {}); } catch (error) { said.push(error.code + " " + error.details.setting); }
}
const lost = cacheable({ dependsOn: [() => 1] }, async function lost() {});
said.push(await lost().catch((error) => error.code + " " + error.details.setting));
console.log(JSON.stringify(said));
`,
  });

  expect(await printed(ws, "main.ts")).toEqual(new Array(4).fill("E_SETTING dependsOn"));
});

test("a function that is in no file: its own text counts, and a warning says so", async () => {
  const ws = await project({
    "main.ts": `import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";
import * as scalable from "scalable";
const make = runInThisContext("(cacheable, name) => cacheable({ name: name + '!' }, async (x) => x * 2)");
console.log(JSON.stringify(await make(scalable.cacheable, "double")(2)));
`,
  });

  expect(
    await printed(ws, "main.ts", {
      stderr: expect.stringMatching(/^scalable: warning: The source text of double! was not found/),
    }),
  ).toBe(4);
});

test("what is remembered of code and damaged, or written by others, leaves the keys as they are", async () => {
  const ws = await project();
  // Files that were written just now are not remembered.
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  const first = await printed(ws, "main.ts");
  await ws.write(
    "damage.ts",
    `import { DatabaseSync } from "node:sqlite";
const db = new DatabaseSync("cache/cache.db");
console.log(JSON.stringify(db.prepare("SELECT count(*) AS n FROM memo WHERE name LIKE 'closure%' OR name LIKE 'module%'").get().n));
db.exec("UPDATE memo SET record = CAST('{\\"paths\\":\\"\\",\\"states\\":\\"\\",\\"content\\":{}}' AS BLOB)");
`,
  );
  const remembered = await ws.run("damage.ts");

  expect(Number(remembered.stdout)).toBeGreaterThanOrEqual(3);
  expect(await printed(ws, "main.ts")).toEqual(first);
});

test("a package that is replaced after the process began: nothing is shared, and a warning says so", async () => {
  const ws = await project({
    "node_modules/dep/package.json": JSON.stringify({
      name: "dep",
      version: "1.0.0",
      type: "module",
      exports: "./i.js",
    }),
    "node_modules/dep/i.js": "export const share = (x) => x * 2;\n",
    "helper.ts": 'export { share } from "dep";\n',
    "rewrites.ts": REWRITES.replace('"helper.ts"', '"node_modules/dep/package.json"').replace(
      JSON.stringify(OTHER_HELPER),
      `'{"name":"dep","version":"2.0.0","type":"module","exports":"./i.js"}'`,
    ),
  });
  const [before] = (await printed(ws, "main.ts")) as [string, number];
  const [meanwhile] = (await printed(ws, "rewrites.ts", {
    stderr: expect.stringContaining("package.json:1: the file was written after this process had begun"),
  })) as [string, number];
  const [after] = (await printed(ws, "main.ts")) as [string, number];

  expect(new Set([before, meanwhile, after]).size).toBe(3);
});

test("a module that is loaded again under another URL is read again", async () => {
  const ws = await project({
    "model.ts": `import { cacheable } from "scalable";
export const run = cacheable(async function run(x: number) { return share(x); });
const share = (x: number) => x * 2;
`,
    "again.ts": `import { readFileSync, writeFileSync } from "node:fs";
const first = await import("./model.ts?1");
const one = await first.run(1);
writeFileSync("model.ts", readFileSync("model.ts", "utf8").replace("x * 2", "x * 3"));
const second = await import("./model.ts?2");
console.log(JSON.stringify([one, await second.run(1)]));
`,
  });
  expect(await printed(ws, "again.ts", { stderr: expect.stringContaining("warning") })).toEqual([2, 3]);
});

test("a module that is loaded later, and was edited since another function was asked for", async () => {
  const later = (name: string): string =>
    `export const ${name} = cacheable(async function ${name}(x: number) { return (await import("./helper.ts")).share(x); });\n`;
  const ws = await project({
    "model.ts": `import { cacheable } from "scalable";\n${later("a")}${later("b")}`,
    "main.ts": `import { b } from "./model.ts";\nconsole.log(JSON.stringify(await b(1)));\n`,
    "edits.ts": `import { writeFileSync } from "node:fs";
import { a, b } from "./model.ts";
await a.key(1);
writeFileSync("helper.ts", ${JSON.stringify(OTHER_HELPER)});
console.log(JSON.stringify(await b(1)));
`,
  });
  expect(await printed(ws, "edits.ts")).toBe(3);
  await ws.write("helper.ts", HELPER);
  expect(await printed(ws, "main.ts")).toBe(2);
});
