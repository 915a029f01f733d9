/**
 * Heat balance of one m² of floor with two nodes, room air and building mass:
 *
 * ```
 *   airCapacity  · dTa/dt = airToOutdoor (To - Ta) + airToMass (Tm - Ta) + gains to air + heating - cooling
 *   massCapacity · dTm/dt = massToOutdoor (To - Tm) + airToMass (Ta - Tm) + gains to mass
 * ```
 *
 * It is the simple hourly method of EN ISO 13790:2008, annex C (5 resistances, 1 capacity), with its surface node taken
 * out and a capacity for air and furniture put in, so that steps below an hour make sense. As there, the power that
 * keeps a set point is found from the temperature the air would reach without any. Time is discretised by backward
 * Euler, which is stable for any step and conserves energy exactly.
 */

/** Per m² of floor: capacities in J/K, conductances in W/K, limits in W. */
export interface Zone {
  /** Air and furniture; 10 kJ/(m²K) is the default of EN ISO 52016-1, the air itself comes on top. */
  readonly airCapacity: number;
  readonly massCapacity: number;
  readonly airToMass: number;
  readonly massToOutdoor: number;
  readonly glazing: number;
  /** While the building is used. */
  readonly ventilation: number;
  /** At no temperature difference and 3.35 m/s of wind; see {@link leakageFactor}. */
  readonly leakage: number;
  /** Added when it is too warm inside and cooler outside. */
  readonly windowOpening: number;
  /** m² of opening through which all the horizontal radiation would enter. */
  readonly aperture: number;
  readonly heatingLimit: number;
  readonly coolingLimit: number;
}

/** Temperatures in °C and the power of the last step in W/m²; `advance` overwrites it. */
export interface ZoneState {
  air: number;
  mass: number;
  heating: number;
  cooling: number;
}

/** What acts on a zone during one step. */
export interface Conditions {
  /** °C. */
  outdoor: number;
  /** From air to outdoors, W/(m²K): glazing, ventilation and leakage together. */
  airToOutdoor: number;
  /** W/m². */
  gainsToAir: number;
  /** W/m². */
  gainsToMass: number;
  /** °C. */
  heatTo: number;
  /** °C. */
  coolTo: number;
}

/** A zone with its step length: what the equations need again and again. */
export interface Stepper {
  readonly zone: Zone;
  readonly airInertia: number;
  readonly massInertia: number;
  /** 1 / (W/K). */
  readonly massShare: number;
  /** At the end of a step, Tm = drift + coupling · Ta. */
  readonly coupling: number;
}

export function stepper(zone: Zone, seconds: number): Stepper {
  const airInertia = zone.airCapacity / seconds;
  const massInertia = zone.massCapacity / seconds;
  const massShare = 1 / (massInertia + zone.massToOutdoor + zone.airToMass);
  return { zone, airInertia, massInertia, massShare, coupling: zone.airToMass * massShare };
}

/** Moves the zone on by one step. */
export function advance(by: Stepper, state: ZoneState, now: Conditions): void {
  const { zone, airInertia, coupling } = by;
  const drift = (by.massInertia * state.mass + zone.massToOutdoor * now.outdoor + now.gainsToMass) * by.massShare;
  // With Tm eliminated, the air equation reads: total · Ta = balance + heating - cooling.
  const total = airInertia + now.airToOutdoor + zone.airToMass * (1 - coupling);
  const balance = airInertia * state.air + now.airToOutdoor * now.outdoor + now.gainsToAir + zone.airToMass * drift;
  const heating = Math.min(zone.heatingLimit, Math.max(0, now.heatTo * total - balance));
  const cooling = Math.min(zone.coolingLimit, Math.max(0, balance - now.coolTo * total));
  const air = (balance + heating - cooling) / total;
  state.air = air;
  state.mass = drift + coupling * air;
  state.heating = heating;
  state.cooling = cooling;
}

/**
 * Leakage grows with wind (m/s) and temperature difference (K): the coefficients of the BLAST program, as the EnergyPlus
 * "Input Output Reference" gives them for ZoneInfiltration:DesignFlowRate.
 */
export function leakageFactor(difference: number, wind: number): number {
  return 0.606 + 0.03636 * Math.abs(difference) + 0.1177 * wind;
}
