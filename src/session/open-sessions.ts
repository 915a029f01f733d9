import type { Forecast } from "./scheduler.ts";

/** What is done with sessions that a workflow leaves open, or that its error ends. */
interface Watched {
  close(): Promise<void>;
  fail(error: unknown): void;
  crash(error: unknown): void;
  exit(code: number): void;
  idle(): Promise<void>;
  readonly forecast: Forecast | undefined;
  /** Whether its calls go on without it. */
  readonly detached: boolean;
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

/** A workflow that waits for calls which go on without it would be taken for one that hangs. */
async function closeAtEnd(): Promise<void> {
  await closeSessions();
  for (const { detached } of started) if (detached) process.exit();
}

/** Tells all sessions of the error that ended their workflow. */
export function failSessions(error: unknown): void {
  for (const session of started) session.fail(error);
}

export async function closeSessions(): Promise<void> {
  for (const session of started) await session.close();
}

/** What the dry runs of this process found, all together, when each submitted call is looked up. */
export async function forecastOfSessions(): Promise<Forecast> {
  const total = { hits: 0, misses: 0, unknown: 0 };
  for (const session of started) {
    await session.idle();
    const { hits = 0, misses = 0, unknown = 0 } = session.forecast ?? {};
    total.hits += hits;
    total.misses += misses;
    total.unknown += unknown;
  }
  return total;
}
