import { closeSync, readSync } from "node:fs";
import { openRegular } from "../../telemetry/regular-file.ts";
import { printBytes } from "../terminal/output.ts";

const PIECE = 64 * 1024;

/** A file that others append to. */
export class GrowingFile {
  readonly #file: string;
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** What was appended since the last time, in pieces; nothing where the file is not there. */
  *appended(): Generator<Uint8Array> {
    let descriptor: number;
    try {
      descriptor = openRegular(this.#file);
    } catch {
      return;
    }
    try {
      for (;;) {
        const piece = Buffer.allocUnsafe(PIECE);
        const read = readSync(descriptor, piece, 0, PIECE, this.#offset);
        if (read === 0) return;
        this.#offset += read;
        yield piece.subarray(0, read);
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Prints what was appended since the last time, as it is. */
export async function printGrown(file: GrowingFile): Promise<void> {
  for (const piece of file.appended()) await printBytes(piece);
}
