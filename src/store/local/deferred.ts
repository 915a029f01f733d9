import { debug } from "../../log.ts";
import type { Connection } from "./connection.ts";

const FLUSH_MS = 1_000;
const MOST_WAITING = 1_000;

/**
 * What is written a moment later, many of it in one transaction, as it only serves to explain: a call does not wait for
 * it, and a process that is killed loses its last second of it. Nothing here ever fails.
 */
export class Deferred {
  readonly #connection: Connection;
  #waiting: ((index: Connection) => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  later(write: (index: Connection) => void): void {
    this.#waiting.push(write);
    if (this.#waiting.length >= MOST_WAITING) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Writes what waits. What cannot be written is dropped: it would pile up for as long as the disk is full. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    if (!this.#connection.writable) return;
    try {
      this.#connection.write((index) => {
        for (const write of waiting) write(index);
      });
    } catch (error) {
      debug(() => `What explains misses could not be written to ${this.#connection.layout.dir}: ${String(error)}`);
    }
  }
}
