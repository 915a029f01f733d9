import { join } from "node:path";
import { readCsv, toNumber } from "./csv.ts";

/** Demand is described relative to this year, the last one of the record. */
export const BASE_YEAR = 2017;

/** Straight line through yearly values, GWh. */
export interface Trend {
  /** Value of the line in {@link BASE_YEAR}. */
  readonly level: number;
  /** GWh per year. */
  readonly slope: number;
}

/**
 * Least-squares line through Iowa's net generation, all sources together. The file gives thousand MWh, which is GWh, for
 * each year from 2001 to 2017.
 *
 * @param folder the folder with `iowa-electricity.csv`.
 */
export async function readGenerationTrend(folder: string): Promise<Trend> {
  const path = join(folder, "iowa-electricity.csv");
  const totals = new Map<number, number>();
  for (const row of await readCsv(path, ["year", "net_generation"])) {
    const year = Number(row.year.slice(0, 4));
    totals.set(year, (totals.get(year) ?? 0) + toNumber(row.net_generation, `${path}, ${row.year}`));
  }
  return fitTrend([...totals]);
}

export function fitTrend(points: readonly (readonly [year: number, gwh: number])[]): Trend {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const centre = mean(points.map(([year]) => year));
  const height = mean(points.map(([, gwh]) => gwh));
  const spread = points.reduce((sum, [year]) => sum + (year - centre) ** 2, 0);
  if (spread === 0) throw new Error("A trend needs values of at least two years");
  const slope = points.reduce((sum, [year, gwh]) => sum + (year - centre) * (gwh - height), 0) / spread;
  return { level: height + slope * (BASE_YEAR - centre), slope };
}
