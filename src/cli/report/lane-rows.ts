import type { TimelineBar } from "../../telemetry/timeline.ts";

/** A try of a task, and from where to where it is drawn. */
export interface PlacedBar {
  readonly bar: TimelineBar;
  readonly from: number;
  readonly to: number;
}

/** More rows would make a worker too tall: what finds no room stands in the last one, above what is there. */
const MOST_ROWS = 8;

/**
 * What ran at the same time on one worker, in rows below each other.
 *
 * @param bars - in the order of starts.
 * @param slack - overlaps of less than this are none: they could not be seen.
 */
export function laneRows(bars: readonly PlacedBar[], slack: number): readonly (readonly PlacedBar[])[] {
  const rows: PlacedBar[][] = [];
  const ends: number[] = [];
  for (const bar of bars) {
    const free = ends.findIndex((end) => end - bar.from < slack);
    const index = free === -1 ? Math.min(rows.length, MOST_ROWS - 1) : free;
    ends[index] = Math.max(ends[index] ?? 0, bar.to);
    const row = rows[index];
    if (row === undefined) rows.push([bar]);
    else row.push(bar);
  }
  return rows;
}
