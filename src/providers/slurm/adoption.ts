import { setTimeout as sleep } from "node:timers/promises";
import { hasEnded } from "../../telemetry/run-process.ts";
import type { RemoteCall } from "../provider.ts";
import { cancelledBy, jobOfCall, readArray } from "./array-record.ts";
import { type Claim, Claims } from "./claims.ts";
import { type EndMark, readEnd, wasDelivered } from "./marks.ts";
import { type QueueSnapshot, queuedIn, standingOf } from "./queue.ts";
import { type Flight, WatchedArray } from "./watched-array.ts";
import type { Watcher } from "./watcher.ts";
import { arrayFolder, isArrayId } from "./work-folder.ts";

/** A session writes an array down and submits it within so long, or has died meanwhile. */
const PREPARING_MS = 60_000;
/** A queue that was looked at so long ago still tells which jobs there are. */
const RECENT_MS = 1_000;

export interface Sorted {
  /** Calls that are in an array already, and computed there. */
  readonly found: readonly { readonly flight: Flight; readonly array: WatchedArray; readonly place: number }[];
  /** The others, with the claim that there was before, if any. */
  readonly fresh: readonly { readonly flight: Flight; readonly claim: Claim | undefined }[];
}

/** Whether a call may have a result that is not computed for it alone. */
export function isShareable({ key, cache, wants }: RemoteCall): boolean {
  return key !== undefined && cache === "use" && wants === "any result";
}

/** Finds calls that are in Slurm's queue already: those of another session, or of one that has ended before its jobs. */
export class Adoption {
  readonly claims: Claims;
  readonly #workDir: string;
  readonly #watcher: Watcher;
  readonly #arrays = new Map<string, WatchedArray | undefined>();
  /** Calls whose results were handed over: where these cannot be used, they are computed again. */
  readonly #delivered = new Set<string>();

  constructor(workDir: string, watcher: Watcher) {
    this.#workDir = workDir;
    this.#watcher = watcher;
    this.claims = new Claims(workDir);
  }

  /** Takes note of an array of this session. */
  note(array: WatchedArray): void {
    this.#arrays.set(array.record.id, array);
  }

  /** Takes note of a result that was handed over. */
  delivered({ key }: EndMark): void {
    if (key !== undefined) this.#delivered.add(key);
  }

  async sort(flights: readonly Flight[]): Promise<Sorted> {
    const found: Sorted["found"][number][] = [];
    const fresh: Sorted["fresh"][number][] = [];
    for (const flight of flights) {
      const { key } = flight.call;
      const claim = key === undefined || !isShareable(flight.call) ? undefined : this.claims.current(key);
      const at = claim === undefined || key === undefined ? undefined : await this.#find(key, claim);
      if (at === undefined) fresh.push({ flight, claim });
      else found.push({ flight, ...at });
    }
    return { found, fresh };
  }

  /** Where a call is that was claimed; undefined where it is to be computed again. */
  async #find(
    key: string,
    claim: Claim,
  ): Promise<{ readonly array: WatchedArray; readonly place: number } | undefined> {
    const array = await this.#arrayOf(claim);
    const place = array?.placeOf(key);
    if (array === undefined || place === undefined || array.awaited.has(place)) return undefined;
    const ended = this.#hasResult(array, place, key);
    if (ended !== "no") return ended === "usable" ? { array, place } : undefined;
    const alive = await this.#isAlive(array, place);
    // It may have ended while the queue was asked.
    if (alive || this.#hasResult(array, place, key) === "usable") return { array, place };
    return undefined;
  }

  /** Errors of earlier sessions are no results: the call is made again. */
  #hasResult(array: WatchedArray, place: number, key: string): "usable" | "unusable" | "no" {
    const end = readEnd(array.folder, place);
    if (end === undefined) return "no";
    const { outcome } = end;
    // What a session has got before is in its cache, or is not to be there.
    const isResult =
      outcome.end === "stored" || (outcome.end === "value" && outcome.unshared && !wasDelivered(array.folder, place));
    return isResult && !this.#delivered.has(key) ? "usable" : "unusable";
  }

  async #isAlive(array: WatchedArray, place: number): Promise<boolean> {
    let snapshot: QueueSnapshot;
    try {
      snapshot = await this.#watcher.snapshot(RECENT_MS);
    } catch {
      // Nobody knows. When the queue is seen again, it is found out.
      return cancelledBy(array.folder) === undefined;
    }
    const jobId = array.jobId ?? snapshot.arrays.get(array.jobName);
    if (jobId === undefined) {
      const { driver, created_at } = array.record;
      if (cancelledBy(array.folder) !== undefined) return false;
      return !hasEnded(driver) && Date.now() - Date.parse(created_at) < PREPARING_MS;
    }
    array.jobId = jobId;
    const queued = queuedIn(snapshot, array, jobOfCall(array.record, place));
    return queued !== undefined && standingOf(queued) !== "ended";
  }

  /** An array that is being written down is waited for, unless its session was killed meanwhile. */
  async #arrayOf({ array: id, driver, ageMs }: Claim): Promise<WatchedArray | undefined> {
    if (!isArrayId(id)) return undefined;
    if (this.#arrays.has(id)) return this.#arrays.get(id);
    const folder = arrayFolder(this.#workDir, id);
    let array: WatchedArray | undefined;
    for (let waitedMs = 0; array === undefined; ) {
      // Asked first: what was written until then is seen.
      const isLast = (driver !== undefined && hasEnded(driver)) || ageMs + waitedMs > PREPARING_MS;
      try {
        array = new WatchedArray(folder, readArray(folder), "found");
      } catch {
        if (isLast) break;
        await sleep(200);
        waitedMs += 200;
      }
    }
    this.#arrays.set(id, array);
    return array;
  }
}
