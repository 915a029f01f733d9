import {
  type Comparison,
  compareParts,
  type DetailReader,
  distanceBetween,
  partsById,
} from "../identify/differences.ts";
import type { KeyPart } from "../identify/key.ts";

const MOST_COMPARED = 100;

/** A stored call that another one is compared with. */
export interface Candidate {
  readonly parts: readonly KeyPart[];
  /** When it was stored. */
  readonly at: number;
}

/**
 * The candidate that is the same call, or else the one that differs in the fewest arguments; of several, the one that
 * differs in the fewest places, and of those, the one stored last. Undefined where there are none.
 *
 * @param closely - so many of those that are equally far are compared place by place.
 */
export function nearestTo<C extends Candidate>(
  parts: readonly KeyPart[],
  candidates: Iterable<C>,
  { detailOf, closely = MOST_COMPARED }: { readonly detailOf: DetailReader; readonly closely?: number },
): { readonly candidate: C; readonly comparison: Comparison } | undefined {
  const own = { parts, byId: partsById(parts) };
  let least = Number.POSITIVE_INFINITY;
  let tied: C[] = [];
  for (const candidate of candidates) {
    const distance = distanceBetween(candidate.parts, own);
    if (distance > least) continue;
    if (distance < least) tied = [];
    least = distance;
    tied.push(candidate);
  }
  tied.sort((a, b) => b.at - a.at);
  let nearest: { readonly candidate: C; readonly comparison: Comparison } | undefined;
  for (const candidate of tied.slice(0, closely)) {
    const comparison = compareParts(candidate.parts, parts, detailOf);
    if (nearest !== undefined && sizeOf(comparison) >= sizeOf(nearest.comparison)) continue;
    nearest = { candidate, comparison };
  }
  return nearest;
}

function sizeOf({ differences }: Comparison): number {
  return differences.reduce((sum, difference) => sum + (difference.kind === "more" ? difference.count : 1), 0);
}
