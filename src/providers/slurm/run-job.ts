import os from "node:os";
import { Worker } from "node:worker_threads";
import { cacheOf } from "../../cacheable/default-cache.ts";
import { type CachedFunction, identify } from "../../cacheable/identified-call.ts";
import { lookUpLocally } from "../../cacheable/look-up.ts";
import { toStored } from "../../store/conversion.ts";
import { flush } from "../../store/remote/remote.ts";
import { writeThrown } from "../../store/thrown.ts";
import { onEvent, type ScalableEvent } from "../../telemetry/event.ts";
import { pack, unpack } from "../parcel.ts";
import type { FromWorker } from "../worker/messages.ts";
import { runCall } from "../worker/run-call.ts";
import { type ArrayRecord, callsOfJob, type JobCall, readCalls } from "./array-record.ts";
import type { TimeoutSettings } from "./job-timeout.ts";
import { type EndMark, type JobOutcome, markEnd, markStart, readEnd, type StartMark } from "./marks.ts";

type Ended = Extract<FromWorker, { readonly type: "value" | "stored" | "error" }>;

const TIMEOUT_FILE = new URL(
  import.meta.url.endsWith(".ts") ? "./job-timeout.ts" : "./slurm-timeout.js",
  import.meta.url,
);

/** Makes the calls of this job, one after the other, but for those that ended before it was started again. */
export async function runJob(folder: string, record: ArrayRecord): Promise<void> {
  const { jobId, place, restart, node } = thisJob();
  const callAt = readCalls(folder, record);
  const { from, to } = callsOfJob(record, place);
  for (let at = from; at < to; at += 1) {
    if (readEnd(folder, at) !== undefined) continue;
    const start: StartMark = { job_id: jobId, node, at: new Date().toISOString() };
    markStart(folder, at, restart, start);
    const call = callAt(at);
    const stopTimeout = await startTimeout(call, { folder, place: at, start });
    const exited = (code: number): void =>
      markEnd(folder, at, { ...endOf(start, call.key), events: [], outcome: { end: "exited", code } });
    process.on("exit", exited);
    const { events, outcome, key } = await runShared(call);
    process.off("exit", exited);
    await stopTimeout();
    markEnd(folder, at, { ...endOf(start, key), events, outcome });
  }
}

/** What Slurm says of this job, see "OUTPUT ENVIRONMENT VARIABLES" of sbatch(1). */
function thisJob(): {
  readonly jobId: string;
  readonly place: number;
  readonly restart: number;
  readonly node: string;
} {
  const { env } = process;
  const place = Number(env["SLURM_ARRAY_TASK_ID"] ?? Number.NaN);
  if (!Number.isInteger(place))
    throw new Error("This is a part of a Slurm job array, and SLURM_ARRAY_TASK_ID is not set.");
  return {
    jobId: `${env["SLURM_ARRAY_JOB_ID"]}_${place}`,
    place,
    restart: Number(env["SLURM_RESTART_COUNT"] ?? 0),
    node: env["SLURMD_NODENAME"] ?? os.hostname(),
  };
}

function endOf(start: StartMark, key: string | undefined): Omit<EndMark, "events" | "outcome"> {
  return { ...start, started_at: start.at, at: new Date().toISOString(), key };
}

/** A thread of its own ends a call that takes too long: this one may be busy with it. */
async function startTimeout(
  { timeoutMs, key }: JobCall,
  { folder, place, start }: { readonly folder: string; readonly place: number; readonly start: StartMark },
): Promise<() => Promise<unknown>> {
  if (timeoutMs === undefined) return () => Promise.resolve();
  const mark: EndMark = { ...endOf(start, key), events: [], outcome: { end: "timeout" } };
  const workerData: TimeoutSettings = { folder, place, mark, timeoutMs };
  const thread = new Worker(TIMEOUT_FILE, { workerData });
  await new Promise((resolve, reject) => thread.once("online", resolve).once("error", reject));
  return () => thread.terminate();
}

/** Makes a call, and brings its result to where its session finds it. */
async function runShared(call: JobCall): Promise<Pick<EndMark, "events" | "outcome" | "key">> {
  const events: ScalableEvent[] = [];
  let ended: Ended | undefined;
  const off = onEvent((event) => {
    if (event.type === "remote") events.push(event);
  });
  try {
    const cached = await runCall(call, (message) => {
      if (message.type === "event") events.push(message.event);
      else if (message.type === "value" || message.type === "stored" || message.type === "error") ended = message;
    });
    if (ended === undefined) throw new Error("A call ended without a word.");
    const key = call.key ?? lastKey(events);
    if (ended.type === "error")
      return { events, key, outcome: { end: "error", error: ended.error, usage: ended.usage } };
    const outcome = await share(call, { cached, ended, events, key });
    return { events, key, outcome };
  } finally {
    off();
  }
}

interface Computed {
  readonly cached: CachedFunction | undefined;
  readonly ended: Exclude<Ended, { readonly type: "error" }>;
  readonly events: readonly ScalableEvent[];
  readonly key: string | undefined;
}

/** A result that cannot be brought into the shared cache is handed over: nothing that was computed is thrown away. */
async function share(call: JobCall, { cached, ended, events, key }: Computed): Promise<JobOutcome> {
  const { usage } = ended;
  await flush();
  // Its session could not find it: it is stored under another key than the session would make.
  if (call.handOver === "always" && ended.type === "value") {
    return { end: "value", value: ended.value, unshared: false, usage };
  }
  const isStored = events.some(
    (event) => event.type === "cache" && event.key_digest === key && (event.hit || event.stored === true),
  );
  if (isStored && cached !== undefined && key !== undefined && (await isShared(cached, key, events))) {
    return { end: "stored", usage };
  }
  if (ended.type === "value") return { end: "value", value: ended.value, unshared: isStored, usage };
  try {
    const value = await readBack(call, cached);
    return { end: "value", value: pack(value, "result", cached?.settings.name ?? ""), unshared: true, usage };
  } catch (error) {
    return { end: "error", error: writeThrown(error), usage };
  }
}

async function isShared(cached: CachedFunction, key: string, events: readonly ScalableEvent[]): Promise<boolean> {
  const { remote } = cacheOf(cached);
  if (remote === undefined) return false;
  const fetched = events.some(
    (event) => event.type === "cache" && event.key_digest === key && event.source === "remote",
  );
  if (fetched) return true;
  try {
    const uploaded = (): boolean =>
      events.some(
        (event) => event.type === "remote" && event.what === "upload" && event.ok && event.key_digest === key,
      );
    if (uploaded()) return true;
    if (!remote.writes) return false;
    return (await (await remote.load()).upload({ key, how: "missing" })) !== undefined;
  } catch {
    return false; // The user was told.
  }
}

/** A long result, in the form in which it is stored. */
async function readBack(call: JobCall, cached: CachedFunction | undefined): Promise<unknown> {
  if (cached === undefined) throw new Error("A result was stored without a function.");
  const known = await identify(cached, undefined, unpack(call.args) as readonly unknown[]);
  const answer = await lookUpLocally(known);
  if (!("value" in answer))
    throw new Error(`The result of ${cached.settings.name} was removed before it could be shared.`);
  const { returnType } = cached.settings;
  return returnType === undefined ? answer.value : toStored(returnType, answer.value);
}

function lastKey(events: readonly ScalableEvent[]): string | undefined {
  const own = events.findLast((event) => event.type === "cache");
  return own?.type === "cache" && own.key_digest !== "" ? own.key_digest : undefined;
}
