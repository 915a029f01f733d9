import type { ArrayPlan } from "./array-plan.ts";
import type { Plan } from "./plan.ts";
import type { Forecast } from "./scheduler.ts";

/** What is done with sessions that a workflow leaves open, or that its error ends. */
interface Watched {
  close(): Promise<void>;
  fail(error: unknown): void;
  crash(error: unknown): void;
  exit(code: number): void;
  idle(): Promise<void>;
  readonly forecast: Forecast | undefined;
  plan(): Plan;
  /** Calls that go on without it; undefined where it has not left any. */
  readonly detached: Detached | undefined;
}

/** Calls that a session has left to a cluster. */
export interface Detached {
  /** Calls that are in jobs. */
  readonly detached: number;
  /** Calls that need the results of others, and are in none. */
  readonly blocked: number;
}

const started = new Set<Watched>();

/** Closes a session at the end of the process, where its workflow does not, and tells it of the error that ends it. */
export function watchSession(session: Watched): void {
  if (started.size === 0) {
    process.on("beforeExit", () => void closeAtEnd());
    process.on("uncaughtExceptionMonitor", (error) => {
      // Where the program has a listener of its own, it goes on.
      if (process.listenerCount("uncaughtException") > 0) return;
      for (const session of started) session.crash(error);
    });
    process.on("exit", (code) => {
      for (const session of started) session.exit(code);
    });
  }
  started.add(session);
}

let whenLeft: (() => void) | undefined;

/**
 * Resolves when the process has nothing to do any more, as its workflow waits for calls that go on without it. The caller
 * closes the sessions then, and goes on.
 */
export function nothingLeft(): Promise<void> {
  return new Promise((resolve) => {
    whenLeft = resolve;
  });
}

/** A workflow that waits for calls which go on without it would be taken for one that hangs. */
async function closeAtEnd(): Promise<void> {
  if (whenLeft !== undefined) {
    whenLeft();
    return;
  }
  await closeSessions();
  for (const { detached } of started) if (detached !== undefined) process.exit();
}

/** Tells all sessions of the error that ended their workflow. */
export function failSessions(error: unknown): void {
  for (const session of started) session.fail(error);
}

export async function closeSessions(): Promise<void> {
  for (const session of started) await session.close();
}

/** What the dry runs of this process found, and the job arrays that the calls would make, where a cluster has them. */
export interface SessionsForecast extends Forecast {
  readonly arrays?: readonly ArrayPlan[];
}

/** What the dry runs of this process found, all together, when each submitted call is looked up. */
export async function forecastOfSessions(): Promise<SessionsForecast> {
  const total = { hits: 0, misses: 0, unknown: 0 };
  let arrays: readonly ArrayPlan[] | undefined;
  for (const session of started) {
    await session.idle();
    const { hits = 0, misses = 0, unknown = 0 } = session.forecast ?? {};
    total.hits += hits;
    total.misses += misses;
    total.unknown += unknown;
    const { arrays: own } = session.plan();
    if (own !== undefined) arrays = [...(arrays ?? []), ...own];
  }
  return { ...total, ...(arrays === undefined ? {} : { arrays }) };
}

/** What the sessions of this process have left to clusters, all together. */
export function detachedOfSessions(): Detached {
  const all = [...started].flatMap(({ detached }) => detached ?? []);
  const sum = (of: (each: Detached) => number): number => all.reduce((total, each) => total + of(each), 0);
  return { detached: sum(({ detached }) => detached), blocked: sum(({ blocked }) => blocked) };
}
