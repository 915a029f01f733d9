import type { Use } from "./building.ts";

/** How a kind of building is used, hour by hour. */
export interface Programme {
  /** Share of the people who are there, by hour, on weekdays and on weekends. */
  readonly presence: { readonly weekday: readonly number[]; readonly weekend: readonly number[] };
  /** °C while it is used, and while it is not. */
  readonly heatTo: readonly [used: number, unused: number];
  /** °C while it is used, and while it is not. */
  readonly coolTo: readonly [used: number, unused: number];
  /** Heat of all people together, W/m². */
  readonly people: number;
  /** Lighting and appliances, W/m²: always on, and in addition at full presence. */
  readonly appliances: readonly [always: number, used: number];
  /** Heat for hot water, mean over the year, W/m². */
  readonly hotWater: number;
}

const DWELLING = {
  weekday: hours("1 1 1 1 1 1 .9 .7 .5 .4 .4 .4 .4 .4 .4 .5 .7 .9 1 1 1 1 1 1"),
  weekend: hours("1 1 1 1 1 1 1 1 .9 .8 .7 .7 .7 .7 .7 .7 .8 .9 .9 .9 1 1 1 1"),
};
const WORK = {
  weekday: hours("0 0 0 0 0 0 .1 .3 .8 1 1 1 .8 1 1 1 .9 .6 .3 .1 .1 0 0 0"),
  weekend: hours("0 0 0 0 0 0 0 0 .1 .1 .1 .1 .1 .1 .1 .1 .1 0 0 0 0 0 0 0"),
};
const TRADE = {
  weekday: hours("0 0 0 0 0 0 .1 .2 .4 .7 .8 .9 .9 .9 .9 .9 1 1 .9 .7 .4 .1 0 0"),
  weekend: hours("0 0 0 0 0 0 0 .1 .3 .6 .9 1 1 1 1 1 .9 .8 .6 .3 .1 0 0 0"),
};

/** Dwellings use electricity when people are awake, which is not when they are there. */
const AWAKE = hours(".2 .1 .1 .1 .1 .2 .5 .8 .7 .5 .5 .5 .6 .5 .5 .5 .7 .9 1 1 1 .9 .7 .4");

/**
 * Assumed values of the size that ISO 13790:2008 lists in annex G (set points 20 and 26 °C, internal gains by hour and
 * kind of building) and in line with some 35, 85 and 100 kWh/m² of electricity a year for dwellings, offices and shops.
 */
export const PROGRAMMES: Record<Use, Programme> = {
  house: {
    presence: DWELLING,
    heatTo: [20.5, 18],
    coolTo: [25.5, 27],
    people: 1.6,
    appliances: [1.8, 4.2],
    hotWater: 2.2,
  },
  apartment: {
    presence: DWELLING,
    heatTo: [21, 18.5],
    coolTo: [25.5, 27],
    people: 2.4,
    appliances: [2, 4.8],
    hotWater: 3,
  },
  office: { presence: WORK, heatTo: [21, 16], coolTo: [24.5, 29], people: 5, appliances: [4.2, 17], hotWater: 0.6 },
  shop: { presence: TRADE, heatTo: [20, 15], coolTo: [24.5, 29], people: 6, appliances: [5, 15], hotWater: 0.5 },
};

/** One hour of a programme. */
export interface Activity {
  readonly used: boolean;
  readonly heatTo: number;
  readonly coolTo: number;
  /** W/m². */
  readonly people: number;
  /** W/m² of electricity, all of which ends up as heat in the room. */
  readonly appliances: number;
  /** W/m² of heat in the water, most of which leaves through the drain. */
  readonly hotWater: number;
}

/** The 48 hours that repeat: a weekday, then a day of the weekend. */
export function activities(use: Use): Activity[] {
  const programme = PROGRAMMES[use];
  const dwelling = programme.presence === DWELLING;
  const days = [programme.presence.weekday, programme.presence.weekend];
  const draw = dwelling ? [AWAKE, AWAKE] : days;
  const [weekday = 0, weekend = 0] = draw.map((day) => day.reduce((sum, share) => sum + share, 0));
  const mean = (5 * weekday + 2 * weekend) / (7 * 24);
  return days.flatMap((day, which) =>
    day.map((presence, hour) => {
      const active = draw[which]?.[hour] ?? 0;
      const used = dwelling ? hour >= 6 && hour < 23 : presence >= 0.2;
      return {
        used,
        heatTo: programme.heatTo[used ? 0 : 1],
        coolTo: programme.coolTo[used ? 0 : 1],
        people: programme.people * presence,
        appliances: programme.appliances[0] + programme.appliances[1] * active,
        hotWater: (programme.hotWater * active) / mean,
      };
    }),
  );
}

function hours(shares: string): number[] {
  return shares.split(" ").map(Number);
}
