// It takes some 25 ms to make, and whoever only imports the package needs none.
let counts: Intl.NumberFormat | undefined;

interface Unit {
  readonly name: string;
  /** How many of the smallest unit it takes. */
  readonly size: number;
  /** Numbers below this keep one decimal. */
  readonly decimalBelow: number;
}

const SIZES: readonly Unit[] = [
  { name: "B", size: 1, decimalBelow: 0 },
  { name: "KiB", size: 2 ** 10, decimalBelow: 100 },
  { name: "MiB", size: 2 ** 20, decimalBelow: 100 },
  { name: "GiB", size: 2 ** 30, decimalBelow: 100 },
  { name: "TiB", size: 2 ** 40, decimalBelow: 100 },
  { name: "PiB", size: 2 ** 50, decimalBelow: 100 },
];

const DURATIONS: readonly Unit[] = [
  { name: "ms", size: 1, decimalBelow: 10 },
  { name: "s", size: 1000, decimalBelow: 60 },
  { name: "min", size: 60_000, decimalBelow: 10 },
  { name: "h", size: 3_600_000, decimalBelow: 10 },
  { name: "d", size: 86_400_000, decimalBelow: 10 },
];

/** How long ago something was is said in the coarsest unit that still counts more than one or two. */
const AGES = [
  { name: "s", size: 1000, below: 60_000 },
  { name: "min", size: 60_000, below: 3_600_000 },
  { name: "h", size: 3_600_000, below: 2 * 86_400_000 },
  { name: "d", size: 86_400_000, below: 2 * 365.25 * 86_400_000 },
  { name: "y", size: 365.25 * 86_400_000, below: Number.POSITIVE_INFINITY },
] as const;

/** `1.2 MiB`: powers of 1,024, as the sizes that options accept. */
export function formatBytes(bytes: number): string {
  return inFittingUnit(bytes, SIZES);
}

/** `850 ms`, `12.3 s`, `31 min`. */
export function formatDuration(milliseconds: number): string {
  return inFittingUnit(milliseconds, DURATIONS);
}

/** `3 h ago`; `in 5 min` where the clock of another machine was ahead. */
export function formatAge(then: number, now: number): string {
  const distance = Math.abs(now - then);
  if (distance < 1000) return "now";
  const unit = AGES.find(({ below }) => distance < below) ?? AGES[AGES.length - 1];
  const text = `${Math.floor(distance / (unit?.size ?? 1))} ${unit?.name ?? "ms"}`;
  return then <= now ? `${text} ago` : `in ${text}`;
}

/** `1,234,567` */
export function formatCount(count: number): string {
  counts ??= new Intl.NumberFormat("en-US");
  return counts.format(count);
}

/** `1 entry`, `2 entries` */
export function formatCounted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function inFittingUnit(value: number, units: readonly Unit[]): string {
  for (const [index, unit] of units.entries()) {
    const rounded = round(value / unit.size, unit.decimalBelow);
    const next = units[index + 1];
    // Asked of the rounded number, so that 59.97 s is 1 min and never 60 s.
    if (next === undefined || rounded * unit.size < next.size) return `${rounded} ${unit.name}`;
  }
  return String(value);
}

function round(value: number, decimalBelow: number): number {
  const toTenth = Math.round(value * 10) / 10;
  return toTenth < decimalBelow ? toTenth : Math.round(value);
}
