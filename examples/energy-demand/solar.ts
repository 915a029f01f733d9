/**
 * Solar radiation where only temperatures are measured. A clear sky lets the day warm up and the night cool down, so
 * the daily temperature range tells how much sun came through. Formulas: Allen, Pereira, Raes, Smith, "Crop
 * evapotranspiration", FAO Irrigation and Drainage Paper 56 (1998), chapter 3, equation numbers below.
 */

/** W/m²: FAO-56 gives 0.0820 MJ/(m² min). */
const SOLAR_CONSTANT = 0.082e6 / 60;
/** Seattle-Tacoma airport, 47.45° north, in radians. */
const LATITUDE = (47.45 * Math.PI) / 180;
/** Equation 50, per √K: 0.16 inland and 0.19 on the coast. Puget Sound lies behind the coastal mountains. */
const RANGE_COEFFICIENT = 0.16;
/** Equation 36 at sea level: the most that a clear sky lets through. */
const CLEAR_SKY = 0.75;

/**
 * Radiation on a horizontal plane above the atmosphere, W/m² (equations 21, 23 and 24, at a moment instead of over a day).
 *
 * @param dayOfYear 1 to 365.
 * @param hour solar time, 0 to 24; local standard time differs from it by less than half an hour here.
 */
export function extraterrestrial(dayOfYear: number, hour: number): number {
  const angle = (2 * Math.PI * dayOfYear) / 365;
  const distance = 1 + 0.033 * Math.cos(angle);
  const declination = 0.409 * Math.sin(angle - 1.39);
  const hourAngle = ((hour - 12) * Math.PI) / 12;
  const height =
    Math.sin(LATITUDE) * Math.sin(declination) + Math.cos(LATITUDE) * Math.cos(declination) * Math.cos(hourAngle);
  return SOLAR_CONSTANT * distance * Math.max(0, height);
}

/** Share of that radiation which reaches the ground on a day with this temperature range in K (equation 50). */
export function transmittance(dailyRange: number): number {
  return Math.min(CLEAR_SKY, RANGE_COEFFICIENT * Math.sqrt(Math.max(0, dailyRange)));
}
