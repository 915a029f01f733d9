import type { Operation } from "../object-store.ts";
import type { Lanes } from "./lanes.ts";

/** Connections that one operation has at most. */
const AT_ONCE = 4;

export interface InPartsOptions {
  readonly lanes: Lanes;
  readonly operation: Operation;
}

/** Works on parts several at a time, in their order. Where one fails the others are stopped, and are over when this rejects. */
export async function inParts<T>(
  parts: readonly T[],
  work: (part: T, operation: Operation) => Promise<void>,
  { lanes, operation }: InPartsOptions,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([operation.signal, failure.signal]);
  const queue = parts[Symbol.iterator]();
  const workOff = async (): Promise<void> => {
    for (const part of queue) {
      if (signal.aborted) return;
      await work(part, { ...operation, signal }).catch((error: unknown) => failure.abort(error));
    }
  };
  const extra = async (): Promise<void> => {
    try {
      await workOff();
    } finally {
      lanes.giveBack();
    }
  };
  const running = [workOff()];
  while (running.length < Math.min(AT_ONCE, parts.length) && lanes.take()) running.push(extra());
  await Promise.all(running);
  signal.throwIfAborted();
}
