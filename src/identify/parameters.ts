import { ScalableError } from "../errors.ts";
import type { FunctionSource } from "./source.ts";
import { resolveType, type TypeSpec } from "./types/resolve.ts";
import type { ValueType } from "./types/type.ts";

/** Where the value of an argument of the key comes from. */
export type Source =
  | { readonly from: "this" }
  | { readonly from: "position"; readonly position: number }
  | { readonly from: "rest"; readonly position: number }
  /** Arguments beyond the declared parameters. */
  | { readonly from: "extra"; readonly position: number }
  | { readonly from: "count" };

/** One argument of the key. */
export interface Slot {
  readonly name: string;
  readonly source: Source;
  readonly type: ValueType | undefined;
}

/** Types of the parameters by their names, in their order. `this` may come first, for functions that use it. */
export type ArgumentTypes = Readonly<Record<string, TypeSpec | undefined>>;

/**
 * The arguments that make up a function's key. See docs/formats/key.md.
 *
 * @param source - what the function's text says; undefined where there is none to read.
 * @throws ScalableError with `E_PARAMETERS` where `types` are not the function's parameters in their order.
 */
export function slotsOf(functionName: string, source: FunctionSource | undefined, types?: ArgumentTypes): Slot[] {
  const { this: thisType, ...named } = types ?? {};
  const usesThis = (types !== undefined && Object.hasOwn(types, "this")) || source?.usesThis === true;
  const declared = source?.parameters ?? Object.keys(named).map((name) => ({ name, named: true, rest: false }));
  if (types !== undefined) checkNames(functionName, declared, Object.keys(named));
  const typeNames = Object.keys(named);
  const slots: Slot[] = [];
  if (usesThis) slots.push({ name: "this", source: { from: "this" }, type: typeOf(thisType, "this") });
  declared.forEach((parameter, position) => {
    const name = typeNames[position] ?? parameter.name;
    slots.push({
      name,
      source: { from: parameter.rest ? "rest" : "position", position },
      type: typeOf(named[name], name),
    });
  });
  if (declared.at(-1)?.rest !== true) {
    slots.push({ name: "...", source: { from: "extra", position: declared.length }, type: undefined });
  }
  if (source?.usesArguments === true)
    slots.push({ name: "arguments.length", source: { from: "count" }, type: undefined });
  return slots;
}

function typeOf(spec: TypeSpec | undefined, name: string): ValueType | undefined {
  return spec === undefined ? undefined : resolveType(spec, `args.${name}`);
}

function checkNames(
  functionName: string,
  declared: readonly { readonly name: string; readonly named: boolean }[],
  names: readonly string[],
): void {
  const fits =
    declared.length === names.length &&
    declared.every((parameter, place) => !parameter.named || parameter.name === names[place]);
  if (fits) return;
  const shown = declared.map((parameter) => (parameter.named ? parameter.name : "(destructured)")).join(", ");
  throw new ScalableError(
    "E_PARAMETERS",
    `${functionName}(${shown}): "args" must name the function's parameters in their order, but names ${names.join(", ") || "none"}. A parameter without a type is written as "name: undefined".`,
    { functionName },
  );
}

/** The value of a slot in a call. */
export function slotValue(source: Source, self: unknown, args: readonly unknown[]): unknown {
  switch (source.from) {
    case "this":
      return self;
    case "position":
      return args[source.position];
    case "rest":
      return args.slice(source.position);
    case "extra":
      return args.length > source.position ? args.slice(source.position) : undefined;
    case "count":
      return args.length;
  }
}
