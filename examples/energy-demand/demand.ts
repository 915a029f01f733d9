import type { DegreeDays } from "./degree-days.ts";
import type { Weather } from "./weather.ts";
import { HOURS_PER_YEAR } from "./weather.ts";

/** What electricity is used for. */
export type EndUse = "heating" | "cooling" | "hotWater" | "appliances" | "other";
/** Electric power by end use in MW, one value for each hour of the weather. */
export type LoadSeries = Record<EndUse, Float64Array>;

/** The electricity demand of one scenario: means over the weather years, and extremes among them. */
export interface Demand {
  readonly scenario: number;
  readonly annualGwh: number;
  readonly annualGwhByUse: Readonly<Record<EndUse, number>>;
  /** January to December. */
  readonly monthlyGwh: readonly number[];
  readonly peakMw: number;
  /** The hour of the peak in the weather record, `YYYY-MM-DDTHH:00`. */
  readonly peakAt: string;
  /** Share of that peak that heats rooms. */
  readonly peakHeatingShare: number;
  /** Load-duration curve: the load in MW that is exceeded in so many percent of all hours. */
  readonly exceededMw: Readonly<Record<"1" | "5" | "25" | "50" | "75" | "95" | "99", number>>;
  readonly degreeDays: DegreeDays;
  /** m² of floor. */
  readonly floorArea: number;
  /** The mean year, MW in each of 8,760 hours. */
  readonly hourlyMw: Float64Array;
}

export interface DemandInput {
  readonly scenario: number;
  readonly weather: Weather;
  readonly series: LoadSeries;
  readonly degreeDays: DegreeDays;
  readonly floorArea: number;
}

export function summarizeDemand({ scenario, weather, series, degreeDays, floorArea }: DemandInput): Demand {
  const years = weather.years.length;
  const parts = Object.values(series);
  const total = series.other.map((_, hour) => parts.reduce((sum, part) => sum + (part[hour] as number), 0));

  const hourlyMw = new Float64Array(HOURS_PER_YEAR);
  const monthlyGwh = new Array<number>(12).fill(0);
  let peak = 0;
  for (const [hour, load] of total.entries()) {
    const inYear = hour % HOURS_PER_YEAR;
    hourlyMw[inYear] = (hourlyMw[inYear] as number) + load / years;
    const month = monthOf(weather, hour);
    monthlyGwh[month] = (monthlyGwh[month] as number) + load / years / 1000;
    if (load > (total[peak] as number)) peak = hour;
  }

  const gwh = (load: Float64Array): number => load.reduce((sum, value) => sum + value, 0) / years / 1000;
  const falling = total.toSorted().reverse();
  const exceeded = (percent: number): number => falling[Math.floor((percent / 100) * falling.length)] as number;
  return {
    scenario,
    annualGwh: gwh(total),
    annualGwhByUse: {
      heating: gwh(series.heating),
      cooling: gwh(series.cooling),
      hotWater: gwh(series.hotWater),
      appliances: gwh(series.appliances),
      other: gwh(series.other),
    },
    monthlyGwh,
    peakMw: total[peak] as number,
    peakAt: `${weather.days[Math.floor(peak / 24)]}T${String(peak % 24).padStart(2, "0")}:00`,
    peakHeatingShare: (series.heating[peak] as number) / (total[peak] as number),
    exceededMw: {
      "1": exceeded(1),
      "5": exceeded(5),
      "25": exceeded(25),
      "50": exceeded(50),
      "75": exceeded(75),
      "95": exceeded(95),
      "99": exceeded(99),
    },
    degreeDays,
    floorArea,
    hourlyMw,
  };
}

function monthOf(weather: Weather, hour: number): number {
  return Number(weather.days[Math.floor(hour / 24)]?.slice(5, 7)) - 1;
}
