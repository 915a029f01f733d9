const FIRST_MS = 200;
const LONGEST_MS = 10 * 60_000;

/**
 * How long to wait before a call is tried again that has failed `failures` times: `firstMs`, doubled each time, and drawn
 * by lot between half of that and all of it, so that calls that failed together do not come back together.
 */
export function backoffMs(failures: number, firstMs: number = FIRST_MS): number {
  const full = Math.min(Math.max(LONGEST_MS, firstMs), firstMs * 2 ** (failures - 1));
  return full / 2 + (full / 2) * Math.random();
}
