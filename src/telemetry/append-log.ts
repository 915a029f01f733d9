import { closeSync, constants, openSync, writeSync } from "node:fs";

/**
 * Lines on their way to the end of a file. The file is opened at each flush and not kept open: so a folder that was
 * removed meanwhile is noticed, and on network file systems others see what was written.
 */
export class AppendLog {
  readonly #file: string;
  #pending = "";
  #lines = 0;
  #torn = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** @param line - without a line feed in it. */
  add(line: string): void {
    this.#pending += `${line}\n`;
    this.#lines += 1;
  }

  /**
   * Appends what was added, in one write. Where that fails, the lines that did not get in are dropped: they would pile
   * up in memory for as long as the disk is full.
   *
   * @returns how many lines were lost, and to what.
   */
  flush(): { readonly lost: number; readonly error?: unknown } {
    if (this.#pending === "") return { lost: 0 };
    // Behind a line that was cut off, the next one would be lost with it.
    const bytes = Buffer.from(this.#torn ? `\n${this.#pending}` : this.#pending);
    const lines = this.#lines;
    this.#pending = "";
    this.#lines = 0;
    let written = 0;
    try {
      const descriptor = openSync(this.#file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
      try {
        while (written < bytes.length) written += writeSync(descriptor, bytes, written);
        this.#torn = false;
      } finally {
        closeSync(descriptor);
      }
      return { lost: 0 };
    } catch (error) {
      if (written > 0) this.#torn = bytes[written - 1] !== LINE_FEED;
      return { lost: Math.min(lines, lineFeeds(bytes.subarray(written))), error };
    }
  }
}

const LINE_FEED = 0x0a;

function lineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === LINE_FEED) count += 1;
  return count;
}
