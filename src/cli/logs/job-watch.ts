import { jobOfCall, submittedAs } from "../../providers/slurm/array-record.ts";
import { readEnd } from "../../providers/slurm/marks.ts";
import { askQueue, standingOf } from "../../providers/slurm/queue.ts";
import type { CallPlace } from "./job-places.ts";
import type { OutputOfCall } from "./output-of-call.ts";

/** Slurm is asked seldom: somebody only reads along. */
const ASK_MS = 15_000;

/** Watches a job of which no session would tell that it is gone. */
export class JobWatch {
  #askedAt = Number.NEGATIVE_INFINITY;
  #isAlive = true;

  /** Whether a job makes the call, or will. */
  async goesOn(output: OutputOfCall): Promise<boolean> {
    if (output.in !== "jobs") return false;
    const { folder, place } = output.last;
    if (readEnd(folder, place) !== undefined) return false;
    if (performance.now() - this.#askedAt > ASK_MS) {
      this.#askedAt = performance.now();
      this.#isAlive = await isQueued(output.last);
    }
    return this.#isAlive;
  }
}

async function isQueued({ folder, record, place }: CallPlace): Promise<boolean> {
  try {
    const { jobs } = await askQueue();
    const queued = jobs.get(`${submittedAs(folder)}_${jobOfCall(record, place)}`);
    return queued !== undefined && standingOf(queued) !== "ended";
  } catch {
    return true; // Nobody knows. Ctrl-C ends it.
  }
}
