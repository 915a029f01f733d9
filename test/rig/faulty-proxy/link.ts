import type { Cut, Direction, Faults } from "./faults.ts";

/** What one direction of a connection does next with bytes that have arrived. */
export type Passage =
  | { readonly kind: "pass"; readonly bytes: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "cut"; readonly how: Cut["how"] };

/** Of a connection and direction: how much has passed since which faults. */
export interface Passed {
  faults: Faults;
  bytes: number;
}

/** The faults of now, and what all connections have in common under them. */
export class Link {
  faults: Faults = {};
  #cutsLeft = 0;
  #slowDownsLeft = 0;
  /** When the bytes that were let through have passed a line of the given speed. */
  readonly #busyUntil = { up: 0, down: 0 };

  set(faults: Faults): void {
    this.faults = faults;
    this.#cutsLeft = faults.cut?.times ?? Number.POSITIVE_INFINITY;
    this.#slowDownsLeft = faults.slowDown ?? 0;
    this.#busyUntil.up = 0;
    this.#busyUntil.down = 0;
  }

  takeSlowDown(): boolean {
    if (this.#slowDownsLeft === 0) return false;
    this.#slowDownsLeft -= 1;
    return true;
  }

  /** How many of `available` bytes may go on now. */
  next(available: number, direction: Direction, passed: Passed): Passage {
    if (passed.faults !== this.faults) {
      passed.faults = this.faults;
      passed.bytes = 0;
    }
    const { cut, bytesPerSecond } = this.faults;
    let bytes = available;
    if (cut !== undefined && this.#cutsLeft > 0 && (cut.direction ?? "down") === direction) {
      bytes = Math.min(bytes, cut.afterBytes - passed.bytes);
      if (bytes <= 0) {
        this.#cutsLeft -= 1;
        return { kind: "cut", how: cut.how };
      }
    }
    const speed = bytesPerSecond?.[direction];
    if (speed !== undefined) {
      const now = performance.now();
      const wait = this.#busyUntil[direction] - now;
      if (wait > 0) return { kind: "wait", ms: wait };
      // In pieces of a fiftieth of a second.
      bytes = Math.min(bytes, Math.max(1, Math.floor(speed / 50)));
      this.#busyUntil[direction] = Math.max(now - 20, this.#busyUntil[direction]) + (bytes / speed) * 1_000;
    }
    passed.bytes += bytes;
    return { kind: "pass", bytes };
  }
}
