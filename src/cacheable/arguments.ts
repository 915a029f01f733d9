import { ScalableError } from "../errors.ts";
import type { FunctionIdentity } from "../identify/key.ts";
import { type Slot, slotValue } from "../identify/parameters.ts";
import { hasIgnoredPart, type ValueType } from "../identify/types/type.ts";
import { copyOf } from "./copy.ts";

/** A call as it was made. */
export interface RawCall {
  readonly self: unknown;
  readonly args: readonly unknown[];
}

/** The arguments of one call, coerced: a value for each slot of the key. */
export interface BoundArguments {
  readonly self: unknown;
  readonly values: readonly unknown[];
  /** How many arguments the call was given. */
  readonly count: number;
}

/** Coerces a call's arguments. Only types that validate asynchronously make it a promise. */
export function bindArguments(
  identity: Pick<FunctionIdentity, "slots" | "functionName" | "redaction">,
  { self, args }: RawCall,
): BoundArguments | Promise<BoundArguments> {
  const values: unknown[] = [];
  const bound: BoundArguments = { self, values, count: args.length };
  let waiting: Promise<void>[] | undefined;
  try {
    for (const { name, type, source } of identity.slots) {
      const value = slotValue(source, self, args);
      const coerced = type === undefined || value === undefined ? value : coerce(value, { name, type, identity });
      const place = values.push(coerced) - 1;
      // An argument may be a promise or another thenable itself. It is passed on, and nobody waits for it.
      if (coerced instanceof Promise && coerced !== value) {
        waiting ??= [];
        waiting.push(
          coerced.then((ended: unknown) => {
            values[place] = ended;
          }),
        );
      }
    }
  } catch (error) {
    // This error is the one to tell; a validation that is still running may fail as well.
    for (const promise of waiting ?? []) promise.catch(() => undefined);
    throw error;
  }
  return waiting === undefined ? bound : Promise.all(waiting).then(() => bound);
}

interface Parameter {
  readonly name: string;
  readonly type: ValueType;
  readonly identity: Pick<FunctionIdentity, "functionName" | "redaction">;
}

function coerce(value: unknown, { name, type, identity: { functionName, redaction } }: Parameter): unknown {
  const site = { functionName, parameter: name };
  if (redaction?.touches(name) !== true) return type.coerce(value, site);
  // The message, which a run writes down, and what it came from have the value in them.
  const withoutValue = (error: unknown): never => {
    if (!(error instanceof ScalableError) || error.code !== "E_ARGUMENT_TYPE") throw error;
    throw new ScalableError(
      "E_ARGUMENT_TYPE",
      `${functionName}: the argument "${name}" is not of its declared type. The option "redact" keeps its value out of this message.`,
      site,
    );
  };
  try {
    const coerced = type.coerce(value, site);
    return coerced instanceof Promise && coerced !== value ? coerced.catch(withoutValue) : coerced;
  } catch (error) {
    return withoutValue(error);
  }
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

/** The `this` that the function itself receives. */
export function receiverOf(slots: readonly Slot[], { self, values }: BoundArguments): unknown {
  return slots[0]?.source.from === "this" ? values[0] : self;
}

/**
 * The arguments as they are now, for a body that reads them later: the caller may go on and change the objects that it
 * passed, and the result would be stored for the wrong ones. Plain data is copied. `uncopied` are the slots whose values
 * have to be passed as they are.
 */
export function copyArguments(
  slots: readonly Slot[],
  bound: BoundArguments,
): { readonly bound: BoundArguments; readonly uncopied: readonly number[] } {
  const uncopied: number[] = [];
  const values = bound.values.map((value, place) => {
    const type = slots[place]?.type;
    if (typeof value !== "object" || value === null || type?.ignored === true) return value;
    const copied = hasIgnoredPart(type) ? undefined : copyOf(value);
    if (copied === undefined) uncopied.push(place);
    return copied === undefined ? value : copied.copy;
  });
  return { bound: { ...bound, values }, uncopied };
}

/** The same before anything is coerced; what cannot be copied is passed as it is. */
export function copyRawCall(slots: readonly Slot[], { self, args }: RawCall): RawCall {
  const copied = (value: unknown, slot: Slot | undefined): unknown => {
    if (typeof value !== "object" || value === null || slot === undefined) return value;
    if (slot.type?.ignored === true || hasIgnoredPart(slot.type)) return value;
    return (copyOf(value) ?? { copy: value }).copy;
  };
  return {
    self: copied(
      self,
      slots.find(({ source }) => source.from === "this"),
    ),
    args: args.map((value, position) =>
      copied(
        value,
        slots.find(({ source }) => takes(source, position)),
      ),
    ),
  };
}

/** Whether a slot takes the argument at a position. */
function takes(source: Slot["source"], position: number): boolean {
  if (source.from === "position") return source.position === position;
  return (source.from === "rest" || source.from === "extra") && source.position <= position;
}
