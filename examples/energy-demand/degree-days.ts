import type { ObservedDay } from "./weather.ts";

/** 65 °F, the base that NOAA and EIA use for both kinds. */
const BASE = 18.33;

export interface DegreeDays {
  /** K·day in a mean year. */
  readonly heating: number;
  /** K·day in a mean year. */
  readonly cooling: number;
}

/** Degree-days of a mean year, each day's mean being half of its extremes' sum, as NOAA counts them. */
export function degreeDays(days: readonly ObservedDay[], warming: number): DegreeDays {
  let heating = 0;
  let cooling = 0;
  for (const day of days) {
    const mean = (day.max + day.min) / 2 + warming;
    heating += Math.max(0, BASE - mean);
    cooling += Math.max(0, mean - BASE);
  }
  const years = days.length / 365;
  return { heating: heating / years, cooling: cooling / years };
}
