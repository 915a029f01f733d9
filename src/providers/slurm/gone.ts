import type { Outcome } from "../provider.ts";
import { callsOfJob, cancelledBy, jobOfCall } from "./array-record.ts";
import type { WatchedArray } from "./watched-array.ts";
import type { Gone } from "./watcher.ts";

export interface GoneCall {
  readonly array: WatchedArray;
  readonly place: number;
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
export function endOfGone(how: Gone, { array, place, output }: GoneCall): Outcome {
  const job = jobOfCall(array.record, place);
  const reason = `${describeGone(how)}${endOfOutput(output)}`;
  const lost = (bystander: boolean): Outcome => ({ end: "lost", reason, bystander });
  // What others in its job have used up is no fault of a call: it is made again in a job of its own.
  const isFirst = callsOfJob(array.record, job).from === place;
  switch (how.state) {
    case "TIMEOUT":
    case "DEADLINE":
      return isFirst ? { end: "exhausted", what: "walltime", reason } : lost(true);
    case "OUT_OF_MEMORY":
      return isFirst ? { end: "exhausted", what: "memory", reason } : lost(true);
    case "NODE_FAIL":
    case "BOOT_FAIL":
    case "PREEMPTED":
    case "LOST":
      return lost(true);
    case "CANCELLED":
    case "REVOKED":
      // Another session has ended its own jobs: whoever needs the call as well submits it again. The user wants it ended.
      return array.origin === "found" && cancelledBy(array.folder) === "session"
        ? lost(true)
        : { end: "cancelled", reason };
    default:
      // A job that could not even begin, as its setup or its Node.js failed, is nobody else's fault.
      return lost(array.hasBegun(job) && !isLastBegun(array, place));
  }
}

/** The last call that a job had begun: where it died, that one is why. */
function isLastBegun(array: WatchedArray, place: number): boolean {
  if ((array.awaited.get(place)?.starts ?? 0) === 0) return false;
  const { to } = callsOfJob(array.record, jobOfCall(array.record, place));
  for (let later = place + 1; later < to; later += 1) {
    if ((array.awaited.get(later)?.starts ?? 0) > 0) return false;
  }
  return true;
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
