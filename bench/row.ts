import type { Outcome } from "./measure.ts";

/** What a row has to reach. Ratios are ours ÷ peer, of medians. */
export type Target =
  /** Our time is at most this many times the peer's. */
  | { readonly kind: "ratio"; readonly atMost: number }
  /** Our time is at most this many seconds more than the peer's. */
  | { readonly kind: "difference"; readonly atMost: number }
  /** Our operations per second are at least this many times the peer's. */
  | { readonly kind: "throughput"; readonly atLeast: number }
  /** Our time is at most this many seconds, whatever the peer takes. */
  | { readonly kind: "seconds"; readonly atMost: number }
  /** Shown for information. */
  | { readonly kind: "none" };

/** One comparison: a line of the table. */
export interface Row {
  readonly name: string;
  /** What was measured, on both sides, in a sentence or two. */
  readonly measured: string;
  readonly peer: string;
  readonly ours: Outcome;
  readonly theirs: Outcome;
  readonly target: Target;
  /** What a check beside the measurement found (lost writes, lost entries). */
  readonly notes?: readonly string[];
}

export interface Verdict {
  readonly state: "met" | "missed" | "information" | "not measured" | "failed";
  /** Ours ÷ peer; for a difference, ours − peer in seconds. */
  readonly value?: number;
  readonly reason?: string;
}

export function judge(row: Row): Verdict {
  for (const outcome of [row.ours, row.theirs]) {
    if (outcome.state === "failed") return { state: "failed", reason: outcome.reason };
    if (outcome.state === "absent") return { state: "not measured", reason: outcome.reason };
  }
  if (row.ours.state !== "measured" || row.theirs.state !== "measured") return { state: "not measured" };
  const ours = row.ours.summary.median;
  const theirs = row.theirs.summary.median;
  const met = (reached: boolean) => (reached ? "met" : "missed");
  switch (row.target.kind) {
    case "ratio":
      return { state: met(ours / theirs <= row.target.atMost), value: ours / theirs };
    case "difference":
      return { state: met(ours - theirs <= row.target.atMost), value: ours - theirs };
    case "seconds":
      return { state: met(ours <= row.target.atMost), value: ours / theirs };
    case "throughput":
      return { state: met(theirs / ours >= row.target.atLeast), value: theirs / ours };
    case "none":
      return { state: "information", value: ours / theirs };
  }
}

/** The rows of one case: one side's outcome against each of the others. */
export function rowsOf(
  outcomes: ReadonlyMap<string, Outcome>,
  rows: readonly (Omit<Row, "ours" | "theirs"> & { readonly ourSide?: string })[],
): Row[] {
  const outcomeOf = (side: string): Outcome =>
    outcomes.get(side) ?? { state: "failed", reason: `there is no side "${side}"` };
  return rows.map(({ ourSide = "scalable", ...row }) => ({
    ...row,
    ours: outcomeOf(ourSide),
    theirs: outcomeOf(row.peer),
  }));
}
