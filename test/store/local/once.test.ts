import { expect, test } from "vitest";
import type { Child } from "../../rig/child.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";

/*
 * The same call in several processes and threads at one time. Each run of a body leaves a line in the file `ran`, and
 * ends when the file `go` is there.
 */

const WORK = `
import { appendFileSync, existsSync, watch } from "node:fs";
import { cacheable } from "scalable";

// What is said on standard error can then be waited for.
if (process.env["SCALABLE_LOG_LEVEL"] === "info") process.stderr.write = process.stdout.write.bind(process.stdout);

function gate() {
  return new Promise((resolve) => {
    const look = () => existsSync("go") && (watcher.close(), resolve());
    const watcher = watch(".", look);
    look();
  });
}

export const work = cacheable({ name: "work", code: "name" }, async function work(n, end = "return") {
  appendFileSync("ran", n + "\\n");
  console.log("running " + n);
  if (end === "block") while (!existsSync("go")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  else await gate();
  if (end === "throw") throw Object.assign(new RangeError("no " + n), { code: "E_NO" });
  return { n, pid: process.pid, data: new Float64Array(10_000).fill(n) };
});`;

/** Calls `work` with each of the numbers at once. */
const CALL = `
import { work } from "./work.ts";
const [end, ...numbers] = process.argv.slice(2);
console.log("ready");
for (const ended of await Promise.allSettled(numbers.map((n) => work(Number(n), end)))) {
  const { value, reason } = ended;
  if (value) console.log("result", value.n, value.data[9_999], "of", value.pid);
  else console.log("failed", reason.name, reason.message, reason.code);
}`;

async function prepared(): Promise<Workspace> {
  const ws = await workspace();
  await ws.write("work.ts", WORK);
  await ws.write("call.ts", CALL);
  return ws;
}

const INFO = { SCALABLE_LOG_LEVEL: "info" };
const WAITING = /work is being computed by another process; waiting for its result/;

async function startRunner(ws: Workspace, ...args: readonly string[]): Promise<Child> {
  const runner = await ws.start("call.ts", { args });
  await runner.line(`running ${args[1]}`);
  return runner;
}

async function startWaiter(ws: Workspace, ...args: readonly string[]): Promise<Child> {
  const waiter = await ws.start("call.ts", { args, env: INFO });
  await waiter.line(WAITING);
  return waiter;
}

/** Which calls were run, in the order of their numbers. */
async function ran(ws: Workspace): Promise<number[]> {
  const lines = (await ws.read("ran")).trim().split("\n");
  return lines.map(Number).sort((a, b) => a - b);
}

test("one process runs it, the others get its result", async () => {
  const ws = await prepared();
  const runner = await startRunner(ws, "return", "1");
  const waiters = [await startWaiter(ws, "return", "1"), await startWaiter(ws, "return", "1")];

  await ws.write("go", "");

  for (const child of [runner, ...waiters]) {
    expect((await child.finished).stdout).toContain(`result 1 1 of ${runner.pid}\n`);
  }
  expect(await ran(ws)).toEqual([1]);
});

test("calls of one process at one time run once, and each gets a value", async () => {
  const ws = await prepared();
  await ws.write("go", "");

  const { stdout } = await ws.run("call.ts", { args: ["return", ...new Array<string>(20).fill("1")] });

  expect(stdout.match(/^result 1 1 of/gm)).toHaveLength(20);
  expect(await ran(ws)).toEqual([1]);
});

test("processes that start at once run each call once between them", async () => {
  const ws = await prepared();
  await ws.write("go", "");
  await ws.write(
    "many.ts",
    `import { work } from "./work.ts";
     const numbers = Array.from({ length: 30 }, (_, n) => n).sort(() => Math.random() - 0.5);
     for (const n of numbers) if ((await work(n)).n !== n) throw new Error("wrong");`,
  );

  const ended = await Promise.all(Array.from({ length: 6 }, () => ws.run("many.ts")));

  expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ended.map(() => ({ code: 0, stderr: "" })));
  expect(await ran(ws)).toEqual(Array.from({ length: 30 }, (_, n) => n));
});

test("when the one that runs it is killed, one of those who wait takes over, and the others wait for that one", async () => {
  const ws = await prepared();
  const runner = await startRunner(ws, "return", "1");
  const waiters: Child[] = [];
  for (let place = 0; place < 3; place += 1) waiters.push(await startWaiter(ws, "return", "1"));

  await runner.kill("SIGKILL");
  const second = await Promise.race(
    waiters.map(async (waiter) => {
      await waiter.line("running 1");
      return waiter;
    }),
  );
  await ws.write("go", "");

  for (const waiter of waiters) {
    expect((await waiter.finished).stdout).toContain(`result 1 1 of ${second.pid}\n`);
  }
  expect(await ran(ws)).toEqual([1, 1]);
});

test("what it throws reaches those who wait, and the next call runs again", async () => {
  const ws = await prepared();
  const children = [await startRunner(ws, "throw", "1"), await startWaiter(ws, "throw", "1")];

  await ws.write("go", "");

  for (const child of children) expect((await child.finished).stdout).toContain("failed RangeError no 1 E_NO\n");
  expect(await ran(ws)).toEqual([1]);
  expect((await ws.run("call.ts", { args: ["throw", "1"] })).stdout).toContain("failed RangeError no 1 E_NO\n");
  expect(await ran(ws)).toEqual([1, 1]);
});

test("one whose event loop stands still is not taken for dead", async () => {
  const ws = await prepared();
  const blocked = await startRunner(ws, "block", "1");
  const killed = await startRunner(ws, "block", "2");
  const waiter = await startWaiter(ws, "block", "1", "2");

  await killed.kill("SIGKILL");
  // The waiter asks for both in the same rhythm: once it knows that the one is gone, it has asked for the other too.
  await waiter.line("running 2");
  await ws.write("go", "");

  expect((await waiter.finished).stdout).toContain(`result 1 1 of ${blocked.pid}\n`);
  expect(await ran(ws)).toEqual([1, 2, 2]);
});

const THREADS = `
import { Worker } from "node:worker_threads";
const start = (n) => new Worker(new URL("./thread.ts", import.meta.url), { workerData: n });
const said = (thread, what) => new Promise((resolve) => {
  thread.on("message", (message) => message[0] === what && resolve(message));
});`;

const THREAD = `
import { parentPort, threadId, workerData } from "node:worker_threads";
process.stderr.write = (text) => { parentPort.postMessage(["said", String(text)]); return true; };
import { work } from "./work.ts";
parentPort.postMessage(["result", (await work(workerData, "return")).data[0]]);`;

test("threads run it once between them, and with other processes", async () => {
  const ws = await prepared();
  await ws.write("thread.ts", THREAD);
  await ws.write(
    "main.ts",
    `${THREADS}
     const threads = Array.from({ length: 4 }, () => start(1));
     const results = threads.map((thread) => said(thread, "result"));
     console.log("ready");
     console.log(JSON.stringify(await Promise.all(results)));`,
  );
  const children = await Promise.all([ws.start("main.ts"), ws.start("call.ts", { args: ["return", "1"] })]);
  await Promise.race(children.map((child) => child.line("running 1")));

  await ws.write("go", "");

  expect((await children[0].finished).stdout).toContain(JSON.stringify(new Array(4).fill(["result", 1])));
  expect((await children[1].finished).stdout).toMatch(/^result 1 1 of/m);
  expect(await ran(ws)).toEqual([1]);
});

test("a thread that is terminated gives way to another thread", async () => {
  const ws = await prepared();
  await ws.write("thread.ts", THREAD);
  await ws.write(
    "main.ts",
    `${THREADS}
     import { writeFileSync, watch, existsSync, readFileSync } from "node:fs";
     process.env["SCALABLE_LOG_LEVEL"] = "debug";
     const ran = (count) => new Promise((resolve) => {
       const look = () => existsSync("ran") && readFileSync("ran", "utf8").length === 2 * count && (watcher.close(), resolve());
       const watcher = watch(".", look);
       look();
     });
     const first = start(1);
     await ran(1);
     const second = start(1);
     const result = said(second, "result");
     await said(second, "said"); // that it waits
     await first.terminate();
     await ran(2);
     writeFileSync("go", "");
     console.log(JSON.stringify(await result));`,
  );

  const { stdout, stderr, code } = await ws.run("main.ts");

  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  expect(stdout).toContain('["result",1]\n');
  expect(await ran(ws)).toEqual([1, 1]);
});
