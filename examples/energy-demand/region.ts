import { USES, VINTAGES } from "./building.ts";
import type { LoadSeries } from "./demand.ts";
import { coolingEfficiency, HOT_WATER_TEMPERATURE, heatPumpCop, radiatorTemperature } from "./equipment.ts";
import { loadOf } from "./load.ts";
import type { Trend } from "./reference.ts";
import { BASE_YEAR } from "./reference.ts";
import type { Scenario } from "./scenario.ts";
import type { Stock } from "./stock.ts";
import type { Weather } from "./weather.ts";
import { HOURS_PER_YEAR } from "./weather.ts";

/** Share of the rooms and the hot water without a heat pump that resistance heaters serve; the others burn gas (assumed). */
const RESISTANCE_SHARE = 0.15;
/** Share of the generation that went to industry, farming and losses in the base year (assumed). */
const OTHER_SHARE = 0.45;

export interface Region {
  readonly scenario: Scenario;
  readonly stock: Stock;
  readonly weather: Weather;
  readonly trend: Trend;
}

/** Electric load of the whole region, hour by hour, in MW. */
export function regionalLoad({ scenario, stock, weather, trend }: Region): LoadSeries {
  const otherGwh = OTHER_SHARE * (trend.level + scenario.trendPersistence * trend.slope * (scenario.year - BASE_YEAR));
  const nothing = (): Float64Array => new Float64Array(weather.temperature.length);
  const series: LoadSeries = {
    heating: nothing(),
    cooling: nothing(),
    hotWater: nothing(),
    appliances: nothing(),
    other: nothing().fill((otherGwh * 1000) / HOURS_PER_YEAR),
  };
  // Electricity for one unit of heat, or of cold, in each hour.
  const resistance = (1 - scenario.heatPumpShare) * RESISTANCE_SHARE;
  const perHeat = (sink: (outdoor: number) => number): Float64Array =>
    weather.temperature.map((outdoor) => scenario.heatPumpShare / heatPumpCop(outdoor, sink(outdoor)) + resistance);
  const forRooms = perHeat(radiatorTemperature);
  const forWater = perHeat(() => HOT_WATER_TEMPERATURE);
  const itself = nothing().fill(1);
  const forCold = weather.temperature.map((outdoor) => 1 / coolingEfficiency(outdoor));

  for (const use of USES) {
    const cooled = use === "house" || use === "apartment" ? scenario.coolingShare : 1;
    for (const vintage of VINTAGES) {
      const load = loadOf({ use, vintage, comfort: scenario.comfort }, weather);
      const megawatts = stock[use][vintage] / 1e6;
      accumulate({ into: series.heating, load: load.heating, intensity: forRooms, scale: megawatts });
      accumulate({ into: series.cooling, load: load.cooling, intensity: forCold, scale: megawatts * cooled });
      accumulate({ into: series.hotWater, load: load.hotWater, intensity: forWater, scale: megawatts });
      accumulate({ into: series.appliances, load: load.appliances, intensity: itself, scale: megawatts });
    }
  }
  return series;
}

interface Accumulation {
  readonly into: Float64Array;
  readonly load: Float64Array;
  readonly intensity: Float64Array;
  readonly scale: number;
}

function accumulate({ into, load, intensity, scale }: Accumulation): void {
  for (let hour = 0; hour < into.length; hour += 1) {
    into[hour] = (into[hour] as number) + (load[hour] as number) * (intensity[hour] as number) * scale;
  }
}
