import type { CodeDifference } from "../../identify/code/compare.ts";

/** A function some or all of whose entries an edit makes useless. */
export interface Affected {
  readonly functionName: string;
  /** Its module, from the project's folder; undefined where its entries do not tell. */
  readonly file: string | undefined;
  readonly entries: number;
  /** How long these took to compute. */
  readonly durationMs: number;
  /** Of the edit that was made: in what the code differs. */
  readonly changes: readonly CodeDifference[];
  /** Of an edit that may be made: the declarations in the files that were asked for. */
  readonly reached: readonly Reached[];
  /** Of an edit that may be made: the arguments and inputs that are such a file, or a folder with it. */
  readonly data: readonly DataUse[];
  /** Of an edit that may be made: whether what is on disk is another one already than what the entries are of. */
  readonly differs: boolean;
}

export interface Reached {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** The names through which it is reached, its own last. */
  readonly path: readonly string[];
}

export interface DataUse {
  /** As it was given to the call. */
  readonly path: string;
  readonly what: "argument" | "input";
  /** Of the argument, with the place in it. */
  readonly name: string;
  readonly entries: number;
}

/** A function that has entries, and cannot be read any more. */
export interface Missing {
  readonly functionName: string;
  readonly file: string;
  readonly why: string;
  readonly entries: number;
}

export interface Impact {
  /** Absolute paths: what was asked for, or what git says has changed; undefined where there is no git to ask. */
  readonly files: readonly string[] | undefined;
  /** Absolute paths of those that affected functions have to do with; without git, of those in which their code differs. */
  readonly edited: readonly string[];
  readonly affected: readonly Affected[];
  /** Those whose code differs from that of their entries, and with which no file in `files` has to do. */
  readonly otherwise: readonly Affected[];
  readonly missing: readonly Missing[];
  /** Entries and computing time of all that are affected, each entry once. */
  readonly entries: number;
  readonly durationMs: number;
}

/** The order in which they are told: what took longest comes first. */
export function byCost(a: Affected, b: Affected): number {
  return b.durationMs - a.durationMs || b.entries - a.entries || (a.functionName < b.functionName ? -1 : 1);
}
