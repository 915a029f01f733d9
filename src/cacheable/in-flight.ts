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

interface Chain {
  readonly id: string;
  readonly within: Chain | undefined;
}

const running = new Map<string, Promise<Computed>>();
const bodies = new AsyncLocalStorage<Chain>();

/** A call's name among those of all caches. */
function idOf({ cache, identity }: IdentifiedCall): string {
  return `${cache.dir}\0${identity.key}`;
}

/** The computation of the same call that this thread is running now. */
export function joinable(call: IdentifiedCall): Promise<Computed> | undefined {
  if (running.size === 0) return undefined;
  const id = idOf(call);
  const computation = running.get(id);
  if (computation === undefined) return undefined;
  const functionName = call.cached.settings.name;
  for (let chain = bodies.getStore(); chain !== undefined; chain = chain.within) {
    if (chain.id === id) {
      throw new ScalableError(
        "E_RECURSIVE_CALL",
        `${functionName} calls itself with the same arguments, and would wait for itself for ever.`,
        { functionName },
      );
    }
  }
  return computation;
}

/** Runs a computation that others may join until it ends. Starts at once. */
export async function runJoinable(call: IdentifiedCall, compute: () => Promise<Computed>): Promise<Computed> {
  const id = idOf(call);
  // Known before it starts: the first thing that a body does may be a call of itself.
  const { promise, resolve, reject } = Promise.withResolvers<Computed>();
  promise.catch(() => undefined); // Whoever started it gets the error below.
  running.set(id, promise);
  try {
    const computed = await bodies.run({ id, within: bodies.getStore() }, compute);
    resolve(computed);
    return computed;
  } catch (error) {
    reject(error);
    throw error;
  } finally {
    running.delete(id);
  }
}
