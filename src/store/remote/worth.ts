/** Time that may be lost by asking a remote in vain for a function before it is left out: milliseconds. */
const MOST_WASTED_MS = 5_000;

/**
 * Whether asking a remote for a function's calls is worth it: not where they are cheaper to run than to fetch.
 *
 * Each answer that took longer than the computation that it saved adds the difference to what was wasted on the function,
 * and each that saved time takes it off again. From 5 seconds on the function is left out for the rest of the process. So
 * little is ever lost, whatever the times are, and a handful of quick calls is never treated otherwise than others.
 */
export class Worth {
  readonly #rule: "worthwhile" | "always";
  readonly #wasted = new Map<string, number>();
  /** Time, of which each question that is under way gets an equal share. */
  #shared = 0;
  #asking = 0;
  #seenAt = 0;

  /** @param rule - `always`: every function is worth asking for. */
  constructor(rule: "worthwhile" | "always") {
    this.#rule = rule;
  }

  isAsked(functionName: string): boolean {
    // What was stored under a name of the user's own was not computed by a call.
    return this.#rule === "always" || functionName === "" || (this.#wasted.get(functionName) ?? 0) < MOST_WASTED_MS;
  }

  /** Begins a question. The returned function ends it, and tells its share of the time: that of many at once is little. */
  begin(): () => number {
    this.#advance();
    this.#asking += 1;
    const from = this.#shared;
    return () => {
      this.#advance();
      this.#asking -= 1;
      return this.#shared - from;
    };
  }

  #advance(): void {
    const now = performance.now();
    if (this.#asking > 0) this.#shared += (now - this.#seenAt) / this.#asking;
    this.#seenAt = now;
  }

  /** An answer that took `askedMs` in place of a computation of `computeMs`. */
  saved(functionName: string, askedMs: number, computeMs: number): void {
    this.#add(functionName, askedMs - computeMs);
  }

  /** Asking took `askedMs` and found nothing, and the computation then took `computeMs`. */
  inVain(functionName: string, askedMs: number, computeMs: number): void {
    // Asking for what is dear to compute is worth it all the same.
    this.#add(functionName, askedMs < computeMs ? askedMs - computeMs : askedMs);
  }

  #add(functionName: string, ms: number): void {
    this.#wasted.set(functionName, Math.max(0, (this.#wasted.get(functionName) ?? 0) + ms));
  }
}
