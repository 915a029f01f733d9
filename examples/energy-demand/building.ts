import type { Zone } from "./thermal.ts";

export type Use = "house" | "apartment" | "office" | "shop";
export type Vintage =
  | "before 1980"
  | "1980-2005"
  | "after 2005"
  | "before 1980, retrofitted"
  | "1980-2005, retrofitted"
  | "new";

export const USES: readonly Use[] = ["house", "apartment", "office", "shop"];
export const VINTAGES: readonly Vintage[] = [
  "before 1980",
  "1980-2005",
  "after 2005",
  "before 1980, retrofitted",
  "1980-2005, retrofitted",
  "new",
];

/** Areas in m² per m² of floor; assumed for two-storey houses, three-storey apartment blocks and so on. */
interface Geometry {
  readonly roof: number;
  readonly ground: number;
  readonly wall: number;
  readonly window: number;
  /** m. */
  readonly height: number;
  /** Outdoor air that ventilation brings in while the building is used, 1/h. */
  readonly ventilation: number;
  /** J/K and m² of effective mass, each per m² of floor: ISO 13790, table 12, light, medium and heavy. */
  readonly mass: readonly [capacity: number, area: number];
}

const GEOMETRY: Record<Use, Geometry> = {
  house: { roof: 0.5, ground: 0.5, wall: 0.95, window: 0.15, height: 2.5, ventilation: 0.3, mass: [110e3, 2.5] },
  apartment: { roof: 0.33, ground: 0.33, wall: 0.55, window: 0.15, height: 2.5, ventilation: 0.35, mass: [165e3, 2.5] },
  office: { roof: 0.25, ground: 0.25, wall: 0.35, window: 0.2, height: 3, ventilation: 0.7, mass: [165e3, 2.5] },
  shop: { roof: 0.8, ground: 0.8, wall: 0.45, window: 0.1, height: 4, ventilation: 0.6, mass: [260e3, 3] },
};

/** U-values in W/(m²K), the solar heat gain coefficient of the glass, and air changes per hour through leaks. */
interface Envelope {
  readonly roof: number;
  readonly ground: number;
  readonly wall: number;
  readonly window: number;
  readonly glass: number;
  readonly leakage: number;
}

/**
 * "new" is the Washington State Energy Code for climate zone "marine 4" (WAC 51-11R, table R402.1.2: U-factors 0.024,
 * 0.029, 0.056 and 0.30 Btu/(h ft² °F), times 5.678). The others are assumptions: uninsulated frame walls with
 * single glazing that was partly replaced, the codes of the 1980s, and a retrofit that comes close to new.
 */
const ENVELOPE: Record<Vintage, Envelope> = {
  "before 1980": { roof: 0.55, ground: 0.9, wall: 1.1, window: 3.6, glass: 0.65, leakage: 0.6 },
  "1980-2005": { roof: 0.25, ground: 0.45, wall: 0.5, window: 2.6, glass: 0.55, leakage: 0.4 },
  "after 2005": { roof: 0.17, ground: 0.2, wall: 0.36, window: 1.9, glass: 0.4, leakage: 0.25 },
  "before 1980, retrofitted": { roof: 0.18, ground: 0.45, wall: 0.4, window: 1.7, glass: 0.35, leakage: 0.3 },
  "1980-2005, retrofitted": { roof: 0.15, ground: 0.35, wall: 0.36, window: 1.7, glass: 0.35, leakage: 0.25 },
  new: { roof: 0.136, ground: 0.165, wall: 0.318, window: 1.7, glass: 0.35, leakage: 0.15 },
};

/** Heat capacity of air, Wh/(m³K): ISO 13790 has 1200 J/(m³K). */
const AIR = 1200 / 3600;
/** The ground is warmer than the air outdoors: adjustment factor b of ISO 13790 for floors on ground (assumed). */
const GROUND_FACTOR = 0.5;
/** Frames, dirt, curtains and the mean of four orientations, against the sun on a horizontal plane (assumed). */
const WINDOW_EXPOSURE = 0.35;
/** Equipment is sized for this indoor-outdoor difference, K: 21 °C inside at Seattle's design day of about -4 °C. */
const DESIGN_DIFFERENCE = 25;

/** One m² of floor as a thermal zone. */
export function zoneOf(use: Use, vintage: Vintage): Zone {
  const shape = GEOMETRY[use];
  const envelope = ENVELOPE[vintage];
  const [massCapacity, massArea] = shape.mass;
  const opaque =
    envelope.roof * shape.roof + envelope.wall * shape.wall + envelope.ground * shape.ground * GROUND_FACTOR;
  // ISO 13790 puts a surface node between air and mass: 3.45 W/(m²K) over all 4.5 m² of surfaces on one side, 9.1 over the
  // effective mass area on the other. Two conductances in series; the surface node itself is left out here.
  const airToMass = 1 / (1 / (3.45 * 4.5) + 1 / (9.1 * massArea));
  const glazing = envelope.window * shape.window;
  const ventilation = AIR * shape.height * shape.ventilation;
  const leakage = AIR * shape.height * envelope.leakage;
  const sizing = 1.3 * DESIGN_DIFFERENCE * (opaque + glazing + ventilation + leakage);
  return {
    airCapacity: 10e3 + AIR * 3600 * shape.height,
    massCapacity,
    airToMass,
    // The wall between mass and outdoors, so that wall and inner film together conduct what the U-values say.
    massToOutdoor: 1 / (1 / opaque - 1 / airToMass),
    glazing,
    ventilation,
    leakage,
    windowOpening: AIR * shape.height * (use === "house" || use === "apartment" ? 3 : 0.5),
    aperture: WINDOW_EXPOSURE * envelope.glass * shape.window,
    heatingLimit: sizing,
    coolingLimit: 60,
  };
}
