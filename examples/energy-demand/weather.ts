import { readCsv, toNumber } from "./csv.ts";
import { extraterrestrial, transmittance } from "./solar.ts";

export const HOURS_PER_YEAR = 8760;
const DAYS_PER_YEAR = 365;

/** The smooth year that 30 years of records average to: one value for each of 8,760 hours. */
export interface HourlyNormals {
  /** °C. */
  readonly temperature: Float64Array;
  /** m/s. */
  readonly wind: Float64Array;
}

export interface ObservedDay {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** °C. */
  readonly max: number;
  /** °C. */
  readonly min: number;
}

/** Consecutive years of 8,760 hours each; 29 February is left out, as is usual in load studies. */
export interface Weather {
  readonly years: readonly number[];
  /** `YYYY-MM-DD` of each day. */
  readonly days: readonly string[];
  /** Whether each day is a Saturday or a Sunday. */
  readonly weekend: readonly boolean[];
  /** °C, each hour. */
  readonly temperature: Float64Array;
  /** m/s, each hour. */
  readonly wind: Float64Array;
  /** W/m² on the horizontal, in the middle of each hour. */
  readonly solar: Float64Array;
}

/**
 * NOAA's 1981-2010 hourly normals. The file starts at 01:00 on 1 January, so it has 8,759 rows; the missing midnight
 * is taken from the last hour of the year, which is its neighbour in a repeating year.
 */
export async function readHourlyNormals(path: string): Promise<HourlyNormals> {
  const rows = await readCsv(path, ["date", "temperature", "wind"]);
  const temperature = new Float64Array(HOURS_PER_YEAR).fill(Number.NaN);
  const wind = new Float64Array(HOURS_PER_YEAR);
  for (const row of rows) {
    const hour = hourOfYear(row.date);
    temperature[hour] = toNumber(row.temperature, `${path}, temperature at ${row.date}`);
    wind[hour] = toNumber(row.wind, `${path}, wind at ${row.date}`);
  }
  if (Number.isNaN(temperature[0])) {
    temperature[0] = temperature[HOURS_PER_YEAR - 1] as number;
    wind[0] = wind[HOURS_PER_YEAR - 1] as number;
  }
  const gap = temperature.findIndex(Number.isNaN);
  if (gap !== -1) throw new Error(`${path} has no temperature for hour ${gap} of the year`);
  return { temperature, wind };
}

/** Daily extremes as observed, without 29 February. */
export async function readObservedDays(path: string): Promise<ObservedDay[]> {
  const rows = await readCsv(path, ["date", "temp_max", "temp_min"]);
  return rows
    .filter((row) => !row.date.endsWith("-02-29"))
    .map((row) => ({
      date: row.date,
      max: toNumber(row.temp_max, `${path}, temp_max on ${row.date}`),
      min: toNumber(row.temp_min, `${path}, temp_min on ${row.date}`),
    }));
}

/**
 * Hourly weather with real cold spells and heat waves: each day of the normals is shifted and stretched until its
 * extremes are the observed ones, and `warming` kelvin are added. "Morphing", after Belcher, Hacker and Powell,
 * "Constructing design weather data for future climates", Building Services Engineering Research and Technology 26 (2005).
 * Days are treated one by one, so the temperature steps at midnight, by some 1.3 K in the median.
 */
export function composeWeather(normals: HourlyNormals, days: readonly ObservedDay[], warming: number): Weather {
  if (days.length === 0 || days.length % DAYS_PER_YEAR !== 0) {
    throw new Error(`Expected whole years of ${DAYS_PER_YEAR} days, got ${days.length} days`);
  }
  const hours = days.length * 24;
  const temperature = new Float64Array(hours);
  const wind = new Float64Array(hours);
  const solar = new Float64Array(hours);
  for (const [index, day] of days.entries()) {
    const dayOfYear = index % DAYS_PER_YEAR;
    const normal = normals.temperature.subarray(dayOfYear * 24, dayOfYear * 24 + 24);
    const lowest = Math.min(...normal);
    const stretch = (day.max - day.min) / (Math.max(...normal) - lowest);
    const clearness = transmittance(day.max - day.min);
    for (const [hour, value] of normal.entries()) {
      const at = index * 24 + hour;
      temperature[at] = day.min + (value - lowest) * stretch + warming;
      wind[at] = normals.wind[dayOfYear * 24 + hour] as number;
      solar[at] = clearness * extraterrestrial(dayOfYear + 1, hour + 0.5);
    }
  }
  const years = [...new Set(days.map((day) => Number(day.date.slice(0, 4))))];
  const dates = days.map((day) => day.date);
  return { years, days: dates, weekend: dates.map(isWeekend), temperature, wind, solar };
}

function isWeekend(date: string): boolean {
  const day = new Date(`${date}T00:00Z`).getUTCDay();
  return day === 0 || day === 6;
}

function hourOfYear(timestamp: string): number {
  const time = Date.parse(`${timestamp}Z`);
  return (time - Date.UTC(new Date(time).getUTCFullYear(), 0, 1)) / 3_600_000;
}
