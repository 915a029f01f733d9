import type { Socket } from "node:net";
import type { Cut, Direction } from "./faults.ts";
import type { Link, Passed } from "./link.ts";

/** What is under way at most; a sender that has that much on its way has to wait. A gigabyte each second fills it in 32 ms. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The same where the line is slow: little is under way then, and the sender feels it. */
const MOST_BYTES_SLOW = 256 * 1024;

interface Arrival {
  readonly bytes: Buffer;
  readonly due: number;
}

export interface Ends {
  readonly from: Socket;
  readonly to: Socket;
  /** Bytes passed. */
  readonly onBytes: (bytes: number) => void;
  readonly onCut: (how: Cut["how"]) => void;
}

/**
 * One direction of a connection: a queue, first in, first out, with one timer for its head. A timer for each piece would
 * change their order.
 */
export class Stream {
  readonly #direction: Direction;
  readonly #link: Link;
  readonly #ends: Ends;
  readonly #passed: Passed;
  #queue: Arrival[] = [];
  #head = 0;
  #queued = 0;
  #end: "open" | "ending" | "ended" = "open";
  #endDue = 0;
  #timer: NodeJS.Timeout | undefined;
  #full = false;
  #stopped = false;

  constructor(direction: Direction, link: Link, ends: Ends) {
    this.#direction = direction;
    this.#link = link;
    this.#ends = ends;
    this.#passed = { faults: link.faults, bytes: 0 };
    ends.to.on("drain", () => {
      this.#full = false;
      this.pump();
    });
  }

  push(bytes: Buffer): void {
    if (this.#stopped) return;
    this.#queue.push({ bytes, due: this.#due() });
    this.#queued += bytes.length;
    if (this.#queued > this.#most()) this.#ends.from.pause();
    this.pump();
  }

  /** The sender has said that this is all. */
  end(): void {
    if (this.#end !== "open") return;
    this.#end = "ending";
    this.#endDue = this.#due();
    this.pump();
  }

  /** Nothing passes any more, and what is under way stays there. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#ends.from.pause();
  }

  /** Passes on what is due. To be called when faults change, too. */
  pump(): void {
    clearTimeout(this.#timer);
    while (!this.#stopped && !this.#full) {
      const arrival = this.#queue[this.#head];
      const now = performance.now();
      const due = arrival?.due ?? (this.#end === "ending" ? this.#endDue : undefined);
      if (due === undefined) return;
      if (due > now) {
        this.#wakeIn(due - now);
        return;
      }
      if (arrival === undefined) {
        this.#end = "ended";
        this.#ends.to.end();
        return;
      }
      const next = this.#link.next(arrival.bytes.length, this.#direction, this.#passed);
      if (next.kind === "wait") {
        this.#wakeIn(next.ms);
        return;
      }
      if (next.kind === "cut") {
        this.stop();
        this.#ends.onCut(next.how);
        return;
      }
      this.#pass(arrival, next.bytes);
    }
  }

  #pass(arrival: Arrival, bytes: number): void {
    const whole = bytes === arrival.bytes.length;
    const piece = whole ? arrival.bytes : arrival.bytes.subarray(0, bytes);
    if (whole) this.#head += 1;
    else this.#queue[this.#head] = { bytes: arrival.bytes.subarray(bytes), due: arrival.due };
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > 1_024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#queued -= bytes;
    this.#ends.onBytes(bytes);
    this.#full = !this.#ends.to.write(piece);
    if (this.#queued < this.#most() / 2 && this.#ends.from.isPaused()) this.#ends.from.resume();
  }

  #most(): number {
    return this.#link.faults.bytesPerSecond?.[this.#direction] === undefined ? MOST_BYTES : MOST_BYTES_SLOW;
  }

  #due(): number {
    return performance.now() + (this.#link.faults.latencyMs ?? 0) / 2;
  }

  #wakeIn(ms: number): void {
    this.#timer = setTimeout(() => this.pump(), Math.max(1, Math.ceil(ms)));
  }
}
