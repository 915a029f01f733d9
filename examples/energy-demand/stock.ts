import type { Use, Vintage } from "./building.ts";
import { BASE_YEAR } from "./reference.ts";

/** m² of floor by use and vintage. */
export type Stock = Record<Use, Record<Vintage, number>>;

export interface Turnover {
  /** The stock is followed from {@link BASE_YEAR} to this year. */
  readonly year: number;
  /** Share by which the population grows each year. */
  readonly populationGrowth: number;
  /** Share of the old buildings that are retrofitted each year. */
  readonly retrofitRate: number;
}

/** People in Iowa in 2017: about 3.14 million (U.S. Census Bureau). */
const POPULATION = 3.14e6;

/**
 * m² of floor per person. Dwellings: about 2,000 square feet per household of 2.5 (EIA, Residential Energy Consumption
 * Survey 2015), of which a fifth in apartment blocks (assumed). Others: 87 billion square feet for 314 million people (EIA,
 * Commercial Buildings Energy Consumption Survey 2012), split in two here.
 */
const FLOOR_PER_PERSON: Record<Use, number> = { house: 59, apartment: 15, office: 13, shop: 13 };

/** Assumed shares in the base year, and shares demolished each year. */
const VINTAGE_SHARE = { "before 1980": 0.5, "1980-2005": 0.33, "after 2005": 0.17 } as const;
const DEMOLITION: Record<Vintage, number> = {
  "before 1980": 0.012,
  "1980-2005": 0.005,
  "after 2005": 0.001,
  "before 1980, retrofitted": 0.006,
  "1980-2005, retrofitted": 0.003,
  new: 0,
};

/** Follows the building stock year by year: demolition, then retrofits, then new buildings for all who lack floor. */
export function stockIn({ year, populationGrowth, retrofitRate }: Turnover): Stock {
  const follow = (perPerson: number): Record<Vintage, number> => {
    let needed = perPerson * POPULATION;
    const area: Record<Vintage, number> = {
      "before 1980": needed * VINTAGE_SHARE["before 1980"],
      "1980-2005": needed * VINTAGE_SHARE["1980-2005"],
      "after 2005": needed * VINTAGE_SHARE["after 2005"],
      "before 1980, retrofitted": 0,
      "1980-2005, retrofitted": 0,
      new: 0,
    };
    for (let now = BASE_YEAR; now < year; now += 1) {
      needed *= 1 + populationGrowth;
      for (const vintage of Object.keys(area) as Vintage[]) area[vintage] *= 1 - DEMOLITION[vintage];
      for (const vintage of ["before 1980", "1980-2005"] as const) {
        const retrofitted = area[vintage] * retrofitRate;
        area[vintage] -= retrofitted;
        area[`${vintage}, retrofitted`] += retrofitted;
      }
      area.new += Math.max(0, needed - Object.values(area).reduce((sum, part) => sum + part, 0));
    }
    return area;
  };
  return {
    house: follow(FLOOR_PER_PERSON.house),
    apartment: follow(FLOOR_PER_PERSON.apartment),
    office: follow(FLOOR_PER_PERSON.office),
    shop: follow(FLOOR_PER_PERSON.shop),
  };
}
