import { createHash } from "node:crypto";
import { RunningDigest } from "../../identify/running-digest.ts";

/** So much is hashed at a time: few steps, and none that others wait for. */
const STEP = 1024 * 1024;

export interface Digests {
  readonly sha256: string;
  /** The local store's. */
  readonly digest: Uint8Array;
}

/**
 * Content that is put together in memory while it arrives, in parts and in any order, and is hashed as far as it is there
 * without a gap: reading it again from the file that it also goes to would take half as long as fetching it.
 */
export class Arrival {
  readonly bytes: number;
  readonly #pieces: readonly Uint8Array[];
  readonly #sha256 = createHash("sha256");
  readonly #digest: RunningDigest;
  /** What is there behind a gap: each range's beginning by its end, and the other way round. */
  readonly #beginnings = new Map<number, number>();
  readonly #ends = new Map<number, number>();
  /** All before is there. */
  #until = 0;
  /** All before is hashed. */
  #hashed = 0;

  /** @param pieces - memory for the content; not to be read before {@link end} says that all is there. */
  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    this.bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#digest = new RunningDigest(this.bytes);
  }

  add(chunk: Uint8Array, at: number): void {
    const end = at + chunk.length;
    // What arrives twice, or is too long, leaves this incomplete: whether it is what it should be is then asked of the file.
    if (at < this.#until || end > this.bytes) return;
    let done = 0;
    for (const part of this.#range(at, end)) {
      part.set(chunk.subarray(done, done + part.length));
      done += part.length;
    }
    if (at !== this.#until) {
      const from = this.#beginnings.get(at) ?? at;
      this.#beginnings.delete(at);
      this.#beginnings.set(end, from);
      this.#ends.set(from, end);
      return;
    }
    this.#until = end;
    for (let next = this.#ends.get(end); next !== undefined; next = this.#ends.get(next)) {
      this.#ends.delete(this.#until);
      this.#beginnings.delete(next);
      this.#until = next;
    }
    while (this.#until - this.#hashed >= STEP) this.#hash(this.#hashed + STEP);
  }

  /** The digests of the content; undefined where not all of it arrived. */
  end(): Digests | undefined {
    if (this.#until !== this.bytes) return undefined;
    this.#hash(this.bytes);
    return { sha256: this.#sha256.digest("hex"), digest: this.#digest.end() };
  }

  #hash(until: number): void {
    for (const part of this.#range(this.#hashed, until)) {
      this.#sha256.update(part);
      this.#digest.update(part);
    }
    this.#hashed = until;
  }

  /** The memory of a range. */
  *#range(from: number, until: number): Generator<Uint8Array> {
    let start = 0;
    for (const piece of this.#pieces) {
      const end = start + piece.length;
      if (end > from && start < until) yield piece.subarray(Math.max(0, from - start), until - start);
      start = end;
    }
  }
}
