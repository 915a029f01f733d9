import type { Operation } from "../object-store.ts";

/**
 * Runs `width` workers that share the work of one operation. Where one fails, the others are aborted, and this rejects
 * when none of them does anything any more.
 */
export async function inParallel(
  width: number,
  operation: Operation,
  work: (operation: Operation, worker: number) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const inner = { ...operation, signal: AbortSignal.any([operation.signal, failed.signal]) };
  const workers = Array.from({ length: width }, (_, worker) => work(inner, worker));
  try {
    await Promise.all(workers);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
}
