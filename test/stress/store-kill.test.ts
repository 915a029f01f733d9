import { readFile } from "node:fs/promises";
import { Cache } from "scalable";
import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";

/** Rounds in which a process is killed; each starts with what the one before left. */
const ROUNDS = 200;
const WORKERS = 3;
const CALLS = 60;

/*
 * Calls of three kinds (in the index, in a blob, with a captured file), small bounds so that entries are evicted all the
 * time, and one line for each result that was not what it must be.
 */
const WORKER = `
import { mkdirSync, writeFileSync, readFileSync } from "node:fs";
import { Cache, FileType, cacheable } from "scalable";

const cache = new Cache("cache", { sizeLimit: "1500KB" });
const small = cacheable({ cache }, async function small(n) { return { n, text: "value of " + n }; });
const large = cacheable({ cache }, async function large(n) { return new Float64Array(20_000).fill(n); });
const captured = cacheable({ cache, returnType: FileType }, async function captured(n, folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + "/" + n + ".csv", (n + ";").repeat(9_000));
  return folder + "/" + n + ".csv";
});

const folder = "out/" + process.argv[2];
console.log("ready");
for (;;) {
  const n = Math.floor(Math.random() * ${CALLS});
  const [a, b, file] = await Promise.all([small(n), large(n), captured(n, folder)]);
  const right = a.n === n && a.text === "value of " + n && b.length === 20_000 && b.every((x) => x === n);
  if (!right || readFileSync(file, "utf8") !== (n + ";").repeat(9_000)) console.log("WRONG " + n);
}
`;

test(`${ROUNDS} kills at any instant leave a store in which nothing is wrong`, async () => {
  const rig = await workspace();
  await rig.write("worker.mjs", WORKER);
  const start = (id: number): ReturnType<typeof rig.start> => rig.start("worker.mjs", { args: [String(id)] });
  const workers = await Promise.all(Array.from({ length: WORKERS }, (_, id) => start(id)));
  const outputs: string[] = [];

  for (let round = 0; round < ROUNDS; round += 1) {
    // The instant of the kill is drawn by lot; this waits for nothing.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    const id = round % WORKERS;
    const victim = workers[id];
    if (victim === undefined) throw new Error("There is no such worker.");
    process.kill(victim.pid, "SIGKILL");
    const ended = await victim.finished;
    outputs.push(ended.stdout, ended.stderr);
    workers[id] = await start(id);
  }
  for (const worker of workers) {
    process.kill(worker.pid, "SIGKILL");
    outputs.push((await worker.finished).stdout);
  }

  expect(outputs.join("")).not.toMatch(/WRONG/);
  expect(outputs.join("")).not.toMatch(/scalable: /);
  await using cache = new Cache(rig.resolve("cache"));
  const report = await cache.verify();
  expect(report.problems).toEqual([]);
  expect(report.entries).toBeGreaterThan(0);

  let checked = 0;
  for await (const { key, functionName, call } of cache.entries()) {
    const n = Number(call?.parts.find((part) => part.kind === "argument")?.preview);
    const value = await cache.get(key);
    if (functionName === "small") expect(value).toEqual({ n, text: `value of ${n}` });
    else if (functionName === "large") expect(value).toEqual(new Float64Array(20_000).fill(n));
    else expect(await readFile(rig.resolve(String(value)), "utf8")).toBe(`${n};`.repeat(9_000));
    checked += 1;
  }
  expect(checked).toBe(report.entries);
  await cache.verify({ repair: true });
  expect((await cache.verify()).problems).toEqual([]);
});
