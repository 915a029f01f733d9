import { sameDigest } from "../identify/content.ts";
import type { Digester } from "../identify/digester.ts";
import type { DigestMemo } from "../identify/memo.ts";
import type { Slot } from "../identify/parameters.ts";

/*
 * What a key was made of can change while the function runs, and then the result belongs to another key, or to none.
 * Plain arguments are copied; everything else is looked at a second time when the function has ended.
 */

/** An argument that could not be copied, as it was when the key was made. */
export interface Guard {
  readonly place: number;
  readonly digest: Uint8Array | Promise<Uint8Array>;
}

/** What of the process a key was made of. */
export interface Surroundings {
  /** Values of the variables that the function names, in their order. */
  readonly env: readonly (string | undefined)[];
  /** Where relative paths begin. */
  readonly workingDirectory: string | undefined;
}

const NONE: Surroundings = { env: [], workingDirectory: undefined };

/** The surroundings as they are now. */
export function surroundings(env: readonly string[], reads: "files" | "no files"): Surroundings {
  if (env.length === 0 && reads === "no files") return NONE;
  return {
    env: env.map((name) => process.env[name]),
    workingDirectory: reads === "files" ? workingDirectory() : undefined,
  };
}

/** The working directory; undefined where it was removed. */
export function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

interface GuardContext {
  readonly slots: readonly Slot[];
  readonly digester: Digester;
  readonly memo: DigestMemo | undefined;
}

/** Takes note of arguments as they are now. Values are read before this returns. */
export function guardsOf(places: readonly number[], values: readonly unknown[], context: GuardContext): Guard[] {
  return places.map((place) => {
    const digest = digestAt(place, values, context);
    // A file that is not there is told when it is read for the key.
    if (digest instanceof Promise) digest.catch(() => undefined);
    return { place, digest };
  });
}

/** Whether an argument is what it was. */
export async function holds(guard: Guard, values: readonly unknown[], context: GuardContext): Promise<boolean> {
  try {
    const now = digestAt(guard.place, values, context);
    return sameDigest(await guard.digest, await now);
  } catch {
    return false;
  }
}

function digestAt(
  place: number,
  values: readonly unknown[],
  { slots, digester, memo }: GuardContext,
): Uint8Array | Promise<Uint8Array> {
  const { name = "", type } = slots[place] ?? {};
  const digestValue = (value: unknown, label: string): Uint8Array => digester.value(value, label);
  if (type === undefined) return digestValue(values[place], name);
  return type.identify(values[place], { digestValue, memo, observed: [] }, name);
}
