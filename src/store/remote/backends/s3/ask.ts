import { RemoteError } from "../../remote-error.ts";
import type { Operation } from "../object-store.ts";
import { statusOf, wordOf } from "./answer.ts";
import type { Connection } from "./connect.ts";
import { translate } from "./translate.ts";
import { untilAborted } from "./until-aborted.ts";

/** One request, with the client's own tries. What the client throws is translated here, and only here. */
export async function ask<T>(
  connection: Connection,
  request: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  { signal, progress }: Operation,
): Promise<T> {
  signal.throwIfAborted();
  try {
    const answer = await untilAborted(request({ abortSignal: signal }), signal);
    progress(0);
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof RemoteError ? error : translate(error, connection);
  }
}

/** The status that was answered, where {@link ask} rejected for what was answered. */
export function answeredStatus(error: unknown): number | undefined {
  return error instanceof RemoteError ? statusOf(error.cause) : undefined;
}

/**
 * Whether {@link ask} rejected as there is no such object. A 404 of something else, such as a missing bucket or a proxy, is
 * an error.
 */
export function isNoSuchObject(error: unknown): boolean {
  return error instanceof RemoteError && wordOf(error.cause) === "NoSuchKey";
}

/** The same for a request whose answer has no body, and so no words: `HEAD`. */
export function isNothingThere(error: unknown): boolean {
  return isNoSuchObject(error) || (error instanceof RemoteError && wordOf(error.cause) === "NotFound");
}
