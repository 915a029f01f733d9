import pLimit from "p-limit";
import { messageOf } from "../../errors.ts";
import type { TransferProgress, TransferReport } from "./push.ts";

interface Options {
  /** How many entries were there already. */
  readonly present: number;
  readonly progress: ((progress: TransferProgress) => void) | undefined;
  /** Returns the bytes that were moved; undefined where there was nothing to transfer after all. */
  readonly transfer: (item: string) => Promise<number | undefined>;
  /** Whether nothing more can be transferred after an error. */
  readonly fatal: (error: unknown) => boolean;
}

const AT_ONCE = 16;

/** Transfers entries, some at once. An entry that fails does not keep the others. @throws what is fatal */
export async function transferAll(items: readonly string[], options: Options): Promise<TransferReport> {
  const { present, progress, transfer, fatal } = options;
  const limit = pLimit(AT_ONCE);
  let [done, entries, bytes, failed] = [0, 0, 0, 0];
  let firstFailure: string | undefined;
  let stopped: { readonly error: unknown } | undefined;
  const one = async (item: string): Promise<void> => {
    if (stopped !== undefined) return;
    try {
      const moved = await transfer(item);
      if (moved !== undefined) {
        entries += 1;
        bytes += moved;
      }
    } catch (error) {
      failed += 1;
      firstFailure ??= messageOf(error);
      if (fatal(error)) stopped ??= { error };
    }
    done += 1;
    progress?.({ done, total: items.length, bytes });
  };
  await Promise.all(items.map((item) => limit(one, item)));
  if (stopped !== undefined && entries === 0) throw stopped.error;
  // What was not tried any more counts as failed as well.
  const untried = items.length - done;
  return { entries, bytes, present, failed: failed + untried, ...(firstFailure === undefined ? {} : { firstFailure }) };
}
