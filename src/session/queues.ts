import type { Room } from "../providers/provider.ts";

/** How long a component with nothing running waits before others stop for it. */
const PATIENCE_MS = 500;

interface Queue<T> {
  readonly items: (T | undefined)[];
  head: number;
  /** Calls of it that run. */
  running: number;
  /** When it was served last, or began to wait, on the clock of `performance.now()`. */
  since: number;
}

/**
 * Waiting calls, first come first served within a component; components take turns.
 *
 * A turn that needs other workers than those that are up is put off while these have calls to make, as starting a worker
 * takes longer than many a call. A component of which nothing runs is put off for so long only. Where there is no room for
 * it even then, as it needs more than one worker leaves, nothing else is started until there is.
 */
export class Queues<T> {
  readonly #queues = new Map<string, Queue<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(component: string, item: T): void {
    let queue = this.#queues.get(component);
    if (queue === undefined) {
      queue = { items: [], head: 0, running: 0, since: 0 };
      this.#queues.set(component, queue);
    }
    if (isEmpty(queue)) queue.since = performance.now();
    queue.items.push(item);
    this.#size += 1;
  }

  /** Takes the next call for which there is room; it counts as running until it has `ended`. */
  take(roomFor: (component: string, item: T) => Room | undefined): Taken<T> | undefined {
    const now = performance.now();
    let putOff: readonly [string, Queue<T>] | undefined;
    for (const [component, queue] of this.#queues) {
      if (isEmpty(queue)) continue;
      const room = roomFor(component, queue.items[queue.head] as T);
      const starving = queue.running === 0 && now - queue.since > PATIENCE_MS;
      if (room === "worker" || room === "new worker" || (room === "exchange" && starving)) {
        return this.#takeFrom(component, queue);
      }
      if (starving) return undefined;
      if (room === "exchange") putOff ??= [component, queue];
    }
    return putOff === undefined ? undefined : this.#takeFrom(...putOff);
  }

  /** Gives a call back that was taken and does not run: it is the next one again. */
  giveBack(component: string, item: T): void {
    this.ended(component);
    const queue = this.#queues.get(component);
    if (queue === undefined) return;
    if (queue.head === 0) queue.items.unshift(item);
    else {
      queue.head -= 1;
      queue.items[queue.head] = item;
    }
    this.#size += 1;
  }

  /** A call that was taken does not run any more. */
  ended(component: string): void {
    const queue = this.#queues.get(component);
    if (queue === undefined) return;
    queue.running -= 1;
    queue.since = performance.now();
  }

  #takeFrom(component: string, queue: Queue<T>): Taken<T> {
    const item = queue.items[queue.head] as T;
    queue.items[queue.head] = undefined;
    queue.head += 1;
    queue.running += 1;
    queue.since = performance.now();
    this.#size -= 1;
    // What was taken is let go of now and then, not at each call: that would move all that wait.
    if (queue.head > 1024 && queue.head * 2 > queue.items.length) {
      queue.items.splice(0, queue.head);
      queue.head = 0;
    }
    // Behind the others.
    this.#queues.delete(component);
    this.#queues.set(component, queue);
    return { component, item };
  }
}

interface Taken<T> {
  readonly component: string;
  readonly item: T;
}

function isEmpty({ head, items }: Queue<unknown>): boolean {
  return head === items.length;
}
