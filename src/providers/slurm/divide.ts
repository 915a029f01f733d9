/** Short calls share a job that takes so long at most … */
const JOB_S = 10;
/** … and at least, as starting a job takes a second or two. */
const LEAST_S = 2;
/** Between the two, they are still spread over so many jobs, where `max_jobs` does not say how many may run. */
const WIDTH = 8;

export interface DividedBy {
  /** Calls in one job, where the manifest says it. */
  readonly callsPerJob: number | undefined;
  /** Seconds that a call takes, as far as is known from earlier ones. */
  readonly secondsOf: (functionName: string) => number | undefined;
  readonly maxJobs: number | undefined;
  /** Seconds that a job may take. */
  readonly walltimeS: number | undefined;
}

/**
 * Which calls share a job: none where they take a while, or where it is not known how long they take.
 *
 * @param functions - for each call, the name of its function.
 * @returns for each job, the first of its calls.
 */
export function divide(
  functions: readonly string[],
  { callsPerJob, secondsOf, maxJobs, walltimeS }: DividedBy,
): number[] {
  if (callsPerJob !== undefined) {
    return functions.flatMap((_, place) => (place % callsPerJob === 0 ? [place] : []));
  }
  const spread = Math.ceil(functions.length / (maxJobs ?? WIDTH));
  // What took ten seconds before may take twenty.
  const longest = Math.min(JOB_S, (walltimeS ?? Number.POSITIVE_INFINITY) / 2);
  const firsts: number[] = [];
  let [calls, seconds] = [0, Number.POSITIVE_INFINITY];
  for (const [place, name] of functions.entries()) {
    const takes = secondsOf(name) ?? Number.POSITIVE_INFINITY;
    if ((calls >= spread && seconds >= LEAST_S) || seconds + takes > longest) {
      firsts.push(place);
      [calls, seconds] = [0, 0];
    }
    calls += 1;
    seconds += takes;
  }
  return firsts;
}
