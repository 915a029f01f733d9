import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { USES, VINTAGES, zoneOf } from "../../examples/energy-demand/building.ts";
import { readCsv, toNumber } from "../../examples/energy-demand/csv.ts";
import { degreeDays } from "../../examples/energy-demand/degree-days.ts";
import { summarizeDemand } from "../../examples/energy-demand/demand.ts";
import { coolingEfficiency, heatPumpCop, radiatorTemperature } from "../../examples/energy-demand/equipment.ts";
import { loadOf } from "../../examples/energy-demand/load.ts";
import { activities } from "../../examples/energy-demand/programme.ts";
import { fitTrend, readGenerationTrend } from "../../examples/energy-demand/reference.ts";
import { regionalLoad } from "../../examples/energy-demand/region.ts";
import { bars, table } from "../../examples/energy-demand/report.ts";
import { radicalInverse, scenarios } from "../../examples/energy-demand/scenario.ts";
import { extraterrestrial, transmittance } from "../../examples/energy-demand/solar.ts";
import { stockIn } from "../../examples/energy-demand/stock.ts";
import type { Conditions, ZoneState } from "../../examples/energy-demand/thermal.ts";
import { advance, leakageFactor, stepper } from "../../examples/energy-demand/thermal.ts";
import type { Weather } from "../../examples/energy-demand/weather.ts";
import { composeWeather, readHourlyNormals, readObservedDays } from "../../examples/energy-demand/weather.ts";
import { Child } from "../rig/child.ts";
import { workspace } from "../rig/workspace.ts";

const data = fileURLToPath(new URL("../data/", import.meta.resolve("vega-datasets")));
const normals = await readHourlyNormals(join(data, "seattle-weather-hourly-normals.csv"));
const days = await readObservedDays(join(data, "seattle-weather.csv"));
const weather = composeWeather(normals, days, 0);

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
const kWhPerYear = (load: Float64Array): number => sum(load) / weather.years.length / 1000;

describe("CSV", () => {
  const file = async (text: string): Promise<string> => {
    const path = join(await temporaryFolder(), "some.csv");
    await writeFile(path, text);
    return path;
  };

  it("reads the columns asked for, whatever their order and line ends", async () => {
    expect(await readCsv(await file("a,b,c\r\n1,2,3\r\n4,5,6\r\n"), ["c", "a"])).toEqual([
      { c: "3", a: "1" },
      { c: "6", a: "4" },
    ]);
  });

  it("names a missing column, and the line of a short row", async () => {
    await expect(readCsv(await file("a,b\n1,2\n"), ["z"])).rejects.toThrow(/no column "z", only a, b/);
    await expect(readCsv(await file("a,b\n1,2\n3\n"), ["a"])).rejects.toThrow(/some\.csv:3: 1 cells/);
  });

  it("takes no gap for a zero", () => {
    expect(toNumber("-7.1", "t")).toBe(-7.1);
    for (const cell of ["", " ", "n/a", "Infinity"]) expect(() => toNumber(cell, "t")).toThrow(/t: .* is not a number/);
  });
});

describe("weather", () => {
  it("has 8,760 hourly normals, the missing first hour included", () => {
    expect(normals.temperature).toHaveLength(8760);
    expect(normals.temperature.slice(0, 3)).toEqual(new Float64Array([4.3, 4, 3.9]));
    expect(normals.temperature.every(Number.isFinite)).toBe(true);
  });

  it("has the four years without 29 February", () => {
    expect(weather.years).toEqual([2012, 2013, 2014, 2015]);
    expect(weather.temperature).toHaveLength(4 * 8760);
    expect(weather.days).not.toContain("2012-02-29");
    expect(weather.weekend.slice(0, 8)).toEqual([true, false, false, false, false, false, true, true]);
  });

  it("meets the observed extremes of each day, and adds the warming", () => {
    const warmer = composeWeather(normals, days, 2);
    for (const [index, day] of days.entries()) {
      const hours = warmer.temperature.subarray(index * 24, index * 24 + 24);
      expect(Math.min(...hours)).toBeCloseTo(day.min + 2, 9);
      expect(Math.max(...hours)).toBeCloseTo(day.max + 2, 9);
    }
  });

  it("refuses broken years", () => {
    expect(() => composeWeather(normals, days.slice(1), 0)).toThrow(/whole years/);
  });

  it("has about the 1,200 kWh/m² of sun a year that are measured in Seattle, and none at night", () => {
    expect(kWhPerYear(weather.solar)).toBeGreaterThan(1100);
    expect(kWhPerYear(weather.solar)).toBeLessThan(1300);
    expect(extraterrestrial(172, 0)).toBe(0);
    expect(transmittance(100)).toBe(0.75);
  });

  it("counts degree-days: one kelvin more on cold days is one less for each", () => {
    const cold = [{ date: "2013-01-01", max: 5, min: 1 }];
    const perDay = 1 / 365;
    expect(degreeDays(cold, 0).heating * perDay).toBeCloseTo(15.33, 9);
    expect(degreeDays(cold, 1).heating * perDay).toBeCloseTo(14.33, 9);
    expect(degreeDays(cold, 30).cooling * perDay).toBeCloseTo(14.67, 9);
  });
});

describe("zone", () => {
  const zone = zoneOf("house", "1980-2005");
  const still: Conditions = { outdoor: 0, airToOutdoor: 0.7, gainsToAir: 0, gainsToMass: 0, heatTo: 20, coolTo: 26 };
  const settle = (now: Conditions): ZoneState => {
    const state: ZoneState = { air: 20, mass: 20, heating: 0, cooling: 0 };
    const by = stepper(zone, 900);
    for (let step = 0; step < 10_000; step += 1) advance(by, state, now);
    return state;
  };

  it("needs UA · ΔT to stay warm once everything has settled", () => {
    // Outdoors to mass to air in series, and outdoors to air beside them.
    const conductance = still.airToOutdoor + 1 / (1 / zone.massToOutdoor + 1 / zone.airToMass);
    for (const outdoor of [-10, 0, 15]) {
      expect(settle({ ...still, outdoor }).heating).toBeCloseTo(conductance * (20 - outdoor), 6);
    }
    expect(settle({ ...still, outdoor: 36 }).cooling).toBeCloseTo(conductance * (36 - 26), 6);
  });

  it("conducts through walls, roof and floor exactly what their U-values say", () => {
    // House of 1980-2005: U-values times areas per m² of floor, half of it for the floor on the ground.
    const opaque = 0.25 * 0.5 + 0.5 * 0.95 + 0.45 * 0.5 * 0.5;
    expect(1 / (1 / zone.massToOutdoor + 1 / zone.airToMass)).toBeCloseTo(opaque, 12);
  });

  it("needs so much less where there are gains", () => {
    const saved = settle(still).heating - settle({ ...still, gainsToAir: 3 }).heating;
    expect(saved).toBeCloseTo(3, 6);
    // Heat in the walls partly leaves through them before it gets to the air.
    const fromMass = settle(still).heating - settle({ ...still, gainsToMass: 3 }).heating;
    expect(fromMass).toBeCloseTo((3 * zone.airToMass) / (zone.airToMass + zone.massToOutdoor), 6);
  });

  it("neither heats nor cools between the set points", () => {
    expect(settle({ ...still, outdoor: 23 })).toMatchObject({ heating: 0, cooling: 0, air: expect.closeTo(23, 6) });
  });

  it("conserves energy in every step", () => {
    const seconds = 1200;
    const by = stepper(zone, seconds);
    const state: ZoneState = { air: 18, mass: 17, heating: 0, cooling: 0 };
    for (let step = 0; step < 500; step += 1) {
      const now: Conditions = {
        ...still,
        outdoor: 10 + 25 * Math.sin(step / 20),
        gainsToAir: 4 * Math.cos(step / 7) ** 2,
        gainsToMass: 30 * Math.max(0, Math.sin(step / 11)),
      };
      const before = { ...state };
      advance(by, state, now);
      const stored =
        (zone.airCapacity * (state.air - before.air) + zone.massCapacity * (state.mass - before.mass)) / seconds;
      const lost = now.airToOutdoor * (state.air - now.outdoor) + zone.massToOutdoor * (state.mass - now.outdoor);
      expect(stored).toBeCloseTo(now.gainsToAir + now.gainsToMass + state.heating - state.cooling - lost, 8);
    }
  });

  it("does not exceed the power of its equipment, and gets cold then", () => {
    const state = settle({ ...still, outdoor: -100 });
    expect(state.heating).toBe(zone.heatingLimit);
    expect(state.air).toBeLessThan(20);
  });

  it("leaks the design value in a summer breeze, and more in winter", () => {
    expect(leakageFactor(0, 3.35)).toBeCloseTo(1, 2);
    expect(leakageFactor(20, 3.35)).toBeGreaterThan(leakageFactor(0, 3.35));
  });
});

describe("load", () => {
  const building = { use: "house", vintage: "1980-2005", comfort: 0 } as const;
  const base = loadOf(building, weather);

  it("is the same at every run", () => {
    expect(loadOf(building, weather)).toEqual(base);
  });

  it("needs less heat and more cold in a warmer climate", () => {
    const warmer = loadOf(building, composeWeather(normals, days, 2));
    expect(kWhPerYear(warmer.heating)).toBeLessThan(kWhPerYear(base.heating));
    expect(kWhPerYear(warmer.cooling)).toBeGreaterThan(kWhPerYear(base.cooling));
  });

  it("needs more heat for more comfort, and in worse buildings", () => {
    expect(kWhPerYear(loadOf({ ...building, comfort: 1 }, weather).heating)).toBeGreaterThan(kWhPerYear(base.heating));
    const worse = loadOf({ ...building, vintage: "before 1980" }, weather);
    const better = loadOf({ ...building, vintage: "new" }, weather);
    expect(kWhPerYear(worse.heating)).toBeGreaterThan(kWhPerYear(base.heating));
    expect(kWhPerYear(better.heating)).toBeLessThan(kWhPerYear(base.heating));
  });

  it("stays within plausible bounds for every kind of building, in kWh/m² a year", () => {
    for (const use of USES) {
      for (const vintage of VINTAGES) {
        const load = loadOf({ use, vintage, comfort: 0 }, weather);
        expect(kWhPerYear(load.heating), `${use}, ${vintage}`).toBeGreaterThan(5);
        expect(kWhPerYear(load.heating), `${use}, ${vintage}`).toBeLessThan(200);
        expect(kWhPerYear(load.cooling), `${use}, ${vintage}`).toBeLessThan(40);
        expect([load.heating, load.cooling].every((series) => series.every((power) => power >= 0))).toBe(true);
      }
    }
  });

  it("spreads the hot water over the week without changing its mean", () => {
    for (const use of USES) {
      const water = activities(use).map((activity) => activity.hotWater);
      const mean = (5 * sum(water.slice(0, 24)) + 2 * sum(water.slice(24))) / 168;
      expect(mean).toBeCloseTo({ house: 2.2, apartment: 3, office: 0.6, shop: 0.5 }[use], 9);
    }
  });
});

describe("equipment", () => {
  it("gets less out of the same electricity the colder it is, or for cooling the hotter", () => {
    const cop = (outdoor: number): number => heatPumpCop(outdoor, radiatorTemperature(outdoor));
    expect(cop(7)).toBeCloseTo(0.85 * (6.08 - 0.09 * 26 + 0.0005 * 26 ** 2), 12);
    expect(cop(-7)).toBeLessThan(cop(7));
    expect(cop(-7)).toBeGreaterThan(1);
    expect(coolingEfficiency(35)).toBeCloseTo(2.8, 1);
    expect(coolingEfficiency(25)).toBeGreaterThan(coolingEfficiency(35));
  });
});

describe("stock", () => {
  const turnover = { year: 2040, populationGrowth: 0.01, retrofitRate: 0.02 };
  const area = (stock: ReturnType<typeof stockIn>): number =>
    sum(Object.values(stock).flatMap((it) => Object.values(it)));

  it("has floor for everyone", () => {
    const start = area(stockIn({ ...turnover, year: 2017 }));
    expect(start).toBeCloseTo(3.14e8, 0);
    expect(area(stockIn(turnover))).toBeCloseTo(start * 1.01 ** 23, 0);
  });

  it("retrofits nothing at a rate of zero, and more at a higher rate", () => {
    const retrofitted = (retrofitRate: number): number =>
      stockIn({ ...turnover, retrofitRate }).house["before 1980, retrofitted"];
    expect(retrofitted(0)).toBe(0);
    expect(retrofitted(0.03)).toBeGreaterThan(retrofitted(0.02));
  });
});

describe("reference", () => {
  it("fits a straight line exactly", () => {
    const points = [2001, 2010, 2016].map((year) => [year, 100 + 3 * (year - 2017)] as const);
    expect(fitTrend(points)).toEqual({ level: expect.closeTo(100, 9), slope: expect.closeTo(3, 9) });
    expect(() => fitTrend([[2001, 1]])).toThrow(/at least two years/);
  });

  it("reads Iowa's generation in GWh, summed over the sources", async () => {
    const trend = await readGenerationTrend(data);
    // 40,651 GWh in 2001 and 56,476 in 2017.
    expect(trend.level).toBeGreaterThan(55_000);
    expect(trend.level).toBeLessThan(62_000);
    expect(trend.slope).toBeGreaterThan(900);
    expect(trend.slope).toBeLessThan(1300);
  });
});

describe("demand", () => {
  const flat = (value: number): Float64Array => new Float64Array(weather.temperature.length).fill(value);
  const series = { heating: flat(10), cooling: flat(0), hotWater: flat(5), appliances: flat(25), other: flat(60) };
  series.heating[30] = 60;
  const input = { scenario: 3, weather, series, degreeDays: { heating: 1, cooling: 2 }, floorArea: 9 };

  it("adds up: uses, months and hours to the year", () => {
    const demand = summarizeDemand(input);
    expect(demand.hourlyMw).toHaveLength(8760);
    expect(sum(Object.values(demand.annualGwhByUse))).toBeCloseTo(demand.annualGwh, 6);
    expect(sum(demand.monthlyGwh)).toBeCloseTo(demand.annualGwh, 6);
    expect(sum(demand.hourlyMw) / 1000).toBeCloseTo(demand.annualGwh, 6);
    expect(demand.monthlyGwh[1]).toBeCloseTo((100 * 24 * 28) / 1000, 9);
  });

  it("finds the peak and its hour", () => {
    const demand = summarizeDemand(input);
    expect(demand).toMatchObject({ peakMw: 150, peakAt: "2012-01-02T06:00", peakHeatingShare: 60 / 150 });
    expect(demand.exceededMw).toMatchObject({ "1": 100, "99": 100 });
  });
});

describe("region", () => {
  const [scenario] = scenarios();
  if (scenario === undefined) throw new Error("no scenarios");
  const oneYear: Weather = composeWeather(normals, days.slice(0, 365), 0);
  const load = async (change: Partial<typeof scenario>) => {
    const changed = { ...scenario, ...change };
    return regionalLoad({
      scenario: changed,
      stock: stockIn(changed),
      weather: oneYear,
      trend: await readGenerationTrend(data),
    });
  };

  it("answers to its scenario: heat pumps, air conditioning, population, retrofits, industry", async () => {
    const base = await load({});
    expect(sum((await load({ heatPumpShare: 0.9 })).heating)).toBeGreaterThan(sum(base.heating));
    expect(sum((await load({ coolingShare: 1 })).cooling)).toBeGreaterThan(sum(base.cooling));
    expect(sum((await load({ populationGrowth: 0.012 })).appliances)).toBeGreaterThan(sum(base.appliances));
    expect(sum((await load({ retrofitRate: 0.035 })).heating)).toBeLessThan(sum(base.heating));
    expect(sum((await load({ trendPersistence: 1 })).other)).toBeGreaterThan(sum(base.other));
  });
});

describe("scenarios", () => {
  it("are 50 different ones, always the same", () => {
    const all = scenarios();
    expect(all).toEqual(scenarios());
    expect(new Set(all.map(({ id: _, ...rest }) => JSON.stringify(rest))).size).toBe(50);
    expect(all.map((scenario) => scenario.id)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it("mirror the digits of their number", () => {
    expect(radicalInverse(6, 2)).toBe(0.375);
    expect([1, 2, 3].map((index) => radicalInverse(index, 2))).toEqual([0.5, 0.25, 0.75]);
  });
});

describe("report", () => {
  it("aligns the table without styles where nobody sees them", () => {
    const rows = [{ run: "cold", calls: 50, hits: 0, misses: 50, timeS: 8.41, timeSavedS: 0 }];
    const [header, line] = table(rows, new PassThrough()).split("\n");
    expect(header).toBe("run   calls  hits  misses  time taken  time saved");
    expect(line).toBe("cold     50     0      50       8.4 s     0.000 s");
  });

  it("draws bars from the lowest value to the highest", () => {
    expect(bars([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
    expect(bars([5, 5])).toBe("▁▁");
  });
});

describe("demo", () => {
  const example = join(import.meta.dirname, "../../examples/energy-demand");
  /** Runs it in a folder that has nothing to do with it. */
  const demo = async (options: readonly string[]) => {
    const temporary = await temporaryFolder();
    const cwd = await temporaryFolder();
    const child = await Child.start(join(example, "demo.ts"), options, { input: "", cwd, env: { TMPDIR: temporary } });
    return { ...(await child.finished), left: [...(await readdir(temporary)), ...(await readdir(cwd))] };
  };

  it("misses 50 times, hits 50 times, and misses once for the changed scenario", { timeout: 120_000 }, async () => {
    const { code, stdout, stderr, left } = await demo(["--json"]);
    expect({ code, stderr, left }).toEqual({ code: 0, stderr: "", left: [] });
    expect(JSON.parse(stdout)).toMatchObject([
      { run: "cold", calls: 50, hits: 0, misses: 50, timeSavedS: 0 },
      { run: "warm", calls: 50, hits: 50, misses: 0 },
      { run: "scenario 7 changed", calls: 50, hits: 49, misses: 1 },
    ]);
  });

  it("ends with the report of its last run", { timeout: 120_000 }, async () => {
    const { code, stdout, stderr, left } = await demo([]);
    expect({ code, stderr, left }).toEqual({ code: 0, stderr: "", left: [] });
    const [before = "", report = ""] = stdout.split("\nReport of the last run:\n");
    expect(before).toMatch(/^scenario 7 changed +50 +49 +1 /m);
    expect(report).toMatch(/^run +run-\S+-energy-demand-\S+$/m);
    expect(report).toMatch(/^tasks +50: 50 succeeded$/m);
    expect(report).toMatch(/^workers +model: 1 started$/m);
    expect(report).toMatch(/Total calls: 50\n +Hits: 49 \(98%\)\n +Misses: 1 \(2%\)\n +Estimated time saved: /);
  });

  it("refuses an option that it does not know", async () => {
    const { code, stderr, left } = await demo(["--jsom"]);
    expect({ code, stderr, left }).toEqual({ code: 1, stderr: expect.stringContaining("--jsom"), left: [] });
  });

  it("leaves nothing behind when a signal ends it", async () => {
    const temporary = await temporaryFolder();
    const script = await (await workspace()).write(
      "hold.ts",
      `import { prepareWorkspace } from ${JSON.stringify(pathToFileURL(join(example, "workspace.ts")).href)};
       await prepareWorkspace();
       console.log("ready");
       setInterval(() => {}, 1000);`,
    );
    const child = await Child.start(script, [], { env: { TMPDIR: temporary } });
    await child.line("ready");
    expect(await readdir(temporary)).toHaveLength(1);
    expect(await child.kill("SIGTERM")).toMatchObject({ signal: "SIGTERM" });
    expect(await readdir(temporary)).toEqual([]);
  });

  it("leaves nothing behind when Ctrl-C ends it in the middle of a run", async () => {
    const temporary = await temporaryFolder();
    const module = (name: string): string => JSON.stringify(pathToFileURL(join(example, name)).href);
    const script = await (await workspace()).write(
      "interrupt.ts",
      `import { ScalableSession } from "scalable";
       import { prepareWorkspace } from ${module("workspace.ts")};
       const { cache, runs } = await prepareWorkspace();
       Object.assign(process.env, { SCALABLE_CACHE_DIR: cache, SCALABLE_RUNS_DIR: runs });
       const session = await ScalableSession.fromYaml(${JSON.stringify(join(example, "scalable.yaml"))});
       session.start();
       console.log("ready");
       setInterval(() => {}, 1000);`,
    );
    const child = await Child.start(script, [], { env: { TMPDIR: temporary } });
    await child.line("ready");
    expect(await readdir(temporary)).toHaveLength(1);
    expect(await child.kill("SIGINT")).toMatchObject({ code: 130, signal: null });
    expect(await readdir(temporary)).toEqual([]);
  });
});

/** A folder that goes with the test. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "energy-demand-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}
