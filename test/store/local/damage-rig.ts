import fs from "node:fs";
import path from "node:path";
import type { Finished } from "../../rig/child.ts";
import type { Workspace } from "../../rig/workspace.ts";

/*
 * A cache with results of all kinds, what can be done to its files, and a process that then asks for all of them.
 */

/** Results that the cache holds, one in five of them in a blob. */
export const ENTRIES = 41;

const ASK = `
import { deepStrictEqual } from "node:assert";
import { Cache, cacheable } from "scalable";

const valueOf = (n) => n % 5 === 0
  ? { n, long: new Float64Array(9_000).fill(n) }
  : { n, text: ("value " + n).repeat(20 * (n % 7)), at: new Date(n), list: [n, -0, undefined] };

let runs = 0;
const compute = (n) => { runs += 1; return valueOf(n); };
for (const dir of process.argv.slice(2)) {
  for (let pass = 1; pass <= 2; pass += 1) {
    await using cache = new Cache(dir);
    const value = cacheable({ name: "value", code: "name", cache }, compute);
    runs = 0;
    for (let n = 0; n < ${ENTRIES}; n += 1) deepStrictEqual(await value(n), valueOf(n));
    const report = await cache.verify();
    console.log(JSON.stringify({ dir, pass, runs, problems: report.problems.map((problem) => problem.kind) }));
  }
}
console.log("done");`;

export interface Asked {
  readonly dir: string;
  /** 1 for the first that asks after the damage, 2 for the one after it. */
  readonly pass: 1 | 2;
  /** How many results were computed. */
  readonly runs: number;
  readonly problems: readonly string[];
}

/** Makes the cache in the folder `sound`, closed, and `open`: as a killed process leaves it, with all in the log. */
export async function prepareCache(ws: Workspace): Promise<void> {
  await ws.write("ask.ts", ASK);
  await ask(ws, [ws.resolve("sound")]);
  await ws.write(
    "killed.ts",
    ASK.replace(
      "const report",
      `console.log("ready"); await new Promise(() => setInterval(() => 1, 1_000)); const report`,
    ),
  );
  const killed = await ws.start("killed.ts", { args: [ws.resolve("open")] });
  await killed.kill();
}

/** Asks for all results twice in a new process, of each of these folders. Fails where one is wrong. */
export async function ask(ws: Workspace, dirs: readonly string[]): Promise<Finished & { readonly asked: Asked[] }> {
  const ended = await ws.run("ask.ts", { args: dirs });
  if (ended.code !== 0) throw new Error(`It ended with ${ended.code ?? ended.signal}.\n${ended.stdout}${ended.stderr}`);
  const lines = ended.stdout.trim().split("\n");
  if (lines.pop() !== "done") throw new Error("It did not come to its end.");
  return { ...ended, asked: lines.map((line) => JSON.parse(line) as Asked) };
}

/** A copy of one of the prepared folders. */
export function copyOf(ws: Workspace, prepared: "sound" | "open", name: string): string {
  const dir = ws.resolve(name);
  fs.cpSync(ws.resolve(prepared), dir, { recursive: true });
  // Belongs to those who have the index open.
  fs.rmSync(path.join(dir, "cache.db-shm"), { force: true });
  return dir;
}

export function flipBit(file: string, position: number, bit: number): void {
  const content = fs.readFileSync(file);
  content[position] = (content[position] ?? 0) ^ (1 << bit);
  fs.writeFileSync(file, content);
}

/** The blobs of a cache, in the order of their names. */
export function blobsIn(dir: string): string[] {
  const shards = fs.readdirSync(dir).filter((name) => /^[0-9a-f]{2}$/.test(name));
  return shards
    .sort()
    .flatMap((shard) => fs.readdirSync(path.join(dir, shard)).map((name) => path.join(dir, shard, name)));
}

/** Indexes that were set aside. */
export function setAsideIn(dir: string): string[] {
  return fs.readdirSync(dir).filter((name) => /^cache\.db\.damaged-[^-]+-\d\d-\d\dT[0-9-]+Z$/.test(name));
}
