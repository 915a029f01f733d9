import { durationFrom } from "./duration.ts";

/** A walltime in milliseconds, or what it must be instead. */
export type WalltimeRead =
  | { readonly walltimeMs: number; readonly fault?: never }
  | { readonly walltimeMs?: never; readonly fault: string };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** No job of a cluster runs longer: more is a slip of the keyboard. */
const LONGEST = 366 * DAY;

const WITH_DAYS = /^(?<days>\d{1,9})-(?<hours>\d{1,9})(?::(?<minutes>\d{1,9})(?::(?<seconds>\d{1,9}))?)?$/;
const WITHOUT_DAYS = /^(?:(?<hours>\d{1,9}):)?(?<minutes>\d{1,9}):(?<seconds>\d{1,9})$/;
const NUMBER_ALONE = /^[-+]?[\d.]+(?:e[-+]?\d+)?$/i;

export const WALLTIME = "a time with its unit, such as 4h, or as sbatch has it, such as 04:00:00 or 1-12:00:00";
export const WALLTIME_WITH_UNIT =
  "a time with its unit, such as 4h or 30m: a number alone would be minutes for sbatch, and milliseconds for scalable";
const IN_RANGE = "a time from 1s to 366d";

/**
 * How long a job may run, from `4h` or from one of the forms of sbatch(1): `MM:SS`, `HH:MM:SS`, `D-HH`, `D-HH:MM` and
 * `D-HH:MM:SS`. As there, a part can be more than fits the next one: `90:00` is an hour and a half.
 */
export function readWalltime(text: string): WalltimeRead {
  // sbatch takes minutes.
  if (NUMBER_ALONE.test(text)) return { fault: WALLTIME_WITH_UNIT };
  const read = slurmTime(text) ?? durationFrom(text);
  if (read === undefined) return { fault: WALLTIME };
  // What comes of 1.1h is not quite whole, and would be a minute more where it is rounded up.
  const walltimeMs = Math.round(read);
  return walltimeMs >= SECOND && walltimeMs <= LONGEST ? { walltimeMs } : { fault: IN_RANGE };
}

function slurmTime(text: string): number | undefined {
  const parts = (WITH_DAYS.exec(text) ?? WITHOUT_DAYS.exec(text))?.groups;
  if (parts === undefined) return undefined;
  const part = (name: string) => Number(parts[name] ?? 0);
  return part("days") * DAY + part("hours") * HOUR + part("minutes") * MINUTE + part("seconds") * SECOND;
}
