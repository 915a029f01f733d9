import type { FileHandle } from "node:fs/promises";

/** So much is written at a time: each of the pieces that arrive, of 64 KiB, would wait for another thread. */
const BLOCK = 1024 * 1024;

/** Writes what arrives into a file, from a position on, in large blocks; the next one arrives while one is written. */
export class BlockWriter {
  readonly #handle: FileHandle;
  #at: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, from: number) {
    this.#handle = handle;
    this.#at = from;
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= BLOCK) await this.#begin();
  }

  /** Writes the rest. */
  async end(): Promise<void> {
    await this.#begin();
    await this.#writing;
  }

  /** Resolves when nothing is being written any more, whatever came of it. */
  async idle(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  async #begin(): Promise<void> {
    await this.#writing;
    const block = this.#pieces;
    this.#writing = this.#writeAll(block, this.#at);
    this.#writing.catch(() => undefined); // told at the next block, or at the end
    this.#at += this.#bytes;
    this.#pieces = [];
    this.#bytes = 0;
  }

  async #writeAll(block: readonly Uint8Array[], at: number): Promise<void> {
    if (block.length === 0) return;
    const { bytesWritten } = await this.#handle.writev(block, at);
    if (bytesWritten === block.reduce((sum, { length }) => sum + length, 0)) return;
    // On a disk that is almost full, say: the next write tells.
    const rest = Buffer.concat(block).subarray(bytesWritten);
    for (let done = 0; done < rest.length; ) {
      const { bytesWritten: more } = await this.#handle.write(rest, done, rest.length - done, at + bytesWritten + done);
      done += more;
    }
  }
}
