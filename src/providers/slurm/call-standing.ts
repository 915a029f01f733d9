import pLimit from "p-limit";
import { classOf, messageOf } from "../../errors.ts";
import { readThrown } from "../../store/thrown.ts";
import { hasEnded } from "../../telemetry/run-process.ts";
import { type ArrayRecord, callsOfJob, cancelledBy, jobOfCall } from "./array-record.ts";
import { outputOfJob } from "./call-output.ts";
import { withCause } from "./gone.ts";
import { type JobOutcome, loadEnd, type Marks, readStart } from "./marks.ts";
import { type QueuedJob, type QueueSnapshot, standingOf } from "./queue.ts";

/** `lost`: its job has not said how it ended, and Slurm does not know it. */
export type CallState = "waiting" | "running" | "done" | "failed" | "cancelled" | "lost";

export const CALL_STATES: readonly CallState[] = ["running", "waiting", "done", "failed", "cancelled", "lost"];

/** How a call of an array stands. Times are ISO 8601. */
export interface CallStanding {
  readonly state: CallState;
  /** Why it waits, or how it failed; empty where nothing is said of that. */
  readonly reason: string;
  readonly node?: string;
  readonly started_at?: string;
  readonly ended_at?: string;
}

/** What is known of an array. */
export interface SeenArray {
  readonly folder: string;
  readonly record: ArrayRecord;
  /** Its number, where it was submitted before the queue was asked. */
  readonly jobId: string | undefined;
  readonly marks: Marks;
  /** Undefined where Slurm could not be asked. */
  readonly queue: QueueSnapshot | undefined;
}

/** Files that are read at one time. */
const AT_ONCE = 16;

/** How the calls of an array stand: by what their jobs have noted, and else by the queue. */
export async function standingsOf(array: SeenArray): Promise<CallStanding[]> {
  const limit = pLimit(AT_ONCE);
  const { folder, record, marks } = array;
  return Promise.all(
    record.calls.map((_, place) => {
      if (!marks.ended.has(place)) return openStanding(array, place);
      return limit(() => endedStanding(folder, place));
    }),
  );
}

async function endedStanding(folder: string, place: number): Promise<CallStanding> {
  const end = await loadEnd(folder, place);
  if (end === undefined) return { state: "lost", reason: "what its job has noted cannot be read" };
  const { outcome, node, started_at, at } = end;
  return { ...endOf(outcome), node, started_at, ended_at: at };
}

function endOf(outcome: JobOutcome): Pick<CallStanding, "state" | "reason"> {
  switch (outcome.end) {
    case "stored":
    case "value":
      return { state: "done", reason: "" };
    case "error": {
      const error = readThrown(outcome.error);
      return { state: "failed", reason: `${classOf(error)}: ${messageOf(error)}` };
    }
    case "timeout":
      return { state: "failed", reason: "it ran longer than its timeout" };
    case "exited":
      return { state: "failed", reason: `exit code ${outcome.code}` };
  }
}

/** Of a call that has not ended as far as its job has said. */
function openStanding(array: SeenArray, place: number): CallStanding {
  const { folder, record, marks, jobId, queue } = array;
  const starts = marks.starts.get(place) ?? 0;
  const start = starts === 0 ? undefined : readStart(folder, place, starts - 1);
  const begun = start === undefined ? {} : { node: start.node, started_at: start.at };
  if (queue === undefined) return { state: starts === 0 ? "waiting" : "running", reason: "", ...begun };
  if (jobId === undefined) return notSubmitted(array);
  const job = jobOfCall(record, place);
  const queued = queue.jobs.get(`${jobId}_${job}`);
  if (queued === undefined) {
    return { state: cancelledBy(folder) === undefined ? "lost" : "cancelled", reason: "", ...begun };
  }
  switch (standingOf(queued)) {
    case "waiting":
      return { state: "waiting", reason: queued.reason === "None" ? "" : queued.reason };
    case "running":
      return isNext(array, place)
        ? { state: "running", reason: "", node: queued.nodes, ...begun }
        : { state: "waiting", reason: "other calls of its job" };
    case "ended":
      return { ...silentEnd({ ...queued, state: stateOf(array, job, queued) }), node: queued.nodes, ...begun };
  }
}

/** A job makes its calls one after the other. */
function isNext({ record, marks }: SeenArray, place: number): boolean {
  const { from } = callsOfJob(record, jobOfCall(record, place));
  for (let before = from; before < place; before += 1) if (!marks.ended.has(before)) return false;
  return true;
}

function notSubmitted({ folder, record }: SeenArray): CallStanding {
  if (cancelledBy(folder) !== undefined) return { state: "cancelled", reason: "" };
  if (hasEnded(record.driver)) return { state: "lost", reason: "it was not submitted" };
  return { state: "waiting", reason: "not submitted yet" };
}

/** As Slurm has it, put right by what it has written into the job's output. */
function stateOf({ folder, jobId = "" }: SeenArray, job: number, { state, nodes }: QueuedJob): string {
  return withCause({ jobId, state, nodes }, state === "FAILED" ? outputOfJob(folder, job) : "").state;
}

/** A job that ended as it should has noted all of its calls, unless its folder cannot be written. */
function silentEnd({ state, reason }: QueuedJob): Pick<CallStanding, "state" | "reason"> {
  if (state === "CANCELLED" || state === "REVOKED") return { state: "cancelled", reason: "" };
  if (state === "COMPLETED") return { state: "lost", reason: "its job has noted nothing" };
  // The state alone says no more than that.
  return { state: "failed", reason: state === "FAILED" && reason !== "None" ? reason : state };
}
