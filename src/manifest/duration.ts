import { parseDuration } from "../settings.ts";

/** The milliseconds of `90s` or `30m`; undefined where a text is no such duration. */
export function durationFrom(text: string): number | undefined {
  try {
    return parseDuration(text, "duration");
  } catch {
    return undefined;
  }
}
