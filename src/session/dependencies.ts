import { messageOf, ScalableError } from "../errors.ts";
import { Future } from "./future.ts";

/** The futures among a call's arguments, and in arrays among them. */
export function futuresIn(args: readonly unknown[]): Future<unknown>[] {
  return args.flatMap((arg) => (Array.isArray(arg) ? arg : [arg])).filter((arg) => arg instanceof Future);
}

/**
 * The arguments, with results in place of futures.
 *
 * @throws ScalableError with `E_DEPENDENCY` where one of them failed.
 */
export async function resolveFutures(args: readonly unknown[], name: string): Promise<unknown[]> {
  const resolve = async (value: unknown): Promise<unknown> => {
    if (!(value instanceof Future)) return value;
    try {
      return await value;
    } catch (error) {
      const message = `${name} was not called, as ${value.name}, whose result it was to be given, failed: ${messageOf(error)}`;
      throw new ScalableError("E_DEPENDENCY", message, {}, error);
    }
  };
  return Promise.all(args.map((arg) => (Array.isArray(arg) ? Promise.all(arg.map(resolve)) : resolve(arg))));
}
