import { readdirSync } from "node:fs";
import path from "node:path";
import { messageOf, systemCode } from "../errors.ts";
import { startOf } from "./run-files.ts";
import { hasEnded } from "./run-process.ts";
import { type RunRecord, readRunRecord } from "./run-record.ts";

/** How a run stands; `interrupted` is one that says that it runs while its process is gone. */
export type RunStatus = RunRecord["status"] | "interrupted";

/** A run as its folder has it. */
export interface Run {
  /** The name of its folder. */
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  readonly status: RunStatus;
  readonly record: RunRecord;
}

/** A folder among the runs that is none, or none that can be read. */
export interface SkippedFolder {
  readonly name: string;
  readonly reason: string;
}

export interface RunListing {
  /** The newest first. */
  readonly runs: readonly Run[];
  readonly skipped: readonly SkippedFolder[];
}

/** What an ID, or the beginning of one, stands for. */
export type FoundRun =
  | { readonly state: "one"; readonly run: Run }
  | { readonly state: "none"; readonly skipped: readonly SkippedFolder[] }
  | { readonly state: "several"; readonly runs: readonly Run[] };

/** A run's folder as it stands. @throws Error where its `run.json` is missing or damaged. */
export function readRun(folder: string): Run {
  const absolute = path.resolve(folder);
  const record = readRunRecord(absolute);
  const status = record.status === "running" && hasEnded(record) ? "interrupted" : record.status;
  return { id: path.basename(absolute), folder: absolute, status, record };
}

/**
 * The runs in a folder, the newest first. A folder that does not exist has none.
 *
 * @param limit - no more than this many are read; all, where it is absent.
 */
export function listRuns(runsDir: string, limit: number = Number.POSITIVE_INFINITY): RunListing {
  const skipped: SkippedFolder[] = [];
  const runs: Run[] = [];
  if (limit > 0) {
    for (const run of newestFirst(runNames(runsDir, skipped), runsDir, skipped)) {
      runs.push(run);
      if (runs.length >= limit) break;
    }
  }
  return { runs, skipped };
}

/** The run with this ID, or else those whose IDs begin so; the latest one, where no ID is given. */
export function findRun(runsDir: string, idOrPrefix: string | undefined): FoundRun {
  const skipped: SkippedFolder[] = [];
  const names = runNames(runsDir, skipped);
  const exact = names.filter((name) => name === idOrPrefix);
  const fitting = exact.length > 0 ? exact : names.filter((name) => name.startsWith(idOrPrefix ?? ""));
  const runs: Run[] = [];
  for (const run of newestFirst(fitting, runsDir, skipped)) {
    if (idOrPrefix === undefined) return { state: "one", run };
    runs.push(run);
  }
  const [first, second] = runs;
  if (first === undefined) return { state: "none", skipped };
  return second === undefined ? { state: "one", run: first } : { state: "several", runs };
}

function runNames(runsDir: string, skipped: SkippedFolder[]): string[] {
  const names: string[] = [];
  try {
    for (const entry of readdirSync(runsDir, { withFileTypes: true })) {
      if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
      if (startOf(entry.name) !== undefined) names.push(entry.name);
      else skipped.push({ name: entry.name, reason: "This is not the name of a run." });
    }
  } catch (error) {
    if (systemCode(error) !== "ENOENT") skipped.push({ name: runsDir, reason: messageOf(error) });
  }
  return names;
}

/**
 * Reads as few as the caller takes, as there may be thousands of runs. Names sort by the second in which a run started;
 * among those of one second, `run.json` says which came first.
 */
function* newestFirst(names: readonly string[], runsDir: string, skipped: SkippedFolder[]): Generator<Run> {
  const seconds = Map.groupBy(names, (name) => startOf(name) ?? "");
  for (const second of [...seconds.keys()].sort().reverse()) {
    const runs: Run[] = [];
    for (const name of seconds.get(second) ?? []) {
      try {
        runs.push(readRun(path.join(runsDir, name)));
      } catch (error) {
        skipped.push({ name, reason: messageOf(error) });
      }
    }
    const startedAt = ({ record }: Run): number => Date.parse(record.started_at);
    yield* runs.sort((a, b) => startedAt(b) - startedAt(a) || (a.id < b.id ? 1 : -1));
  }
}
