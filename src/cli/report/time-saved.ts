const UNITS = [
  { name: "seconds", size: 1, below: 60 },
  { name: "minutes", size: 60, below: 60 },
  { name: "hours", size: 3600, below: 48 },
  { name: "days", size: 86_400, below: Number.POSITIVE_INFINITY },
] as const;

/** `0 seconds`, `42.0 seconds`, `17.5 minutes`, `3.2 hours` */
export function formatTimeSaved(seconds: number): string {
  for (const { name, size, below } of UNITS) {
    const rounded = Math.round((seconds / size) * 10) / 10;
    // Asked of the rounded number, so that 59.97 seconds are 1.0 minutes.
    if (rounded < below) return rounded === 0 ? `0 ${name}` : `${rounded.toFixed(1)} ${name}`;
  }
  return `${seconds} seconds`;
}

/** Whole percent of hits and misses, which together make 100; both 0 where there were no calls. */
export function percentages(hits: number, calls: number): { readonly hits: number; readonly misses: number } {
  if (calls === 0) return { hits: 0, misses: 0 };
  const rounded = Math.round((hits / calls) * 100);
  return { hits: rounded, misses: 100 - rounded };
}
