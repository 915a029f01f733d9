import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";

const SOLVE = `
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { cacheable } from "scalable";
export const solve = cacheable({ name: "solve", code: "name" }, async function solve(x: number) {
  appendFileSync("runs", x + "\\n");
  console.log("running");
  await new Promise((resolve) => createInterface(process.stdin).once("line", resolve));
  if (x < 0) throw Object.assign(new RangeError("negative"), { x });
  return { x, by: process.pid };
});
const told = (error) => console.log(JSON.stringify([error.name, error.message, error.x]));
console.log("ready");
await solve(Number(process.argv[2])).then((result) => console.log("result", JSON.stringify(result)), told);
process.stdin.destroy();
`;

test("two processes that make the same call run it once", async () => {
  const ws = await workspace();
  await ws.write("solve.ts", SOLVE);
  const first = await ws.start("solve.ts", { args: ["5"] });
  await first.line("running");
  const second = await ws.start("solve.ts", { args: ["5"], env: { SCALABLE_LOG_LEVEL: "info" } });
  const [waiting, joined] = [second.finished, ws.run("solve.ts", { args: ["5"] })];

  first.send("go");
  const results = [await first.finished, await waiting, await joined];

  const expected = `result ${JSON.stringify({ x: 5, by: first.pid })}`;
  for (const { stdout } of results) expect(stdout).toContain(expected);
  expect(await readFile(ws.resolve("runs"), "utf8")).toBe("5\n");
});

test("who waits for another process gets the error that it ended with, and the next call runs again", async () => {
  const ws = await workspace();
  await ws.write("solve.ts", SOLVE);
  const first = await ws.start("solve.ts", { args: ["-1"] });
  await first.line("running");
  const second = await ws.start("solve.ts", { args: ["-1"], env: { SCALABLE_LOG_LEVEL: "info" } });
  const waits = (async () => {
    while (!second.stderr.includes("waiting for its result")) await new Promise((resolve) => setImmediate(resolve));
  })();
  await waits;

  first.send("go");
  const results = [await first.finished, await second.finished];

  for (const { stdout } of results) expect(stdout).toContain('["RangeError","negative",-1]');
  expect(await ws.read("runs")).toBe("-1\n");
  expect((await ws.run("solve.ts", { args: ["-1"], input: "go\n" })).stdout).toContain("negative");
  expect(await ws.read("runs")).toBe("-1\n-1\n");
});

test("a process that ends while it computes is followed by one that waits", async () => {
  const ws = await workspace();
  await ws.write("solve.ts", SOLVE);
  const first = await ws.start("solve.ts", { args: ["5"] });
  await first.line("running");
  const second = await ws.start("solve.ts", { args: ["5"] });

  await first.kill();
  await second.line("running");
  second.send("go");

  expect((await second.finished).stdout).toContain(`"by":${second.pid}`);
});

test("worker threads that make the same calls run each once", async () => {
  const ws = await workspace();
  await ws.write(
    "threads.ts",
    `import { appendFileSync } from "node:fs";
     import { isMainThread, parentPort, Worker } from "node:worker_threads";
     import { cacheable } from "scalable";
     const square = cacheable(async function square(x: number) {
       appendFileSync("runs", x + "\\n");
       await new Promise((resolve) => setImmediate(resolve));
       return x * x;
     });
     const all = () => Promise.all(Array.from({ length: 20 }, (_, x) => square(x)));
     if (isMainThread) {
       const workers = Array.from({ length: 4 }, () => new Worker(new URL(import.meta.url)));
       const results = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
       results.push(all());
       console.log(new Set((await Promise.all(results)).map((result) => JSON.stringify(result))).size);
     } else parentPort?.postMessage(await all());`,
  );

  const { stdout, stderr } = await ws.run("threads.ts");

  expect([stdout, stderr]).toEqual(["1\n", ""]);
  const runs = (await ws.read("runs")).trim().split("\n").map(Number);
  expect(runs.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, x) => x));
});
