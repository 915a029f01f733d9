import { formatCount } from "../../units.ts";

/** `31`, `2.4`, `0.04`; `-` where that is not known. */
export function formatCoreHours(hours: number | undefined): string {
  if (hours === undefined) return "-";
  if (hours >= 10 || hours === 0) return formatCount(Math.round(hours));
  return hours < 0.01 ? "<0.01" : String(Number(hours.toFixed(hours < 1 ? 2 : 1)));
}
