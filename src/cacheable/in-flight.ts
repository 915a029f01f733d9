import { AsyncLocalStorage } from "node:async_hooks";
import { ScalableError } from "../errors.ts";
import type { IdentifiedCall } from "./identified-call.ts";

/** What a computation ended with. */
export interface Computed {
  readonly value: unknown;
  /** Whether the value can be read from the store now. */
  readonly stored: boolean;
  readonly computeMs: number;
  /** Whether another thread or process did the work. */
  readonly elsewhere: boolean;
}

/** Whether a stored result answers the call. */
export type CallMode = "default" | "recompute";

/** A computation that this thread is running. */
interface Running {
  readonly computed: Promise<Computed>;
  readonly mode: CallMode;
  /** The computation whose body started this one. */
  readonly within: Running | undefined;
  /** Computations that its body, or one that this started, waits for. */
  readonly waitsFor: Set<Running>;
  /** What it left behind may run on, and neither it nor who waited for it waits for that. */
  ended: boolean;
}

const running = new Map<string, Running>();
const bodies = new AsyncLocalStorage<Running>();

/** A call's name among those of all caches. */
function idOf({ cache, identity }: IdentifiedCall): string {
  return `${cache.dir}\0${identity.key}`;
}

/**
 * The computation of the same call that this thread is running now, for a call that waits for it. Who asks for a fresh
 * result is not content with a computation that began for somebody else: the world may have changed since.
 *
 * @throws ScalableError with `E_RECURSIVE_CALL` where that would be waiting for ever.
 */
export function joinable(call: IdentifiedCall, mode: CallMode): Promise<Computed> | undefined {
  if (running.size === 0) return undefined;
  const computation = running.get(idOf(call));
  if (computation === undefined) return undefined;
  const waiting = new Set<Running>();
  for (let body = bodies.getStore(); body !== undefined && !body.ended; body = body.within) waiting.add(body);
  if (leadsTo(computation, waiting, new Set())) {
    const functionName = call.cached.settings.name;
    throw new ScalableError(
      "E_RECURSIVE_CALL",
      `${functionName} calls itself with the same arguments, and would wait for itself for ever.`,
      { functionName },
    );
  }
  if (mode === "recompute" && computation.mode !== "recompute") return undefined;
  for (const body of waiting) body.waitsFor.add(computation);
  return computation.computed;
}

/** Whether a computation is one of `waiting`, or waits for one, whatever stands between. */
function leadsTo(from: Running, waiting: ReadonlySet<Running>, seen: Set<Running>): boolean {
  if (waiting.has(from)) return true;
  seen.add(from);
  return [...from.waitsFor].some((next) => !seen.has(next) && leadsTo(next, waiting, seen));
}

/** Runs a computation that others may join until it ends. Starts at once. */
export async function runJoinable(
  call: IdentifiedCall,
  mode: CallMode,
  compute: () => Promise<Computed>,
): Promise<Computed> {
  const id = idOf(call);
  // Its lease keeps this one waiting.
  const before = running.get(id);
  // Known before it starts: the first thing that a body does may be a call of itself.
  const { promise, resolve, reject } = Promise.withResolvers<Computed>();
  promise.catch(() => undefined); // Whoever started it gets the error below.
  const started: Running = {
    computed: promise,
    mode,
    within: bodies.getStore(),
    waitsFor: new Set(before === undefined ? [] : [before]),
    ended: false,
  };
  running.set(id, started);
  try {
    const computed = await bodies.run(started, compute);
    resolve(computed);
    return computed;
  } catch (error) {
    reject(error);
    throw error;
  } finally {
    started.waitsFor.clear();
    started.ended = true;
    if (running.get(id) === started) running.delete(id);
  }
}
