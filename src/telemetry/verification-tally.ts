import type { CacheCallEvent } from "./event.ts";

/** So many differences are kept; the others are only counted. */
const MOST_KEPT = 20;

/** What came of hits that were checked by computing them again. */
export interface VerificationSummary {
  readonly checked: number;
  readonly same: number;
  readonly differed: number;
  /** Hits that could not be compared. */
  readonly failed: number;
  /** The first of those that differed, each with the place at which it differs first. */
  readonly differences: readonly Difference[];
}

interface Difference {
  readonly function_name: string;
  readonly key_digest: string;
  readonly differs_at: string;
}

/** Adds events up as they come. */
export class VerificationTally {
  readonly #counts = { same: 0, different: 0, failed: 0 };
  readonly #differences: Difference[] = [];

  add({ verified, function_name, key_digest, differs_at = "result" }: CacheCallEvent): void {
    // A file may hold what a later version has written.
    if (verified === undefined || !Object.hasOwn(this.#counts, verified)) return;
    this.#counts[verified] += 1;
    if (verified !== "different" || this.#differences.length === MOST_KEPT) return;
    this.#differences.push({ function_name, key_digest, differs_at });
  }

  /** Undefined where nothing was checked. */
  summary(): VerificationSummary | undefined {
    const { same, different, failed } = this.#counts;
    const checked = same + different + failed;
    if (checked === 0) return undefined;
    return { checked, same, differed: different, failed, differences: this.#differences };
  }
}
