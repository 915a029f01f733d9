import type { Use, Vintage } from "./building.ts";
import { zoneOf } from "./building.ts";
import type { Activity } from "./programme.ts";
import { activities } from "./programme.ts";
import type { Conditions, ZoneState } from "./thermal.ts";
import { advance, leakageFactor, stepper } from "./thermal.ts";
import type { Weather } from "./weather.ts";

export interface BuildingInUse {
  readonly use: Use;
  readonly vintage: Vintage;
  /** Added to the set points of heating, K. */
  readonly comfort: number;
}

/** Mean power of each hour, W per m² of floor. */
export interface Load {
  /** Heat that the room needs. */
  readonly heating: Float64Array;
  /** Heat that has to be taken out of it. */
  readonly cooling: Float64Array;
  readonly appliances: Float64Array;
  /** Heat in the water. */
  readonly hotWater: Float64Array;
}

const STEPS_PER_HOUR = 3;
const STEP_SECONDS = 3600 / STEPS_PER_HOUR;
/** Half of the people live an hour later than the others; without that, all heating would start at one moment. */
const SHIFTS = [0, 1] as const;
/** Days of weather run ahead, so that the starting temperature of the mass is forgotten. */
const SPIN_UP_HOURS = 14 * 24;
/** Occupants open windows above this, °C. */
const TOO_WARM = 24;

/** What the buildings of one kind draw through the weather, as the mean of early and late risers. */
export function loadOf(building: BuildingInUse, weather: Weather): Load {
  const size = weather.temperature.length;
  const load: Load = {
    heating: new Float64Array(size),
    cooling: new Float64Array(size),
    appliances: new Float64Array(size),
    hotWater: new Float64Array(size),
  };
  for (const shift of SHIFTS) addGroup(load, { building, weather, shift });
  return load;
}

interface Group {
  readonly building: BuildingInUse;
  readonly weather: Weather;
  readonly shift: number;
}

function addGroup(load: Load, { building, weather, shift }: Group): void {
  const zone = zoneOf(building.use, building.vintage);
  const by = stepper(zone, STEP_SECONDS);
  const { temperature, wind, solar } = weather;
  const size = temperature.length;
  const plan = activities(building.use);
  const state: ZoneState = { air: 20, mass: 20, heating: 0, cooling: 0 };
  const now: Conditions = { outdoor: 0, airToOutdoor: 0, gainsToAir: 0, gainsToMass: 0, heatTo: 0, coolTo: 0 };

  for (let run = -SPIN_UP_HOURS; run < size; run += 1) {
    const hour = run < 0 ? run + SPIN_UP_HOURS : run;
    const day = Math.floor(hour / 24);
    const clock = (hour - shift + 24) % 24;
    const activity = plan[clock + (weather.weekend[day] ? 24 : 0)] as Activity;
    // Half of the internal gains go to the air, the rest and the sun to the surfaces: ISO 13790, equations C.1 and C.2.
    const internal = activity.people + activity.appliances;
    now.gainsToAir = internal / 2;
    now.gainsToMass = internal / 2 + zone.aperture * (solar[hour] as number);
    now.heatTo = activity.heatTo + building.comfort;
    now.coolTo = activity.coolTo;
    const start = temperature[hour] as number;
    const change = (temperature[Math.min(hour + 1, size - 1)] as number) - start;
    const gust = wind[hour] as number;
    const supply = zone.glazing + (activity.used ? zone.ventilation : 0);
    let heating = 0;
    let cooling = 0;
    for (let step = 0; step < STEPS_PER_HOUR; step += 1) {
      now.outdoor = start + (change * (step + 0.5)) / STEPS_PER_HOUR;
      const difference = state.air - now.outdoor;
      now.airToOutdoor =
        supply +
        zone.leakage * leakageFactor(difference, gust) +
        (state.air > TOO_WARM && difference > 1 ? zone.windowOpening : 0);
      advance(by, state, now);
      heating += state.heating;
      cooling += state.cooling;
    }
    if (run < 0) continue;
    add(load.heating, hour, heating / STEPS_PER_HOUR);
    add(load.cooling, hour, cooling / STEPS_PER_HOUR);
    add(load.appliances, hour, activity.appliances);
    add(load.hotWater, hour, activity.hotWater);
  }
}

function add(mean: Float64Array, hour: number, power: number): void {
  mean[hour] = (mean[hour] as number) + power / SHIFTS.length;
}
