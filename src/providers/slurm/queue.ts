import os from "node:os";
import { runSlurm, SlurmCommandError } from "./commands.ts";

/** What Slurm says of a job. */
export interface QueuedJob {
  /** Such as `PENDING` or `NODE_FAIL`, see "JOB STATE CODES" of squeue(1). */
  readonly state: string;
  readonly nodes: string;
  /** Why it waits, in Slurm's words. */
  readonly reason: string;
  /** Cores that it has, or asks for; 0 where that is not told. */
  readonly cpus: number;
}

/** All jobs of the user at one time. */
export interface QueueSnapshot {
  /** When it was asked for, on the clock of `Date.now()`. */
  readonly askedAt: number;
  /** By their ids, such as `4711_12`. */
  readonly jobs: ReadonlyMap<string, QueuedJob>;
  /** Numbers of arrays by the names of their jobs. */
  readonly arrays: ReadonlyMap<string, string>;
}

const WAITING = new Set([
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_FED",
  "REQUEUE_HOLD",
  "RESV_DEL_HOLD",
  "SPECIAL_EXIT",
]);
/** `LOST`: as scalable calls it where Slurm does not know the job any more. */
const ENDED = new Set([
  "BOOT_FAIL",
  "CANCELLED",
  "COMPLETED",
  "DEADLINE",
  "FAILED",
  "LOST",
  "NODE_FAIL",
  "OUT_OF_MEMORY",
  "PREEMPTED",
  "REVOKED",
  "TIMEOUT",
]);

/**
 * Where a job stands, by what Slurm calls its state. One that is not known here is none of an end: a job that has ended is
 * forgotten by the controller soon, and what is taken for ended too early is computed twice.
 */
export function standingOf({ state }: Pick<QueuedJob, "state">): "waiting" | "running" | "ended" {
  if (WAITING.has(state)) return "waiting";
  return ENDED.has(state) ? "ended" : "running";
}

/** Asks for all jobs of the user: those that ended a while ago are among them. @throws SlurmCommandError */
export async function askQueue(): Promise<QueueSnapshot> {
  const askedAt = Date.now();
  const user = String(process.getuid?.() ?? os.userInfo().username);
  const format = "--format=%i|%T|%N|%r|%C|%j";
  const text = await runSlurm("squeue", ["--noheader", "--array", "--states=all", `--user=${user}`, format]);
  return snapshotFrom(text, askedAt);
}

export function snapshotFrom(text: string, askedAt: number): QueueSnapshot {
  const jobs = new Map<string, QueuedJob>();
  const arrays = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [id = "", state = "", nodes = "", reason = "", cpus = "", ...name] = line.trim().split("|");
    const [array, place] = id.split("_");
    if (array === undefined || !/^\d+$/.test(array) || (place !== undefined && !/^\d+$/.test(place))) continue;
    jobs.set(id, { state, nodes, reason, cpus: Number(cpus) || 0 });
    if (place !== undefined) arrays.set(name.join("|"), array);
  }
  return { askedAt, jobs, arrays };
}

/** What the queue knows of a job of an array. By the array's name too: a controller that was set up anew counts from 1 again. */
export function queuedIn(
  { jobs, arrays }: QueueSnapshot,
  { jobId, jobName }: { readonly jobId: string | undefined; readonly jobName: string },
  job: number,
): QueuedJob | undefined {
  return jobId !== undefined && arrays.get(jobName) === jobId ? jobs.get(`${jobId}_${job}`) : undefined;
}

let accounting: "asked" | "none" = "asked";

/** So many jobs are asked for in one argument: it has at most 128 KiB. */
const AT_ONCE = 5_000;

/** What accounting says of jobs that the controller has forgotten, where there is any. */
export async function askAccounting(ids: readonly string[]): Promise<ReadonlyMap<string, QueuedJob>> {
  const jobs = new Map<string, QueuedJob>();
  const options = ["--noheader", "--parsable2", "--allocations", "--format=JobID,State,NodeList"];
  try {
    for (let from = 0; from < ids.length && accounting === "asked"; from += AT_ONCE) {
      const text = await runSlurm("sacct", [...options, `--jobs=${ids.slice(from, from + AT_ONCE).join(",")}`]);
      for (const line of text.split("\n")) {
        const [id = "", state = "", nodes = ""] = line.trim().split("|");
        // "CANCELLED by 1000"
        if (state !== "") jobs.set(id, { state: state.split(" ")[0] ?? state, nodes, reason: "", cpus: 0 });
      }
    }
  } catch (error) {
    if (error instanceof SlurmCommandError && error.trouble !== "unreachable") accounting = "none";
  }
  return jobs;
}
