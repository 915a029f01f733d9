import type { EntryInfo } from "../../store/store.ts";

/** The orders of `--sort`: what one looks for comes first, so the newest, the largest, the slowest. */
const ORDERS = {
  created: (a, b) => b.createdAt - a.createdAt,
  used: (a, b) => b.lastUsedAt - a.lastUsedAt,
  size: (a, b) => b.bytes - a.bytes,
  duration: (a, b) => b.durationMs - a.durationMs,
  hits: (a, b) => b.hits - a.hits,
  function: (a, b) => compareText(a.functionName, b.functionName),
} as const satisfies Record<string, (a: EntryInfo, b: EntryInfo) => number>;

export type SortField = keyof typeof ORDERS;

export const SORT_FIELDS = Object.keys(ORDERS) as SortField[];

/** Of entries that are equal in `field`, the one stored last comes first. */
export function sortEntries(entries: readonly EntryInfo[], field: SortField): EntryInfo[] {
  return entries.toSorted((a, b) => ORDERS[field](a, b) || ORDERS.created(a, b) || compareText(a.key, b.key));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
