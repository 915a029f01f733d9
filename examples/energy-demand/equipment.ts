/**
 * Coefficient of performance of an air-source heat pump: heat out for electricity in. The regression of manufacturers'
 * data and the correction for real operation are those of Ruhnau, Hirth and Praktiknjo, "Time series of heat demand and
 * heat pump efficiency for energy system modeling", Scientific Data 6:189 (2019).
 *
 * @param source outdoor temperature, °C.
 * @param sink temperature of the water that carries the heat, °C.
 */
export function heatPumpCop(source: number, sink: number): number {
  const lift = Math.max(15, sink - source);
  return 0.85 * (6.08 - 0.09 * lift + 0.0005 * lift * lift);
}

/** Flow temperature of radiators in °C, warmer the colder it is outside (same source). */
export function radiatorTemperature(outdoor: number): number {
  return 40 - outdoor;
}

/** Hot water is kept at this temperature, °C (same source). */
export const HOT_WATER_TEMPERATURE = 50;

/**
 * Heat taken out of the room for electricity in: 40 % of a Carnot process between a coil of 7 °C and a condenser 12 K
 * above the outdoor air (assumed), which gives 2.8 at 35 °C.
 */
export function coolingEfficiency(outdoor: number): number {
  const coil = 280.15;
  const condenser = outdoor + 273.15 + 12;
  return Math.min(6, (0.4 * coil) / Math.max(1, condenser - coil));
}
