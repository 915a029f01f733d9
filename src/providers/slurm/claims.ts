import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { type ProcessIdentity, thisProcess } from "../../telemetry/run-process.ts";
import { writeFirst } from "./write-whole.ts";

/** Which array computes a call. */
export interface Claim {
  readonly array: string;
  /** The process that makes the array; undefined where the claim cannot be read. */
  readonly driver: ProcessIdentity | undefined;
  /** Each time a call is claimed again, this is one more. */
  readonly generation: number;
  /** How long ago it was made. */
  readonly ageMs: number;
}

/**
 * Which array computes which call, so that two sessions that need the same one do not both submit it, and a session that is
 * started again finds what the one before it has submitted: one file for each call and each time that it is claimed, made by
 * one only. It saves work; nothing else depends on it.
 */
export class Claims {
  readonly #folder: string;

  constructor(workDir: string) {
    this.#folder = path.join(workDir, "claims");
  }

  /** The last claim of a call. */
  current(key: string): Claim | undefined {
    let last: Claim | undefined;
    for (let generation = 1; ; generation += 1) {
      const claim = this.#read(key, generation);
      if (claim === undefined) return last;
      last = claim;
    }
  }

  /** Claims a call for an array. @returns whether no other session did so at the same time. */
  take(key: string, array: string, after: Claim | undefined): boolean {
    const file = this.#file(key, (after?.generation ?? 0) + 1);
    const text = JSON.stringify({ array, driver: thisProcess() });
    try {
      return writeFirst(file, text, "quick");
    } catch {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      return writeFirst(file, text, "quick");
    }
  }

  /** Forgets a call, where an array that is gone was the last to claim it. */
  drop(key: string, array: string): void {
    const last = this.current(key);
    if (last?.array !== array) return;
    // The first one last: as long as it is there, the others are found.
    for (let { generation } = last; generation > 0; generation -= 1)
      rmSync(this.#file(key, generation), { force: true });
  }

  #read(key: string, generation: number): Claim | undefined {
    const file = this.#file(key, generation);
    try {
      const ageMs = Date.now() - statSync(file).mtimeMs;
      return { ...contentOf(readFileSync(file, "utf8")), generation, ageMs };
    } catch {
      return undefined;
    }
  }

  #file(key: string, generation: number): string {
    return path.join(this.#folder, key.slice(0, 2), `${key}.${generation}`);
  }
}

/** A claim that was damaged is one all the same: the next one comes after it. */
function contentOf(text: string): Pick<Claim, "array" | "driver"> {
  try {
    const { array, driver } = JSON.parse(text) as Pick<Claim, "array" | "driver">;
    return { array, driver };
  } catch {
    return { array: "", driver: undefined };
  }
}
