import type { Captured } from "../../store/capture.ts";
import { describeResult, replaceAt } from "../../store/captured-files.ts";
import { toStored } from "../../store/conversion.ts";
import { copyOf } from "../copy.ts";
import type { IdentifiedCall } from "../identified-call.ts";

/*
 * A stored result and a fresh one in a form in which they can be compared: the one in which results are stored, with the
 * content of captured files and folders in the place of their paths.
 */

/** The form of what is stored. Changes `stored`. */
export function comparableStored(stored: unknown, captured: readonly Captured[] | undefined): unknown {
  return withContent(stored, captured ?? []);
}

/**
 * The form of a result that was just computed.
 *
 * @throws Error that says why, where it could not be stored at all.
 */
export async function comparableFresh(call: IdentifiedCall, fresh: unknown): Promise<unknown> {
  const { returnType, outputDir } = call.cached.settings;
  const plain = returnType === undefined ? fresh : toStored(returnType, fresh);
  // What a hit would return: a copy by the store's own means. The caller keeps what the function returned.
  const copied = typeof plain === "object" && plain !== null ? copyOf(plain) : { copy: plain };
  if (copied === undefined) throw new Error("it could not be stored");
  const captured = returnType === undefined ? [] : await describeResult(returnType, fresh, outputDir);
  return withContent(copied.copy, captured);
}

/** Where a file is called by a new name at each run, it is still the same content that a hit restores. */
function withContent(value: unknown, captured: readonly Captured[]): unknown {
  let result = value;
  for (const { at, kind, members } of captured) {
    result = replaceAt(result, at, () => {
      if (kind === "file") return members[0];
      return { kind, members: new Map(members.map((member) => [member.path, member])) };
    });
  }
  return result;
}
