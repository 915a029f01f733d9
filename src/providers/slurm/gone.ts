import type { Outcome } from "../provider.ts";
import { wasCancelled } from "./array-record.ts";
import type { WatchedArray } from "./watched-array.ts";
import type { Gone } from "./watcher.ts";

export interface GoneCall {
  readonly array: WatchedArray;
  /** `bystander`: its job was making another call, or had none begun. */
  readonly culprit: "culprit" | "bystander";
  /** What it has printed, and its job besides. */
  readonly output: string;
}

/** Clusters without control groups end such a job, and call that FAILED. Their words are in its output. */
const OUT_OF_MEMORY = /^slurmstepd.*(exceeded (job |step )?memory limit|oom.kill)/im;

/** Slurm's state of a job, put right by what it has written into the job's output. */
export function withCause(how: Gone, output: string): Gone {
  return how.state === "FAILED" && OUT_OF_MEMORY.test(output) ? { ...how, state: "OUT_OF_MEMORY" } : how;
}

/** What becomes of a call whose job is gone without a word. */
export function endOfGone(how: Gone, { array, culprit, output }: GoneCall): Outcome {
  const bystander = culprit === "bystander";
  const reason = `${describeGone(how)}${endOfOutput(output)}`;
  switch (how.state) {
    case "TIMEOUT":
    case "DEADLINE":
      return how.begun === "yes" && bystander ? { end: "lost", reason, bystander } : exhausted("walltime");
    case "OUT_OF_MEMORY":
      return how.begun === "no" && bystander ? { end: "lost", reason, bystander } : exhausted("memory");
    case "NODE_FAIL":
    case "BOOT_FAIL":
    case "PREEMPTED":
    case "LOST":
      return { end: "lost", reason, bystander: true };
    case "CANCELLED":
    case "REVOKED":
      // Another session has ended its own jobs: whoever needs the call as well submits it again.
      return array.origin === "found" && wasCancelled(array.folder)
        ? { end: "lost", reason, bystander: true }
        : { end: "cancelled", reason };
    default:
      // A job that could not even begin, as its setup or its Node.js failed, is nobody else's fault.
      return { end: "lost", reason, bystander: bystander && someBegan(array) };
  }

  function exhausted(what: "walltime" | "memory"): Outcome {
    return bystander && how.begun === "no" && someBegan(array)
      ? { end: "lost", reason, bystander: true }
      : { end: "exhausted", what, reason };
  }
}

function someBegan(array: WatchedArray): boolean {
  return [...array.awaited.values()].some(({ starts }) => starts > 0);
}

/** Such as `job 4711_12 on n1 ended as NODE_FAIL`. */
export function describeGone({ jobId, state, nodes }: Gone): string {
  const where = nodes === "" ? "" : ` on ${nodes}`;
  return state === "LOST" ? `job ${jobId} is not known to Slurm any more` : `job ${jobId}${where} ended as ${state}`;
}

const LINES = 10;
const LONGEST = 2_000;

/** To be put behind a sentence without a dot. */
export function endOfOutput(output: string): string {
  const end = output.trimEnd().split("\n").slice(-LINES).join("\n").slice(-LONGEST);
  return end === "" ? "" : `. The end of its output:\n${end}`;
}
