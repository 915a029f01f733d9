import { messageOf, ScalableError } from "../errors.ts";
import { pack, unpack } from "../providers/parcel.ts";
import { Future } from "./future.ts";

interface Place {
  readonly future: Future<unknown>;
  /** Which argument it is, or is in. */
  readonly argument: number;
  /** Where it is in that, if that is an array. */
  readonly member: number | undefined;
}

/** Whether there are futures among a call's arguments, and in arrays among them. */
export function hasFutures(args: readonly unknown[]): boolean {
  return placesOf(args).length > 0;
}

/**
 * The arguments as they are now, with results in place of futures once these are there.
 *
 * @throws ScalableError at once, with `E_NOT_TRANSFERABLE`; later, with `E_DEPENDENCY` where one of the calls failed.
 */
export function resolveFutures(
  args: readonly unknown[],
  { name, functionName }: { readonly name: string; readonly functionName: string },
): Promise<unknown[]> {
  const held = pack(withoutFutures(args), "args", functionName);
  const places = placesOf(args);
  return Promise.all(places.map(({ future }) => resultOf(future, name))).then((results) => {
    const resolved = unpack(held) as unknown[];
    for (const [place, { argument, member }] of places.entries()) {
      if (member === undefined) resolved[argument] = results[place];
      else (resolved[argument] as unknown[])[member] = results[place];
    }
    return resolved;
  });
}

function placesOf(args: readonly unknown[]): Place[] {
  return args.flatMap((value, argument): Place[] => {
    if (value instanceof Future) return [{ future: value, argument, member: undefined }];
    if (!Array.isArray(value)) return [];
    return value.flatMap((future, member) => (future instanceof Future ? [{ future, argument, member }] : []));
  });
}

function withoutFutures(args: readonly unknown[]): unknown[] {
  const without = (value: unknown): unknown => (value instanceof Future ? undefined : value);
  return args.map((value) => (Array.isArray(value) && hasFutures(value) ? value.map(without) : without(value)));
}

async function resultOf(future: Future<unknown>, name: string): Promise<unknown> {
  try {
    return await future;
  } catch (error) {
    const message = `${name} was not called, as ${future.name}, whose result it was to be given, failed: ${messageOf(error)}`;
    throw new ScalableError("E_DEPENDENCY", message, {}, error);
  }
}
