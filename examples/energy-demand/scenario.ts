/** One possible future of the region. */
export interface Scenario {
  readonly id: number;
  /** The year whose demand is computed. */
  readonly year: number;
  /** Added to each observed temperature, K. */
  readonly warming: number;
  /** Share by which the population grows each year. */
  readonly populationGrowth: number;
  /** Share of the old buildings that are retrofitted each year. */
  readonly retrofitRate: number;
  /** Share of the floor area that heat pumps heat, with its hot water. */
  readonly heatPumpShare: number;
  /** Share of dwellings with air conditioning; offices and shops all have it. */
  readonly coolingShare: number;
  /** Added to the set points of heating, K. */
  readonly comfort: number;
  /** How much of the growth of 2001-2017 goes on in industry and farming: 0 none, 1 all. */
  readonly trendPersistence: number;
}

export const SCENARIO_COUNT = 50;

/** Every value varies within its range independently of the others. */
const RANGES = {
  warming: [0, 3],
  populationGrowth: [0, 0.012],
  retrofitRate: [0.005, 0.035],
  heatPumpShare: [0.15, 0.9],
  coolingShare: [0.4, 1],
  comfort: [-1, 1],
  trendPersistence: [0, 1],
} as const;

/**
 * 50 scenarios that cover the ranges evenly without any randomness: a Halton sequence, each value with a prime base of its
 * own. (J. H. Halton, "On the efficiency of certain quasi-random sequences of points", Numerische Mathematik 2, 1960.)
 */
export function scenarios(): Scenario[] {
  return Array.from({ length: SCENARIO_COUNT }, (_, index) => {
    const id = index + 1;
    const within = ([low, high]: readonly [number, number], base: number): number =>
      Number((low + (high - low) * radicalInverse(id, base)).toFixed(4));
    return {
      id,
      year: 2040,
      warming: within(RANGES.warming, 2),
      populationGrowth: within(RANGES.populationGrowth, 3),
      retrofitRate: within(RANGES.retrofitRate, 5),
      heatPumpShare: within(RANGES.heatPumpShare, 7),
      coolingShare: within(RANGES.coolingShare, 11),
      comfort: within(RANGES.comfort, 13),
      trendPersistence: within(RANGES.trendPersistence, 17),
    };
  });
}

/** The digits of `index` in `base`, mirrored at the point: 6 = 110 in base 2 becomes 0.011 = 0.375. */
export function radicalInverse(index: number, base: number): number {
  let result = 0;
  let place = 1 / base;
  for (let rest = index; rest > 0; rest = Math.floor(rest / base)) {
    result += (rest % base) * place;
    place /= base;
  }
  return result;
}
