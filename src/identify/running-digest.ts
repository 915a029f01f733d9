import { combineSegments, contentHasher, SEGMENT_BYTES } from "./content.ts";

/** A content digest that is fed piece by piece. The hash itself is free between two updates. */
export class RunningDigest {
  readonly #length: number;
  readonly #segments: Uint8Array[] = [];
  /** Content of the segment that is not complete yet. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** @param length - of all content. */
  constructor(length: number) {
    this.#length = length;
  }

  /** @param piece - it is hashed later: not to be changed until the end. */
  update(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + SEGMENT_BYTES - this.#pendingBytes);
      this.#pending.push(part);
      this.#pendingBytes += part.length;
      at += part.length;
      if (this.#pendingBytes === SEGMENT_BYTES) this.#closeSegment();
    }
  }

  #closeSegment(): void {
    const hasher = contentHasher();
    hasher.init();
    for (const part of this.#pending) hasher.update(part);
    this.#segments.push(hasher.digest("binary"));
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  end(): Uint8Array {
    if (this.#pendingBytes > 0 || this.#segments.length === 0) this.#closeSegment();
    return combineSegments(this.#length, this.#segments);
  }
}
