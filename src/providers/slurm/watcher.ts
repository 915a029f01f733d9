import { messageOf } from "../../errors.ts";
import { warnOnce } from "../../log.ts";
import { cancelledBy } from "./array-record.ts";
import { SlurmCommandError, warnOfUnreachable } from "./commands.ts";
import { listMarks } from "./marks.ts";
import { askAccounting, askQueue, type QueuedJob, type QueueSnapshot, queuedIn, standingOf } from "./queue.ts";
import type { WatchedArray } from "./watched-array.ts";

/** Jobs' marks are looked for so often at first, and later. */
const QUICK_MS = 50;
const SLOW_MS = 1_000;
/** A controller that takes longer to answer is asked less often. */
const SLOW_ANSWER_MS = 2_000;
const LONGEST_MS = 5 * 60_000;
/** Over NFS, a file can be seen so much later than a job that wrote it is known to have ended. */
const LATE_MS = 60_000;

export interface WatchListener {
  /** A job has begun a call. */
  started(array: WatchedArray, place: number, restart: number): void;
  /** A job has noted how a call ended. */
  ended(array: WatchedArray, place: number): void;
  /** A job is gone, and has not said how a call ended. */
  gone(array: WatchedArray, place: number, how: Gone): void;
  /** The queue was looked at. */
  polled(snapshot: QueueSnapshot): void;
}

/** A job that is gone. */
export interface Gone {
  readonly jobId: string;
  /** Slurm's word for how, where it still knows; `LOST` elsewhere. */
  readonly state: string;
  readonly nodes: string;
}

/**
 * Finds out how calls in jobs stand: by the files that jobs leave, and, for jobs that end without a word, by asking for the
 * whole queue at once, now and then.
 */
export class Watcher {
  readonly #arrays = new Set<WatchedArray>();
  readonly #pollIntervalMs: number;
  readonly #listener: WatchListener;
  readonly #hold: "hold" | "leave";
  #lookTimer: NodeJS.Timeout | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  /** When the latest array came. */
  #since = 0;
  #pollMs: number;
  #asking: Promise<QueueSnapshot> | undefined;
  #latest: QueueSnapshot | undefined;
  /** The one before, as far as jobs were compared with it. */
  #compared: QueueSnapshot | undefined;
  #stopped = false;

  /** @param options.hold - whether the process stays alive as long as something is watched. */
  constructor(
    { pollIntervalMs, hold }: { readonly pollIntervalMs: number; readonly hold: "hold" | "leave" },
    listener: WatchListener,
  ) {
    this.#pollIntervalMs = pollIntervalMs;
    this.#pollMs = pollIntervalMs;
    this.#hold = hold;
    this.#listener = listener;
  }

  get arrays(): ReadonlySet<WatchedArray> {
    return this.#arrays;
  }

  /** Watches an array as long as some call of it is awaited. */
  watch(array: WatchedArray): void {
    this.#arrays.add(array);
    this.#since = performance.now();
    if (this.#stopped) return;
    clearTimeout(this.#lookTimer);
    this.#lookLater();
    if (this.#pollTimer === undefined) this.#pollLater();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#lookTimer);
    clearTimeout(this.#pollTimer);
  }

  /** The queue as it was no longer than so long ago. @throws SlurmCommandError */
  snapshot(noOlderThanMs: number): Promise<QueueSnapshot> {
    const latest = this.#latest;
    if (latest !== undefined && Date.now() - latest.askedAt <= noOlderThanMs) return Promise.resolve(latest);
    this.#asking ??= askQueue()
      .then((snapshot) => {
        this.#latest = snapshot;
        return snapshot;
      })
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  #lookLater(): void {
    const sinceMs = performance.now() - this.#since;
    this.#lookTimer = this.#after(Math.min(SLOW_MS, Math.max(QUICK_MS, sinceMs / 20)), () => this.#look());
  }

  #pollLater(): void {
    this.#pollTimer = this.#after(this.#pollMs, () => this.#poll());
  }

  #after(ms: number, act: () => Promise<void>): NodeJS.Timeout {
    const timer = setTimeout(() => void act(), ms);
    return this.#hold === "leave" ? timer.unref() : timer;
  }

  async #look(): Promise<void> {
    for (const array of this.#arrays) {
      if (array.awaited.size === 0) this.#arrays.delete(array);
      else await this.#lookAt(array).catch((error: unknown) => this.#warn(array, error));
    }
    if (this.#stopped) return;
    if (this.#arrays.size > 0) this.#lookLater();
    else {
      clearTimeout(this.#pollTimer);
      this.#pollTimer = undefined;
    }
  }

  #warn({ folder }: WatchedArray, error: unknown): void {
    warnOnce(folder, "marks", `What a job array left cannot be read: ${messageOf(error)}. It is tried again.`);
  }

  async #lookAt(array: WatchedArray): Promise<void> {
    const marks = await listMarks(array.folder);
    array.noteBegun(marks.starts.keys());
    for (const [place, awaited] of array.awaited) {
      const starts = marks.starts.get(place) ?? 0;
      if (starts > awaited.starts) {
        awaited.starts = starts;
        this.#listener.started(array, place, starts - 1);
      }
      if (!marks.ended.has(place)) continue;
      this.#listener.ended(array, place);
    }
  }

  async #poll(): Promise<void> {
    const before = performance.now();
    try {
      const snapshot = await this.snapshot(0);
      await this.#compare(snapshot);
      this.#compared = snapshot;
      this.#listener.polled(snapshot);
      const slow = performance.now() - before > SLOW_ANSWER_MS;
      this.#pollMs = slow ? Math.min(LONGEST_MS, this.#pollMs * 2) : this.#pollIntervalMs;
    } catch (error) {
      this.#pollMs = Math.min(LONGEST_MS, this.#pollMs * 2);
      if (error instanceof SlurmCommandError && error.trouble === "unreachable") warnOfUnreachable(error);
      else warnOnce("slurm", "queue", `How jobs stand cannot be found out, and is asked again: ${messageOf(error)}`);
    }
    if (!this.#stopped && this.#pollTimer !== undefined) this.#pollLater();
  }

  /** What the queue knows of jobs that have said nothing. */
  async #compare(snapshot: QueueSnapshot): Promise<void> {
    const forgotten: { readonly array: WatchedArray; readonly job: number; readonly id: string }[] = [];
    for (const array of [...this.#arrays]) {
      if (array.jobId === undefined) {
        const found = snapshot.arrays.get(array.jobName);
        if (found !== undefined) array.jobId = found;
        else this.#notSubmitted(array, snapshot);
        continue;
      }
      for (const job of array.openJobs) {
        const id = `${array.jobId}_${job}`;
        const queued = queuedIn(snapshot, array, job) ?? this.#cancelledBetween(snapshot, array, job);
        // It may have been submitted after the question.
        if (queued === undefined) forgotten.push({ array, job, id });
        else if (standingOf(queued) === "ended") await this.#silent(array, job, { id, queued });
        else for (const place of array.awaitedOf(job)) this.#noteGone(array, place, undefined);
      }
    }
    if (forgotten.length === 0) return;
    const accounted = await askAccounting(forgotten.map(({ id }) => id));
    for (const { array, job, id } of forgotten) {
      const queued = accounted.get(id) ?? { state: "LOST", nodes: "", reason: "", cpus: 0 };
      if (standingOf(queued) === "ended") await this.#silent(array, job, { id, queued });
    }
  }

  /**
   * A job of an array that waits is forgotten at once when somebody cancels it. One that had come to another end would still be
   * known: the controller keeps those for a while.
   */
  #cancelledBetween(snapshot: QueueSnapshot, array: WatchedArray, job: number): QueuedJob | undefined {
    const before = this.#compared;
    if (before === undefined || snapshot.askedAt - before.askedAt > LATE_MS || array.hasBegun(job)) return undefined;
    const queued = queuedIn(before, array, job);
    if (queued === undefined || standingOf(queued) !== "waiting") return undefined;
    return { ...queued, state: "CANCELLED" };
  }

  /** Another session died, or lost interest, between writing an array down and submitting it, or the user has cancelled it. */
  #notSubmitted(array: WatchedArray, { askedAt }: QueueSnapshot): void {
    const isCancelled = cancelledBy(array.folder) === "user";
    if (!isCancelled && array.origin === "own") return;
    if (!isCancelled && askedAt - Date.parse(array.record.created_at) < LATE_MS) return;
    const how: Gone = { jobId: array.record.id, state: isCancelled ? "CANCELLED" : "LOST", nodes: "" };
    for (const place of [...array.awaited.keys()]) this.#listener.gone(array, place, how);
  }

  /** A job has ended: what it noted is looked at before anything is said of it. */
  async #silent(
    array: WatchedArray,
    job: number,
    { id, queued }: { readonly id: string; readonly queued: QueuedJob },
  ): Promise<void> {
    await this.#lookAt(array);
    const now = Date.now();
    // A job that ended as it should has noted all; one that is not known any more may have been submitted a moment ago.
    const patience = queued.state === "COMPLETED" || queued.state === "LOST" ? LATE_MS : 0;
    for (const place of array.awaitedOf(job)) {
      const since = this.#noteGone(array, place, now);
      if (now - since < patience) continue;
      this.#listener.gone(array, place, { jobId: id, state: queued.state, nodes: queued.nodes });
    }
  }

  #noteGone(array: WatchedArray, place: number, at: number | undefined): number {
    const awaited = array.awaited.get(place);
    if (awaited === undefined) return at ?? 0;
    awaited.goneSince = at === undefined ? undefined : (awaited.goneSince ?? at);
    return awaited.goneSince ?? 0;
  }
}
