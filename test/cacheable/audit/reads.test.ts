import { describe, expect, test } from "vitest";
import { type Workspace, workspace } from "../../rig/workspace.ts";

const AUDIT = { SCALABLE_CACHE_AUDIT: "1" };
const reads = (name: string, file: string): string =>
  `scalable: warning: ${name} reads "${file}", which is not part of its key: declare it in "inputs".`;
const variable = (name: string, variable: string): string =>
  `scalable: warning: ${name} reads the environment variable ${variable}, which is not part of its key: declare it in "env".`;
const ALL = 'scalable: warning: fn reads all of process.env: let it read single variables, and declare them in "env".';

async function project(): Promise<Workspace> {
  const ws = await workspace();
  await ws.write("tables/fuel.csv", "3.1");
  await ws.write("tables/deep/wind.csv", "7");
  await ws.write("config.json", "{}");
  return ws;
}

interface Running {
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a module, and answers what it printed on standard error. */
async function told(ws: Workspace, module: string, { file = "main.ts", env = AUDIT }: Running = {}): Promise<string[]> {
  await ws.write(file, module);
  const { code, stderr, stdout } = await ws.run(file, { env });
  expect(code, stderr + stdout).toBe(0);
  return stderr.split("\n").filter(Boolean);
}

/** A module whose cached function does `body`, which may use `fs`, `promises`, `once` and `path`. */
const doing = (body: string, options = "{}"): string => `
import fs, { promises } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { once } from "node:events";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { cacheable, DirType, FileType } from "scalable";
const fn = cacheable({ name: "fn", ...${options} }, async function fn(...args) { ${body} });
await fn();
`;

const FUEL = "tables/fuel.csv";

describe("each import style sees what it reads", () => {
  test.each([
    ["import fs", "main.mjs", `import fs from "node:fs";`, "fs.readFileSync"],
    ["import of the old name", "main.mjs", `import fs from "fs";`, "fs.readFileSync"],
    ["import *", "main.mjs", `import * as fs from "node:fs";`, "fs.readFileSync"],
    ["import { }", "main.mjs", `import { readFileSync } from "node:fs";`, "readFileSync"],
    ["import { } of promises", "main.mjs", `import { readFile } from "node:fs/promises";`, "await readFile"],
    ["import { promises }", "main.mjs", `import { promises } from "node:fs";`, "await promises.readFile"],
    ["import()", "main.mjs", "", `(await import("node:fs")).readFileSync`],
    ["process.getBuiltinModule", "main.mjs", "", `process.getBuiltinModule("fs").readFileSync`],
  ])("%s", async (_, file, imported, call) => {
    const module = `${imported}
      import { cacheable } from "scalable";
      const fn = cacheable(async function fn() { return String(${call}("${FUEL}")); });
      await fn(); await fn(); await fn.recompute();`;
    expect(await told(await project(), module, { file })).toEqual([reads("fn", "./tables/fuel.csv")]);
  });

  test.each([
    ["require", `const fs = require("node:fs");`, "fs.readFileSync"],
    ["require of the old name", `const fs = require("fs");`, "fs.readFileSync"],
    ["require of promises", `const { readFile } = require("node:fs/promises");`, "await readFile"],
    ["require that takes a function out", `const { readFileSync } = require("node:fs");`, "readFileSync"],
  ])("%s", async (_, required, call) => {
    const module = `const { cacheable } = require("scalable");
      ${required}
      const fn = cacheable(async function fn() { return String(${call}("${FUEL}")); });
      fn();`;
    expect(await told(await project(), module, { file: "main.cjs" })).toEqual([reads("fn", "./tables/fuel.csv")]);
  });
});

describe("each way to read", () => {
  test.each([
    ["readFileSync", `fs.readFileSync("${FUEL}")`],
    ["readFile with a callback", `await new Promise((done) => fs.readFile("${FUEL}", done))`],
    ["promisify", `await promisify(fs.readFile)("${FUEL}")`],
    ["promises.readFile", `await promises.readFile("${FUEL}", "utf8")`],
    ["promises.open", `const file = await promises.open("${FUEL}"); await file.readFile(); await file.close()`],
    ["openSync", `const fd = fs.openSync("${FUEL}"); fs.readFileSync(fd); fs.closeSync(fd)`],
    ["open with a callback", `await new Promise((done) => fs.open("${FUEL}", (_, fd) => fs.close(fd, done)))`],
    ["open with a number", `fs.closeSync(fs.openSync("${FUEL}", fs.constants.O_RDONLY))`],
    ["open to read and write", `fs.closeSync(fs.openSync("${FUEL}", "r+"))`],
    ["open to append and read", `fs.closeSync(fs.openSync("${FUEL}", "a+"))`],
    ["createReadStream", `await once(fs.createReadStream("${FUEL}").resume(), "close")`],
    ["openAsBlob", `await (await fs.openAsBlob("${FUEL}")).text()`],
    ["copyFile", `await promises.copyFile("${FUEL}", "copy.csv")`],
    ["an absolute path", `fs.readFileSync(path.resolve("${FUEL}"))`],
    ["a URL", `fs.readFileSync(new URL("${FUEL}", import.meta.url))`],
    ["a Buffer", `fs.readFileSync(Buffer.from("${FUEL}"))`],
    ["a link", `fs.symlinkSync("${FUEL}", "link.csv"); fs.readFileSync("link.csv")`],
    ["after an await", `await new Promise(setImmediate); fs.readFileSync("${FUEL}")`],
    ["in a callback", `await new Promise((done) => setTimeout(() => { fs.readFileSync("${FUEL}"); done() }, 1))`],
    ["several times", `for (let n = 0; n < 3; n += 1) fs.readFileSync("${FUEL}")`],
    ["before it throws", `fs.readFileSync("${FUEL}"); return fs.readFileSync("nothing there")`],
    ["after it appended", `fs.appendFileSync("${FUEL}", "x"); fs.readFileSync("${FUEL}")`],
  ])("%s", async (_, body) => {
    const module = doing(body).replace("await fn();", "await fn().catch(() => {});");
    expect(await told(await project(), module)).toEqual([reads("fn", "./tables/fuel.csv")]);
  });

  test.each([
    ["readdirSync", `fs.readdirSync("tables")`, "./tables"],
    ["readdir with a callback", `await new Promise((done) => fs.readdir("tables", done))`, "./tables"],
    ["promises.readdir", `await promises.readdir("tables", { recursive: true })`, "./tables"],
    ["opendir", `for await (const entry of await promises.opendir("tables")) entry`, "./tables"],
    ["cp", `await cp("tables", "copy", { recursive: true })`, "./tables"],
    ["a folder and files in it", `fs.readdirSync("tables"); fs.readFileSync("${FUEL}")`, "./tables"],
    ["the working directory", `fs.globSync("**/*.csv")`, "."],
    ["JSON as data", `JSON.parse(fs.readFileSync("config.json", "utf8"))`, "./config.json"],
    ["JSON as a stream", `await once(fs.createReadStream("config.json").resume(), "close")`, "./config.json"],
    ["its own module as data", `fs.readFileSync("main.ts", "utf8")`, "./main.ts"],
  ])("%s", async (_, body, shown) => {
    expect(await told(await project(), doing(body))).toEqual([reads("fn", shown)]);
  });

  test("no more than 20 files are told of one by one", async () => {
    const ws = await project();
    const body = `for (let n = 0; n < 50; n += 1) { const name = "file " + n; if (args[0]) fs.readFileSync(name); }`;
    for (let n = 0; n < 50; n += 1) await ws.write(`file ${n}`, "x");
    const lines = await told(ws, doing(body).replace("await fn();", "await fn(true);"));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toContain("fn reads more files that are not part of its key");
  });
});

describe("nothing is told", () => {
  const env = { FUEL: "1" };
  test.each([
    ["of a file among the arguments", "fs.readFileSync(args[0])", "{ args: { args: [FileType] } }", `fn("${FUEL}")`],
    [
      "of a folder among them",
      `fs.readdirSync(args[0]); fs.readFileSync("${FUEL}")`,
      "{ args: { args: [DirType] } }",
      `fn("./tables/")`,
    ],
    ["of inputs", `fs.readFileSync("${FUEL}"); fs.readFileSync("tables/deep/wind.csv")`, `{ inputs: ["tables"] }`],
    [
      "of inputs that a function gives",
      `fs.readFileSync("${FUEL}")`,
      `{ inputs: (name) => ["tables/" + name] }`,
      `fn("fuel.csv")`,
    ],
    [
      "of inputs behind a link",
      `fs.symlinkSync("tables", "link"); fs.readFileSync("link/fuel.csv")`,
      `{ inputs: ["tables"] }`,
    ],
    ["of what it wrote", `fs.writeFileSync("own", "1"); fs.readFileSync("own"); await promises.readFile("own")`],
    ["of what it wrote as a stream", `await pipeline(["1"], fs.createWriteStream("own")); fs.readFileSync("own")`],
    ["of what it wrote over", `fs.writeFileSync("${FUEL}", "1"); fs.readFileSync("${FUEL}")`],
    ["of what it renamed", `fs.writeFileSync("a", "1"); fs.renameSync("a", "b"); fs.readFileSync("b")`],
    [
      "of a folder that it made",
      `fs.mkdirSync("o/p", { recursive: true }); fs.writeFileSync("o/p/a", "1"); fs.readdirSync("o/p")`,
    ],
    [
      "of temporary folders",
      `for (const dir of [fs.mkdtempSync("/tmp/scalable-a-"), await promises.mkdtemp("/tmp/scalable-a-"), await promisify(fs.mkdtemp)("/tmp/scalable-a-")]) { fs.writeFileSync(dir + "/a", "1"); fs.readdirSync(dir); fs.rmSync(dir, { recursive: true }) }`,
    ],
    [
      "of removing and copying its own",
      `fs.mkdirSync("o"); fs.writeFileSync("o/a", "1"); fs.cpSync("o", "p", { recursive: true }); await promises.rm("p", { recursive: true }); fs.rmSync("o", { recursive: true })`,
    ],
    [
      "of the files of its result",
      `const old = fs.existsSync("out.csv") && fs.readFileSync("out.csv"); fs.writeFileSync("out.csv", "1"); return "out.csv"`,
      "{ returnType: FileType }",
    ],
    [
      "of modules",
      `await import("./other.ts"); const { createRequire } = await import("node:module"); createRequire(import.meta.url)("./other.cjs"); createRequire(import.meta.url)("./config.json")`,
    ],
    ["of packages", `fs.readFileSync("node_modules/pkg/data.csv")`],
    ["of what is not there", `fs.existsSync("nothing"); await readFile("nothing").catch(() => {})`],
    [
      "of declared variables",
      `process.env.FUEL; process.env["PRICE"]; const { FUEL } = process.env; "FUEL" in process.env`,
      `{ env: ["FUEL", "PRICE"] }`,
    ],
    ["of variables that it set", `process.env.OWN = "1"; if (process.env.OWN !== "1") throw new Error()`],
    ["of this package's variables", "process.env.SCALABLE_CACHE_DIR"],
    [
      "of what Node.js reads",
      `(await import("node:child_process")).execFileSync("true"); (await import("node:os")).tmpdir(); console.log("x"); new (await import("node:worker_threads")).Worker("", { eval: true })`,
    ],
  ])("%s", async (_, body, options = "{}", call = "fn()") => {
    const ws = await project();
    await ws.write("other.ts", "export const x: number = 1;");
    await ws.write("other.cjs", "module.exports = 1;");
    await ws.write("out.csv", "0");
    await ws.write("node_modules/pkg/data.csv", "0");
    const module = doing(body, options).replace("await fn();", `await ${call};`);
    expect(await told(ws, module, { env: { ...AUDIT, ...env } })).toEqual([]);
  });
});

describe("variables", () => {
  test.each([
    ["a property", "process.env.FUEL"],
    ["a key", `process.env["FUEL"]`],
    ["one that is not set", "process.env.FUEL ?? 1", {}],
    ["in", `"FUEL" in process.env`],
    ["hasOwn", `Object.hasOwn(process.env, "FUEL")`],
    ["destructuring", "const { FUEL } = process.env"],
    ["the module process", `const { env } = await import("node:process"); env.FUEL`],
  ])("%s", async (_, body, env = { FUEL: "1" }) => {
    expect(await told(await project(), doing(body), { env: { ...AUDIT, ...env } })).toEqual([variable("fn", "FUEL")]);
  });

  test.each([
    ["spread", "({ ...process.env })"],
    ["keys", "Object.keys(process.env)"],
    ["for in", "for (const name in process.env) name"],
    ["JSON", "JSON.stringify(process.env)"],
    ["rest", "const { A, ...others } = process.env"],
  ])("all, by %s", async (_, body) => {
    expect(await told(await project(), doing(body))).toEqual([ALL]);
  });

  test("process.env does what it did before", async () => {
    const body = `
      const { env } = process;
      env.N = 1; if (env.N !== "1") throw new Error("set");
      delete env.N; if (env.N !== undefined || "N" in env) throw new Error("delete");
      Object.assign(env, { A: "a" }); if (env.A !== "a" || !Object.keys(env).includes("A")) throw new Error("assign");
      Object.defineProperty(env, "D", { value: "d", writable: true, enumerable: true, configurable: true });
      if (env.D !== "d") throw new Error("define");
      const { execFileSync } = await import("node:child_process");
      const child = (options) => execFileSync(process.execPath, ["-p", "process.env.A + process.env.D"], options);
      if (String(child()) !== "ad\\n") throw new Error("child");
      if (String(child({ env: process.env })) !== "ad\\n") throw new Error("child with an environment");
      const { Worker } = await import("node:worker_threads");
      const worker = new Worker("require('node:worker_threads').parentPort.postMessage(process.env.A)", { eval: true });
      const [answer] = await once(worker, "message");
      if (answer !== "a") throw new Error("worker");
      process.env.TZ = "Asia/Tokyo"; if (new Date(0).getHours() !== 9) throw new Error("TZ");
    `;
    const [first, ...others] = await told(await project(), doing(body));
    expect(first).toBe(ALL);
    expect(others).toEqual([]);
  });
});

describe("a read belongs", () => {
  const module = (main: string): string => `
    import { readFileSync } from "node:fs";
    import { setTimeout } from "node:timers/promises";
    import { cacheable, FileType } from "scalable";
    const inner = cacheable({ args: { file: FileType } }, async function inner(file) {
      await setTimeout(1);
      return String(readFileSync(file)) + readFileSync("tables/deep/wind.csv");
    });
    const outer = cacheable(async function outer(n) {
      const found = await inner("tables/fuel.csv");
      return n + found + await inner.key("tables/fuel.csv") + (await inner.has("tables/fuel.csv"));
    });
    const reader = cacheable(async function reader() {
      await setTimeout(2);
      return String(readFileSync("tables/fuel.csv"));
    });
    readFileSync("config.json");
    ${main}
  `;

  test("to the innermost body, and to none outside of bodies", async () => {
    expect(await told(await project(), module("await outer(1); await outer(2);"))).toEqual([
      reads("inner", "./tables/deep/wind.csv"),
    ]);
  });

  test("to the body of its own context where several run at once", async () => {
    const lines = await told(await project(), module("await Promise.all([outer(1), reader(), outer(2)]);"));
    expect(lines.sort()).toEqual([reads("inner", "./tables/deep/wind.csv"), reads("reader", "./tables/fuel.csv")]);
  });
});

test("without the variable, nothing is changed", async () => {
  const module = `
    import fs from "node:fs";
    import { types } from "node:util";
    const before = [fs.readFileSync, fs.promises.readFile, process.env];
    const { cacheable } = await import("scalable");
    await cacheable({ name: "fn" }, () => fs.readFileSync("tables/fuel.csv").length)();
    const after = [fs.readFileSync, fs.promises.readFile, process.env];
    console.error(before.every((one, n) => one === after[n]), types.isProxy(process.env));
  `;
  for (const value of ["", "0", "off"]) {
    expect(await told(await project(), module, { env: { SCALABLE_CACHE_AUDIT: value } })).toEqual(["true false"]);
  }
});

test("it can be asked for after the package was loaded, and what cannot be meant is an error", async () => {
  const set = (value: string): string => `
    import { readFileSync } from "node:fs";
    import { cacheable } from "scalable";
    process.env.SCALABLE_CACHE_AUDIT = "${value}";
    const fn = cacheable(function fn() { return String(readFileSync("${FUEL}")); });
    await fn().catch((error) => console.error(error.message));`;
  const ws = await project();
  expect(await told(ws, set("on"), { env: {} })).toEqual([reads("fn", "./tables/fuel.csv")]);
  expect(await told(ws, set("maybe"), { env: {} })).toEqual([
    'SCALABLE_CACHE_AUDIT is "maybe", but must be on or off.',
  ]);
});
