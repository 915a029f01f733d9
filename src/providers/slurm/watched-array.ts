import { hasEnded } from "../../telemetry/run-process.ts";
import type { CallListener, RemoteCall } from "../provider.ts";
import { type ArrayRecord, callsOfJob, jobOfCall, submittedAs } from "./array-record.ts";

/** A call on its way through Slurm. */
export interface Flight {
  readonly component: string;
  readonly call: RemoteCall;
  readonly listener: CallListener;
}

/** A call of an array that somebody waits for. */
interface Awaited {
  readonly flight: Flight;
  /** How often its job was seen to begin it. */
  starts: number;
  /** Since when its job is known to be gone without a word; milliseconds since 1970. */
  goneSince: number | undefined;
}

/** A job array, as a session sees it that waits for some of its calls. */
export class WatchedArray {
  readonly folder: string;
  readonly record: ArrayRecord;
  /** Whether this session has made it. */
  readonly origin: "own" | "found";
  /** Whether this session ends its jobs when it ends. */
  readonly ours: boolean;
  /** How many of its jobs may run at one time. */
  atOnce: number | undefined;
  readonly awaited = new Map<number, Awaited>();
  /** Jobs that this session has ended. */
  readonly cancelled = new Set<number>();
  /** Jobs that have begun a call. */
  readonly #begun = new Set<number>();
  #jobId: string | undefined;
  #places: ReadonlyMap<string, number> | undefined;

  constructor(folder: string, record: ArrayRecord, origin: "own" | "found") {
    this.folder = folder;
    this.record = record;
    this.origin = origin;
    // What a session left behind that has ended belongs to the one that goes on with it.
    this.ours = origin === "own" || hasEnded(record.driver);
  }

  /** The number that Slurm gave it; undefined before it is submitted. */
  get jobId(): string | undefined {
    this.#jobId ??= submittedAs(this.folder);
    return this.#jobId;
  }

  set jobId(jobId: string) {
    this.#jobId = jobId;
  }

  /** What its jobs are called. */
  get jobName(): string {
    return jobNameOf(this.record);
  }

  placeOf(key: string): number | undefined {
    this.#places ??= new Map(
      this.record.calls.flatMap(({ key }, place): [string, number][] => (key === undefined ? [] : [[key, place]])),
    );
    return this.#places.get(key);
  }

  /** Takes note of calls that were begun. */
  noteBegun(places: Iterable<number>): void {
    for (const place of places) this.#begun.add(jobOfCall(this.record, place));
  }

  /** Whether a job has begun any of its calls. */
  hasBegun(job: number): boolean {
    return this.#begun.has(job);
  }

  await(place: number, flight: Flight): void {
    this.awaited.set(place, { flight, starts: 0, goneSince: undefined });
  }

  /** Jobs of which some call is awaited. */
  get openJobs(): Set<number> {
    return new Set([...this.awaited.keys()].map((place) => jobOfCall(this.record, place)));
  }

  /** Calls of a job that are awaited. */
  awaitedOf(job: number): number[] {
    const { from, to } = callsOfJob(this.record, job);
    return Array.from({ length: to - from }, (_, at) => from + at).filter((place) => this.awaited.has(place));
  }
}

const LONGEST_NAME = 60;

/** What the jobs of an array are called: by that a session finds an array of whose submission it knows nothing. */
export function jobNameOf({ id, calls }: Pick<ArrayRecord, "id" | "calls">): string {
  const name = (calls[0]?.name ?? "").replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, LONGEST_NAME);
  return `${name}.${id}`;
}
