import { formatDuration } from "../../units.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances of marks that people read easily, in milliseconds. */
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 5, 10, 30, 100, 365].map((days) => days * DAY),
];

const MOST_MARKS = 8;

/** Where marks stand on an axis of so many milliseconds. */
export function timeMarks(length: number): readonly number[] {
  const step = STEPS.find((each) => length / each <= MOST_MARKS) ?? length / MOST_MARKS;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}

const UNITS = [
  { name: "d", size: DAY },
  { name: "h", size: HOUR },
  { name: "min", size: MINUTE },
  { name: "s", size: SECOND },
] as const;

/** `0`, `500 ms`, `40 s`, `1 min 10 s`: exact, where `formatDuration` would say 1.2 min of both 70 and 75 seconds. */
export function formatMark(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  if (milliseconds < MINUTE) return formatDuration(milliseconds);
  let rest = milliseconds;
  const parts: string[] = [];
  for (const { name, size } of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(" ");
}
