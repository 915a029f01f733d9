import { deserialize, serialize } from "node:v8";
import { type Slot, slotValue } from "../identify/parameters.ts";
import { judgeStorable } from "../store/storable.ts";

/** The arguments of one call, coerced: a value for each slot of the key. */
export interface BoundArguments {
  readonly self: unknown;
  readonly values: readonly unknown[];
  /** How many arguments the call was given. */
  readonly count: number;
}

/** Coerces a call's arguments. Only types that validate asynchronously make it a promise. */
export function bindArguments(
  slots: readonly Slot[],
  call: { readonly functionName: string; readonly self: unknown; readonly args: readonly unknown[] },
): BoundArguments | Promise<BoundArguments> {
  const { functionName, self, args } = call;
  const values: unknown[] = [];
  let waits = false;
  for (const { name, type, source } of slots) {
    const value = slotValue(source, self, args);
    const coerced =
      type === undefined || value === undefined ? value : type.coerce(value, { functionName, parameter: name });
    if (coerced instanceof Promise && !(value instanceof Promise)) waits = true;
    values.push(coerced);
  }
  const bound = (settled: readonly unknown[]): BoundArguments => ({ self, values: settled, count: args.length });
  return waits ? Promise.all(values).then(bound) : bound(values);
}

/** The arguments that the function itself receives. */
export function argumentsOf(slots: readonly Slot[], { values, count }: BoundArguments): unknown[] {
  const args: unknown[] = [];
  slots.forEach(({ source }, place) => {
    const value = values[place];
    if (source.from === "position" && source.position < count) args[source.position] = value;
    else if (source.from === "rest" || source.from === "extra") args.push(...((value ?? []) as readonly unknown[]));
  });
  return args;
}

/**
 * The arguments as they are now, for a body that begins later: the caller may go on and change the objects that it
 * passed, and the result would be stored for the wrong ones. Plain data is copied. What cannot be copied is passed as it
 * is, and `copied` is false: then the key has to be made again before the body begins.
 */
export function snapshotArguments(
  slots: readonly Slot[],
  bound: BoundArguments,
): { readonly bound: BoundArguments; readonly copied: boolean } {
  let copied = true;
  const values = bound.values.map((value, place) => {
    if (typeof value !== "object" || value === null || slots[place]?.type?.ignored === true) return value;
    const verdict = judgeSafely(value);
    if (verdict) return deserialize(serialize(value)) as unknown;
    copied = false;
    return value;
  });
  return { bound: { ...bound, values }, copied };
}

/** Whether a copy is what the value is. */
function judgeSafely(value: object): boolean {
  try {
    const verdict = judgeStorable(value);
    if (!verdict.storable || verdict.bare.length > 0) return false;
    serialize(value);
    return true;
  } catch {
    return false;
  }
}
