import { join } from "node:path";
import { cacheable, DirType, FileType } from "scalable";
import { degreeDays } from "./degree-days.ts";
import type { Demand } from "./demand.ts";
import { summarizeDemand } from "./demand.ts";
import { readGenerationTrend } from "./reference.ts";
import { regionalLoad } from "./region.ts";
import type { Scenario } from "./scenario.ts";
import { stockIn } from "./stock.ts";
import { composeWeather, readHourlyNormals, readObservedDays } from "./weather.ts";

/**
 * Electricity demand of a region with Seattle's weather and Iowa's size under one scenario. A call is identified by the
 * scenario, by the content of the file and of every file in the folder, by the text of the function and by `version`.
 * Where file and folder lie does not matter.
 *
 * @param weather path of the hourly normals (`seattle-weather-hourly-normals.csv` of vega-datasets).
 * @param reference folder with `seattle-weather.csv` (observed daily extremes) and `iowa-electricity.csv`.
 */
export const simulate = cacheable(
  {
    args: { scenario: Object, weather: FileType, reference: DirType },
    returnType: Object,
    // The text below is part of the key, the modules it calls are not: a change of the model gets a new version.
    version: "1",
  },
  async function simulateDemand(scenario: Scenario, weather: string, reference: string): Promise<Demand> {
    const days = await readObservedDays(join(reference, "seattle-weather.csv"));
    const composed = composeWeather(await readHourlyNormals(weather), days, scenario.warming);
    const stock = stockIn(scenario);
    const trend = await readGenerationTrend(reference);
    return summarizeDemand({
      scenario: scenario.id,
      weather: composed,
      series: regionalLoad({ scenario, stock, weather: composed, trend }),
      degreeDays: degreeDays(days, scenario.warming),
      floorArea: Object.values(stock)
        .flatMap((parts) => Object.values(parts))
        .reduce((sum, area) => sum + area, 0),
    });
  },
);
