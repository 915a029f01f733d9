import { setTimeout as sleep } from "node:timers/promises";
import { type Run, readRun } from "../../telemetry/runs.ts";
import { type CallOfRun, hasEnded } from "./calls-of-run.ts";
import { GrowingFile, printGrown } from "./growing-file.ts";
import { JobPlaces } from "./job-places.ts";
import { JobWatch } from "./job-watch.ts";
import { type OutputOfCall, outputOfCall } from "./output-of-call.ts";
import { WatchedCall } from "./watched-call.ts";

const LOOK_MS = 500;

/** Prints what a call has printed, and what it prints, until it has ended or nobody makes it any more. */
export async function follow(run: Run, call: CallOfRun, workDirs: readonly string[]): Promise<void> {
  const watched = new WatchedCall(run, call);
  const jobs = new JobWatch();
  const files = new Map<string, GrowingFile>();
  let output: OutputOfCall = { in: "nowhere", files: [] };
  for (let seen = ""; ; await sleep(LOOK_MS)) {
    const now = watched.look();
    // What jobs have written, the run keeps as well when the call has ended: it is shown once.
    if (output.in === "nowhere" || (output.in === "jobs" && !hasEnded(now) && now.since !== seen)) {
      output = outputOfCall(run, now, () => new JobPlaces(workDirs));
    }
    seen = now.since;
    // Before its files are read, so that nothing is missed that was written until then.
    const isOver = hasEnded(now) || (!isRunning(run) && !(await jobs.goesOn(output)));
    for (const file of output.files) {
      const growing = files.get(file) ?? new GrowingFile(file);
      files.set(file, growing);
      await printGrown(growing);
    }
    if (isOver) return;
  }
}

function isRunning({ folder }: Run): boolean {
  return readRun(folder).status === "running";
}
