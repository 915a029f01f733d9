/**
 * Connections beyond the one that each operation has, for the further parts of large objects. They are taken where one is
 * free, never waited for: an operation that queued behind another's parts would look as if it had stalled.
 */
export class Lanes {
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  take(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  giveBack(): void {
    this.#free += 1;
  }
}
