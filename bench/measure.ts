/** Distribution of one side's rounds. Every number is in seconds, per operation. */
export interface Summary {
  readonly n: number;
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly samples: readonly number[];
}

/** What came of one side: its numbers, or why there are none. */
export type Outcome =
  | { readonly state: "measured"; readonly summary: Summary }
  | { readonly state: "absent"; readonly reason: string }
  | { readonly state: "failed"; readonly reason: string };

/** Measures one round and answers seconds per operation. Rounds count from 0, warm-ups from -1 downwards. */
export type Round = (round: number) => Promise<number>;

export interface Side {
  readonly name: string;
  /** Starts what the side needs. Throws `NotMeasured` where it cannot be had on this machine. */
  readonly prepare: () => Promise<Round>;
}

/** The reason why a side has no numbers, where that is nobody's fault. */
export class NotMeasured extends Error {}

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds whose numbers are thrown away: they fill page caches and compile hot code. */
  readonly warmups: number;
  /** Runs before each round of each side, outside its measured time. */
  readonly settle?: () => void;
}

/**
 * Runs the sides in turn, round after round: A B C A B C. A slow minute of the machine then hits all sides alike,
 * which running all of A before all of B would not give. The starting side moves on each round, so that no side
 * always runs in the wake of the same neighbour.
 *
 * A side that throws is left out of the rounds that follow, and the others go on.
 */
export async function alternate(sides: readonly Side[], options: RoundOptions): Promise<Map<string, Outcome>> {
  const running: { name: string; round: Round; samples: number[] }[] = [];
  const outcomes = new Map<string, Outcome>();
  for (const { name, prepare } of sides) {
    try {
      running.push({ name, round: await prepare(), samples: [] });
    } catch (error) {
      outcomes.set(name, outcomeOf(error));
    }
  }
  for (let round = -options.warmups; round < options.rounds; round++) {
    for (let turn = 0; turn < running.length; turn++) {
      const side = running[(turn + round + options.warmups) % running.length];
      if (side === undefined || outcomes.has(side.name)) continue;
      try {
        options.settle?.();
        const seconds = await side.round(round);
        if (round >= 0) side.samples.push(seconds);
      } catch (error) {
        outcomes.set(side.name, outcomeOf(error));
      }
    }
  }
  for (const { name, samples } of running) {
    if (!outcomes.has(name)) outcomes.set(name, { state: "measured", summary: summarize(samples) });
  }
  return outcomes;
}

function outcomeOf(error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : String(error);
  return { state: error instanceof NotMeasured ? "absent" : "failed", reason };
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    n: sorted.length,
    median: percentile(sorted, 0.5),
    p10: percentile(sorted, 0.1),
    p90: percentile(sorted, 0.9),
    samples,
  };
}

/** Linear interpolation between closest ranks (type 7 of Hyndman and Fan, 1996: what numpy and R do by default). */
function percentile(sorted: readonly number[], fraction: number): number {
  const rank = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Seconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
