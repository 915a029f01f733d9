import { messageOf, ScalableError } from "../../errors.ts";
import { info, warnOnce } from "../../log.ts";
import { readThrown } from "../../store/thrown.ts";
import type { JobState, ScalableEvent } from "../../telemetry/event.ts";
import type { CallListener, Provider, ProviderListener, RemoteCall, Room } from "../provider.ts";
import { Adoption } from "./adoption.ts";
import { ArrayMaker, type ArrayMakerOptions } from "./array-maker.ts";
import { jobOfCall, noteCancelled } from "./array-record.ts";
import { outputOfCall, outputOfJob } from "./call-output.ts";
import { runSlurm } from "./commands.ts";
import { describeGone, endOfGone, endOfOutput, withCause } from "./gone.ts";
import { askLimits, type ClusterLimits } from "./limits.ts";
import { type EndMark, markDelivered, readEnd, readStart } from "./marks.ts";
import { removeOldArrays } from "./old-arrays.ts";
import { type QueueSnapshot, queuedIn } from "./queue.ts";
import { type PreparedArray, Submitter } from "./submitter.ts";
import type { Flight, WatchedArray } from "./watched-array.ts";
import { type Gone, Watcher } from "./watcher.ts";
import { openWorkFolder } from "./work-folder.ts";

export interface SlurmProviderOptions extends Omit<ArrayMakerOptions, "limits"> {
  /** `detach`: jobs are left alone, whatever becomes of this process. */
  readonly mode: "stay" | "detach";
}

/** Calls that come within so long go into one array, as far as they can … */
const TOGETHER_MS = 100;
/** … but none waits longer than that. */
const LONGEST_MS = 2_000;

/** Runs calls in job arrays of Slurm. */
export class SlurmProvider implements Provider {
  readonly whenClosed = "cancel";
  readonly #listener: ProviderListener;
  readonly #watcher: Watcher;
  readonly #submitter: Submitter;
  readonly #maker: ArrayMaker;
  readonly #adoption: Adoption;
  /** Calls that are not in an array yet. */
  #fresh: Flight[] = [];
  #freshSince = 0;
  #freshTimer: NodeJS.Timeout | undefined;
  #placing = 0;
  /** Where calls are that are in one. */
  readonly #placed = new Map<string, { readonly array: WatchedArray; readonly place: number }>();
  /** Calls that were given up before they came into one. */
  readonly #given = new Set<string>();
  readonly #running = new Set<string>();
  readonly #workDir: string;
  #limits: Promise<ClusterLimits> | undefined;
  #tidied: Promise<void> | undefined;
  #cancelling: Promise<unknown> = Promise.resolve();
  readonly #toCancel = new Set<WatchedArray>();
  /** Jobs are left alone. */
  #left = false;

  /** @throws ScalableError with `E_SETTING` where its folder cannot be used. */
  constructor(options: SlurmProviderOptions, listener: ProviderListener) {
    this.#listener = listener;
    this.#workDir = options.slurm.workDir;
    openWorkFolder(this.#workDir);
    const { mode, slurm } = options;
    this.#watcher = new Watcher(
      { pollIntervalMs: slurm.pollIntervalMs, hold: mode === "detach" ? "leave" : "hold" },
      {
        started: (array, place, restart) => this.#started(array, place, restart),
        ended: (array, place) => this.#ended(array, place),
        gone: (array, place, how) => this.#gone(array, place, how),
        polled: (snapshot) => this.#polled(snapshot),
      },
    );
    const limits = (): Promise<ClusterLimits> => this.#askLimits();
    this.#maker = new ArrayMaker({ ...options, limits });
    this.#adoption = new Adoption(slurm.workDir, this.#watcher);
    this.#submitter = new Submitter({
      options: slurm,
      watcher: this.#watcher,
      limits,
      mode,
      refused: (array, error) => this.#refused(array, error),
      submitted: (array) => this.#submitted(array),
    });
  }

  /** Whatever waits, waits in Slurm's queue. */
  roomFor(): Room {
    return "worker";
  }

  run(component: string, call: RemoteCall, listener: CallListener): void {
    if (this.#fresh.length === 0) this.#freshSince = performance.now();
    this.#fresh.push({ component, call, listener });
    clearTimeout(this.#freshTimer);
    const waited = performance.now() - this.#freshSince;
    this.#freshTimer = setTimeout(() => this.#placeFresh(), Math.max(0, Math.min(TOGETHER_MS, LONGEST_MS - waited)));
  }

  kill(callId: string): void {
    const at = this.#placed.get(callId);
    if (at === undefined) {
      const fresh = this.#fresh.findIndex(({ call }) => call.id === callId);
      const [flight] = fresh < 0 ? [] : this.#fresh.splice(fresh, 1);
      if (flight !== undefined) this.#giveUp(flight);
      else if (this.#placing > 0) this.#given.add(callId);
      return;
    }
    const { array, place } = at;
    const flight = this.#take(array, place);
    if (flight === undefined) return;
    this.#cancelLater(array);
    this.#giveUp(flight);
  }

  /** What is given up at one time is ended by one command. */
  #cancelLater(array: WatchedArray): void {
    if (this.#toCancel.size === 0) this.#cancelling = this.#cancelling.then(() => this.#cancelJobs());
    this.#toCancel.add(array);
  }

  #submitted(array: WatchedArray): void {
    info(`Job array ${array.jobId} was submitted: ${array.record.calls.length} calls.`);
    // Some of it may have been given up meanwhile.
    if (array.openJobs.size < array.record.firsts.length) this.#cancelLater(array);
  }

  /** Ends the jobs of this session. Nobody is told of their calls. */
  async close(): Promise<void> {
    clearTimeout(this.#freshTimer);
    this.#fresh = [];
    for (const { array, place } of [...this.#placed.values()]) {
      this.#take(array, place);
      this.#cancelLater(array);
    }
    await this.#submitter.stop();
    await this.#cancelling;
    this.#watcher.stop();
  }

  /** From now on, jobs go on without this session. */
  leave(): void {
    this.#left = true;
    this.#watcher.stop();
  }

  /** Jobs that run calls of this session. */
  get workers(): number {
    return this.#running.size;
  }

  /** How calls stand that were handed over. */
  get standing(): { readonly submitted: number; readonly waiting: number; readonly running: number } {
    const arrays = [...this.#watcher.arrays].filter(({ jobId }) => jobId !== undefined);
    const submitted = arrays.reduce((sum, { awaited }) => sum + awaited.size, 0);
    const placed = this.#placed.size + this.#fresh.length + this.#placing;
    return { submitted, waiting: placed - submitted, running: this.#running.size };
  }

  /** Resolves when all that was handed over is submitted, or cannot be. */
  async allSubmitted(): Promise<void> {
    while (this.standing.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  #askLimits(): Promise<ClusterLimits> {
    this.#limits ??= this.#submitter.patiently(askLimits).catch((error: unknown) => {
      this.#limits = undefined;
      throw error;
    });
    return this.#limits;
  }

  #placeFresh(): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    this.#placing += fresh.length;
    const groups = Map.groupBy(fresh, ({ component, call }) => JSON.stringify([component, call.growth]));
    for (const flights of groups.values()) {
      void this.#place(flights).finally(() => {
        this.#placing -= flights.length;
      });
    }
  }

  /** Finds out which calls are computed already, and makes arrays of the others. */
  async #place(flights: readonly Flight[]): Promise<void> {
    const open = new Set(flights);
    try {
      const { found, fresh } = await this.#adoption.sort(flights);
      for (const { flight, array, place } of found) {
        open.delete(flight);
        if (!this.#isGivenUp(flight)) this.#join(flight, array, place);
      }
      const claims = new Map(fresh.map(({ flight, claim }) => [flight, claim]));
      const wanted = fresh.map(({ flight }) => flight).filter((flight) => !this.#isGivenUp(flight, open));
      const { prepared, taken } = await this.#maker.make(wanted, {
        claim: (key, arrayId, flight) => this.#adoption.claims.take(key, arrayId, claims.get(flight)),
      });
      for (const one of prepared) {
        this.#adoption.note(one.array);
        for (const { flight } of one.array.awaited.values()) open.delete(flight);
        this.#watch(one);
      }
      for (const flight of taken) open.delete(flight);
      // Another session was quicker.
      if (taken.length > 0) await this.#place(taken);
    } catch (error) {
      for (const { listener } of open) listener.ended({ end: "error", error: asScalableError(error), usage: NO_USAGE });
    }
  }

  #watch(prepared: PreparedArray): void {
    const { array } = prepared;
    for (const [place, { flight }] of array.awaited) this.#placed.set(flight.call.id, { array, place });
    this.#watcher.watch(array);
    this.#submitter.add(prepared);
    for (const { flight } of [...array.awaited.values()]) {
      if (this.#given.delete(flight.call.id)) this.kill(flight.call.id);
    }
  }

  /** Whether a call was given up before it came into an array. Then its listener is told. */
  #isGivenUp(flight: Flight, open?: Set<Flight>): boolean {
    if (!this.#given.delete(flight.call.id)) return false;
    open?.delete(flight);
    this.#giveUp(flight);
    return true;
  }

  #join(flight: Flight, array: WatchedArray, place: number): void {
    array.await(place, flight);
    this.#placed.set(flight.call.id, { array, place });
    this.#watcher.watch(array);
  }

  #giveUp({ listener }: Flight): void {
    listener.ended({ end: "lost", reason: "it was given up", bystander: false });
  }

  /** Takes a call out of its array: nothing more is told of it. */
  #take(array: WatchedArray, place: number): Flight | undefined {
    const flight = array.awaited.get(place)?.flight;
    if (flight === undefined) return undefined;
    array.awaited.delete(place);
    this.#placed.delete(flight.call.id);
    this.#running.delete(flight.call.id);
    this.#submitter.nudge();
    return flight;
  }

  #started(array: WatchedArray, place: number, restart: number): void {
    const awaited = array.awaited.get(place);
    if (awaited === undefined) return;
    const { call, listener } = awaited.flight;
    const mark = readStart(array.folder, place, restart);
    if (restart > 0) this.#tellJob(array, place, { state: "REQUEUED", restart: restart - 1 });
    this.#running.add(call.id);
    // Nodes are what a cluster has workers on; which job it was is told at its end.
    listener.started(mark?.node ?? `${array.jobId}_${jobOfCall(array.record, place)}`);
  }

  #ended(array: WatchedArray, place: number): void {
    const mark = readEnd(array.folder, place);
    if (mark === undefined) return; // It is being written, or is damaged; the queue will say that the job is gone.
    this.#adoption.delivered(mark);
    this.#tellJob(array, place, { state: STATE_OF_END[mark.outcome.end], mark });
    const flight = this.#take(array, place);
    if (flight === undefined) return;
    const { call, listener } = flight;
    if (mark.outcome.end === "value") this.#noteDelivered(array, place);
    for (const event of mark.events) this.#listener.event(withReason(event, call));
    const output = this.#handOutput(array, place, call.id);
    const { outcome } = mark;
    switch (outcome.end) {
      case "stored":
      case "timeout":
      case "value":
        listener.ended(outcome);
        return;
      case "error":
        listener.ended({ end: "error", error: readThrown(outcome.error), usage: outcome.usage });
        return;
      case "exited":
        listener.ended({ end: "lost", reason: `exit code ${outcome.code}${endOfOutput(output)}`, bystander: false });
    }
  }

  #noteDelivered({ folder }: WatchedArray, place: number): void {
    try {
      markDelivered(folder, place);
    } catch (error) {
      warnOnce(folder, "delivered", `A result cannot be noted as handed over: ${messageOf(error)}`);
    }
  }

  /** A job is gone and has not said how the call ended. */
  #gone(array: WatchedArray, place: number, said: Gone): void {
    const output = this.#handOutput(array, place, array.awaited.get(place)?.flight.call.id ?? "");
    const how = withCause(said, outputOfJob(array.folder, jobOfCall(array.record, place)));
    this.#tellJob(array, place, { state: stateOf(how.state), gone: how });
    const outcome = endOfGone(how, { array, place, output });
    const flight = this.#take(array, place);
    if (outcome.end === "lost" && outcome.bystander)
      info(`${flight?.call.name}: ${describeGone(how)}. It is submitted again.`);
    flight?.listener.ended(outcome);
  }

  #handOutput(array: WatchedArray, place: number, callId: string): string {
    const own = outputOfCall(array.folder, place);
    const job = jobOfCall(array.record, place);
    // A job's own output belongs to the call where there is only one.
    const all = array.awaitedOf(job).length > 1 ? own : own + outputOfJob(array.folder, job);
    if (all !== "" && callId !== "") this.#listener.output(callId, all);
    return all;
  }

  #refused(array: WatchedArray, error: unknown): void {
    this.#toCancel.delete(array);
    try {
      noteCancelled(array.folder, "session");
    } catch {
      // Others find out within a minute.
    }
    for (const place of [...array.awaited.keys()]) {
      this.#take(array, place)?.listener.ended({ end: "error", error, usage: NO_USAGE });
    }
  }

  #polled(snapshot: QueueSnapshot): void {
    for (const array of this.#watcher.arrays) {
      for (const job of array.openJobs) {
        const id = `${array.jobId}_${job}`;
        const queued = queuedIn(snapshot, array, job);
        if (queued?.state !== "PENDING" || !HOPELESS.test(queued.reason)) continue;
        warnOnce(
          array.record.id,
          queued.reason,
          `Job ${id} waits, and may do so for ever. Slurm says: ${queued.reason}.`,
        );
      }
    }
    void this.#submitter.widen();
    this.#tidied ??= removeOldArrays(this.#workDir, this.#adoption.claims, snapshot).catch((error: unknown) => {
      warnOnce(
        this.#workDir,
        "old-arrays",
        `What old jobs left in ${this.#workDir} cannot be removed: ${messageOf(error)}`,
      );
    });
  }

  async #cancelJobs(): Promise<void> {
    const arrays = [...this.#toCancel];
    this.#toCancel.clear();
    if (this.#left) return;
    try {
      const ids = arrays.filter(({ ours }) => ours).flatMap((array) => this.#jobsToCancel(array));
      for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
        await runSlurm("scancel", ids.slice(from, from + IDS_AT_ONCE));
      }
    } catch (error) {
      // What has ended meanwhile is refused as well.
      warnOnce("slurm", "cancel", `Some jobs may go on, as scancel failed: ${messageOf(error)}`);
    }
  }

  #jobsToCancel(array: WatchedArray): string[] {
    noteCancelled(array.folder, "session");
    if (array.jobId === undefined) return [];
    const open = array.openJobs;
    if (open.size === 0) return [array.jobId];
    const jobs = array.record.firsts.map((_, job) => job).filter((job) => !open.has(job) && !array.cancelled.has(job));
    for (const job of jobs) array.cancelled.add(job);
    return jobs.map((job) => `${array.jobId}_${job}`);
  }

  #tellJob(array: WatchedArray, place: number, end: JobEnd): void {
    const awaited = array.awaited.get(place);
    const call = array.record.calls[place];
    if (awaited === undefined || call === undefined) return;
    const restart = end.restart ?? Math.max(0, awaited.starts - 1);
    const start = readStart(array.folder, place, restart);
    const { mark, gone, state } = end;
    const usage = mark !== undefined && "usage" in mark.outcome ? mark.outcome.usage : undefined;
    const node = mark?.node ?? start?.node ?? gone?.nodes ?? "";
    const waitedMs = start === undefined ? undefined : Date.parse(start.at) - Date.parse(array.record.created_at);
    this.#listener.event({
      type: "job",
      timestamp: new Date().toISOString(),
      task_id: awaited.flight.call.id,
      task_name: call.name,
      function_name: call.function_name,
      component: array.record.component,
      attempt: awaited.flight.call.attempt,
      restart,
      job_id: mark?.job_id ?? start?.job_id ?? gone?.jobId ?? `${array.jobId}_${jobOfCall(array.record, place)}`,
      state,
      ...(node === "" ? {} : { node }),
      cpus: array.record.resources.cpus,
      ...(call.key === undefined ? {} : { key_digest: call.key }),
      submitted_at: array.record.created_at,
      ...(waitedMs === undefined ? {} : { waited_s: Math.max(0, waitedMs) / 1000 }),
      ...(usage === undefined
        ? {}
        : { duration_s: usage.durationS, cpu_s: usage.cpuS, peak_memory_bytes: usage.peakMemoryBytes }),
    });
  }
}

/** Why a call missed is known to the session, which has looked it up beside earlier ones: a job's cache is empty. */
function withReason(event: ScalableEvent, { key, absent }: RemoteCall): ScalableEvent {
  if (event.type !== "cache" || event.hit || event.key_digest !== key || absent === undefined) return event;
  const { because: _, ...rest } = event;
  return { ...rest, reason: absent.reason, ...(absent.because === undefined ? {} : { because: absent.because }) };
}

interface JobEnd {
  readonly state: JobState;
  readonly restart?: number;
  readonly mark?: EndMark;
  readonly gone?: Gone;
}

const STATE_OF_END: Readonly<Record<EndMark["outcome"]["end"], JobState>> = {
  stored: "COMPLETED",
  value: "COMPLETED",
  error: "FAILED",
  exited: "FAILED",
  timeout: "TIMEOUT",
};

/** A command line has room for so many. */
const IDS_AT_ONCE = 5_000;

const NO_USAGE = { durationS: 0, cpuS: 0, peakMemoryBytes: 0 };

/**
 * Reasons that do not go away by waiting, see "JOB REASON CODES" of squeue(1). ReqNodeNotAvail is none: for a moment, it is
 * that of all jobs after the controller was started, and else that of a maintenance.
 */
const HOPELESS =
  /BadConstraints|PartitionNodeLimit|PartitionTimeLimit|held|InvalidAccount|InvalidQOS|AccountNotAllowed|QOSNotAllowed|DependencyNeverSatisfied|JobHoldMaxRequeue|MaxCpuPerAccount|MaxMemPerLimit/i;

const STATES: ReadonlySet<string> = new Set<JobState>([
  "COMPLETED",
  "FAILED",
  "TIMEOUT",
  "OUT_OF_MEMORY",
  "NODE_FAIL",
  "PREEMPTED",
  "CANCELLED",
]);

function stateOf(said: string): JobState {
  if (said === "DEADLINE") return "TIMEOUT";
  if (said === "BOOT_FAIL") return "NODE_FAIL";
  return STATES.has(said) ? (said as JobState) : "LOST";
}

function asScalableError(error: unknown): unknown {
  if (error instanceof ScalableError) return error;
  return new ScalableError("E_SLURM", `The call was not submitted: ${messageOf(error)}`, {}, error);
}
