import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import type { Finished } from "../rig/child.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";

/*
 * What tests of sessions share: a project with a manifest and a module of functions. A script prints one line of JSON as
 * its last, and tests look at that and at the files of the run.
 */

/** Each run of a body leaves a line in the file `ran`. `until` waits for a file of the folder. */
export const WORK = `
import { appendFileSync, existsSync, watch, writeFileSync } from "node:fs";
import { threadId } from "node:worker_threads";
import { cacheable } from "scalable";

export const ran = (what) => appendFileSync("ran", what + "\\n");

export function until(file) {
  return new Promise((resolve) => {
    const look = () => existsSync(file) && (watcher.close(), resolve());
    const watcher = watch(".", look);
    look();
  });
}

/** Waits for a file without giving control back. */
export function block(file) {
  while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

export const double = cacheable({ name: "double", code: "name", args: { n: Number } }, async function double(n) {
  ran("double " + n);
  return n * 2;
});

export const sum = cacheable({ name: "sum", code: "name" }, function sum(...numbers) {
  return numbers.flat().reduce((a, b) => a + b, 0);
});

export function where(label) {
  ran("where " + label);
  return { label, pid: process.pid, thread: threadId, colour: process.env["COLOUR"] ?? null };
}

export const plus = (n) => n + 1;

export function fail(message) {
  ran("fail " + message);
  throw Object.assign(new RangeError(message), { code: "E_NO", place: { row: 7 } });
}

/** Says in the file "began-<name>" that it runs, and ends when "go-<name>" is there. */
export async function gated(name) {
  writeFileSync("began-" + name, String(process.pid));
  await until("go-" + name);
  return name;
}

export const gatedCached = cacheable({ name: "gatedCached", code: "name" }, async function gatedCached(name) {
  ran("gatedCached " + name);
  return gated(name);
});
`;

export interface Target {
  readonly processes?: boolean;
  readonly maxWorkers?: number;
  readonly threadsPerWorker?: number;
}

/** A manifest: what `more` says of components and tasks, or one component without tasks. */
export function manifest(
  { processes = false, maxWorkers = 2, threadsPerWorker = 1 }: Target = {},
  more = "components: { main: {} }",
): string {
  return `version: 1
project: { name: demo }
targets:
  local: { provider: local, max_workers: ${maxWorkers}, threads_per_worker: ${threadsPerWorker}, processes: ${processes} }
${more}
`;
}

/** A folder with a manifest and `work.ts`. */
export async function project(yaml: string = manifest()): Promise<Workspace> {
  const ws = await workspace();
  await ws.write("scalable.yaml", yaml);
  await ws.write("work.ts", WORK);
  return ws;
}

/** The text of a program that has a session, does `body`, closes it, and prints what is in `out`. */
export function program(body: string): string {
  return `
import { asCompleted, cacheable, isMain, ScalableSession } from "scalable";
import { existsSync, writeFileSync } from "node:fs";
import * as work from "./work.ts";

const out = {};
const thrown = (error) => error instanceof Error
  ? { name: error.name, message: error.message, code: error.code, cause: error.cause && thrown(error.cause) }
  : { thrown: String(error), type: typeof error };
const caught = (future) => Promise.resolve(future).then((value) => ({ value }), thrown);
const refused = (submit) => { try { submit(); return "submitted"; } catch (error) { return thrown(error); } };
{
  await using session = await ScalableSession.fromYaml();
  const client = session.start();
  ${body}
}
console.log(JSON.stringify(out));`;
}

type Options = Parameters<Workspace["run"]>[1];

/** Runs such a program to its end, and answers what it printed last. */
export async function run(ws: Workspace, body: string, options: Options = {}): Promise<Output> {
  await ws.write("main.ts", program(body));
  return output(await ws.run("main.ts", options));
}

export type Output = Readonly<Record<string, unknown>>;

/** What a program printed last. */
export function output(finished: Finished): Output {
  expect(finished, finished.stderr).toMatchObject({ code: 0 });
  return JSON.parse(finished.stdout.trim().split("\n").at(-1) ?? "");
}

/** What was run, in the order of its beginning. */
export async function ran(ws: Workspace): Promise<string[]> {
  const text = await ws.read("ran").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

/** Folders of the runs, the oldest first. */
export async function runFolders(ws: Workspace): Promise<string[]> {
  const folders = await readdir(ws.resolve(".scalable/runs"));
  const records = await Promise.all(
    folders.map(async (folder) => {
      const file = path.join(".scalable/runs", folder);
      const record = JSON.parse(await ws.read(path.join(file, "run.json"))) as { started_at: string };
      return { file, startedAt: record.started_at };
    }),
  );
  return records.sort((a, b) => a.startedAt.localeCompare(b.startedAt)).map(({ file }) => file);
}

/** A file of the last run: `run.json` as an object. */
export async function runRecord(ws: Workspace): Promise<Output> {
  return JSON.parse(await ws.read(path.join((await runFolders(ws)).at(-1) ?? "", "run.json")));
}

export type EventFile = "tasks" | "jobs" | "workers" | "failures" | "cache" | "artifacts";

/** The events in a file of the last run. */
export async function events(ws: Workspace, file: EventFile): Promise<Output[]> {
  const text = await ws.read(path.join((await runFolders(ws)).at(-1) ?? "", `${file}.jsonl`));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Threads and processes, for `describe.each`. */
export const KINDS = [
  { kind: "threads", processes: false },
  { kind: "processes", processes: true },
] as const;
