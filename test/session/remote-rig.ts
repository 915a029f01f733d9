import { readdir } from "node:fs/promises";
import { expect } from "vitest";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { type Place, type RunOn, ranOn, runOn } from "../store/remote/remotes.ts";
import { manifest, type Output, output, program, type Target } from "./rig.ts";

const WORK = `
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { cacheable } from "scalable";

const ran = (what) => appendFileSync(process.env["RAN"], what + "\\n");

export const price = cacheable(async function price(year) { ran("price " + year); return year / 1000; });
export const scenario = cacheable({ args: { n: Number, params: Object } }, async function scenario(n, params) {
  ran("scenario " + n);
  return { n, cost: n * params.factor * (await price(params.year)) };
});
export function tally(n) { ran("tally " + n); return new Map([[n, new Set([n])]]); }
export const table = cacheable(async function table(n) {
  ran("table " + n);
  mkdirSync("out/parts", { recursive: true });
  writeFileSync("out/table.csv", "n\\n" + n);
  writeFileSync("out/parts/one.txt", "one");
  return { file: "out/table.csv", parts: "out/parts" };
});
export const number = cacheable(async function number(n) { ran("number " + n); return n + Number(process.env["LUCK"] ?? 0); });
export const noise = cacheable(async function noise(n) {
  ran("noise " + n);
  const values = new Uint32Array(500_000);
  for (let at = 0, state = n; at < values.length; at += 1) values[at] = state = Math.imul(state, 1664525) + 1013904223;
  return values;
});
`;

const TASKS = `components: { main: {} }
tasks:
  tally: { component: main, cache: true }
  table: { component: main, outputs: { file: file, parts: folder } }
`;

/** A folder with a manifest and `work.ts`, for machines that share a cache. */
export async function teamProject(target: Target = {}, more = TASKS): Promise<Workspace> {
  const ws = await workspace();
  await ws.write("scalable.yaml", manifest(target, more));
  await ws.write("work.ts", WORK);
  return ws;
}

export interface RunSession extends Pick<RunOn, "machine" | "place" | "env"> {
  /** What is done with the session; it puts into `out` what is to be looked at. */
  readonly body: string;
}

export interface SessionRun {
  readonly out: Output;
  readonly stderr: string;
  readonly ran: string[];
  /** Seconds that the whole process took. */
  readonly seconds: number;
}

/** Runs a session on a machine. */
export async function runSession(ws: Workspace, { body, machine, ...options }: RunSession): Promise<SessionRun> {
  const script = `main-${machine}.ts`;
  await ws.write(script, program(body));
  const startedAt = performance.now();
  const finished = await runOn(ws, { machine, script, ...options });
  const seconds = (performance.now() - startedAt) / 1000;
  return { out: output(finished), stderr: finished.stderr, ran: await ranOn(ws, machine), seconds };
}

/** The events in a file of the only run of a machine. */
export async function eventsOf(ws: Workspace, machine: string, file: "cache" | "remote"): Promise<Output[]> {
  const runs = await readdir(ws.resolve("machines", machine, "runs"));
  expect(runs).toHaveLength(1);
  const text = await ws.read(`machines/${machine}/runs/${runs[0]}/${file}.jsonl`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** How often each value of a field is among events. */
export function countBy(events: readonly Output[], field: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of events) {
    const value = String(event[field]);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

export type { Place };
