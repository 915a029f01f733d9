import { types } from "node:util";
import { ScalableError } from "../../errors.ts";
import { describeValue } from "../describe.ts";
import { classNameOf, kindOf } from "../value-kind.ts";
import type { ResultForm, Site, ValueType } from "./type.ts";

/** A constructor as users write it: `Number`, `Date`, a class of their own. */
export type Constructor = (abstract new (...args: never[]) => unknown) | ((...args: never[]) => unknown);

/** Returned by a coercion that does not know the value. */
const NO = Symbol("cannot be coerced");

interface Rule {
  /** What the error says is accepted. */
  readonly expected: string;
  readonly coerce: (value: unknown) => unknown;
  readonly accepts: (value: unknown) => boolean;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function numberFrom(value: unknown): unknown {
  if (typeof value === "number") return value;
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (typeof value === "bigint") return isExactly(value, Number(value)) ? Number(value) : NO;
  if (typeof value !== "string") return NO;
  const text = value.trim();
  const parsed = Number(text);
  if (text === "" || (Number.isNaN(parsed) && text !== "NaN")) return NO;
  return /^[+-]?\d+$/.test(text) && !isExactly(BigInt(text), parsed) ? NO : parsed;
}

/** Identifiers of many digits would be rounded, and two of them become one. */
function isExactly(digits: bigint, number: number): boolean {
  return Number.isFinite(number) && BigInt(number) === digits;
}

function bigintFrom(value: unknown): unknown {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : NO;
  return typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? BigInt(value.trim()) : NO;
}

function booleanFrom(value: unknown): unknown {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === 1 || value === 1n) return true;
  if (value === "false" || value === 0 || value === 0n) return false;
  return types.isBooleanObject(value) ? Boolean.prototype.valueOf.call(value) : NO;
}

function stringFrom(value: unknown): unknown {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  return value instanceof URL ? String(value) : NO;
}

/** `Date` itself takes any text that has a number in it: "run 7" is the 1st of July 2001. */
const ISO_8601 = /^(?:\d{4}|[+-]\d{6})(?:-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)?)?$/;

function dateFrom(value: unknown): unknown {
  const readable = typeof value === "number" || (typeof value === "string" && ISO_8601.test(value));
  const date = types.isDate(value) ? value : readable ? new Date(value) : undefined;
  return date === undefined || Number.isNaN(Date.prototype.getTime.call(date)) ? NO : date;
}

const RULES: ReadonlyMap<unknown, Rule> = new Map<unknown, Rule>([
  [
    Number,
    {
      expected: "a number, or text or a bigint that is one exactly",
      coerce: numberFrom,
      accepts: (value) => typeof value === "number",
    },
  ],
  [
    String,
    {
      expected: "a string, number, bigint, boolean or URL",
      coerce: stringFrom,
      accepts: (value) => typeof value === "string",
    },
  ],
  [
    Boolean,
    {
      expected: 'a boolean, "true", "false", 1 or 0',
      coerce: booleanFrom,
      accepts: (value) => typeof value === "boolean",
    },
  ],
  [
    BigInt,
    {
      expected: "a bigint, a safe integer or its digits",
      coerce: bigintFrom,
      accepts: (value) => typeof value === "bigint",
    },
  ],
  [
    Date,
    {
      expected: "a valid Date, ISO 8601 text or milliseconds since 1970",
      coerce: dateFrom,
      accepts: (value) => value instanceof Date,
    },
  ],
  [Object, { expected: "an object", coerce: (value) => (isObject(value) ? value : NO), accepts: isObject }],
  [Array, { expected: "an array", coerce: (value) => (Array.isArray(value) ? value : NO), accepts: Array.isArray }],
]);

const TypedArray = Object.getPrototypeOf(Uint8Array) as Constructor;

/** A typed array from an array or another typed array, where each element survives exactly. */
function typedArrayRule(type: Constructor): Rule {
  const arrays = type as unknown as Float64ArrayConstructor;
  const accepts = (value: unknown): boolean => value instanceof arrays;
  return {
    expected: `a ${type.name}, or an array whose elements it holds exactly`,
    accepts,
    coerce(value) {
      if (accepts(value)) return value;
      if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) return NO;
      try {
        const source = value as readonly number[];
        const converted = arrays.from(source);
        return Array.from(source).every((element, place) => Object.is(element, converted[place])) ? converted : NO;
      } catch {
        return NO; // numbers among bigints, or the reverse
      }
    },
  };
}

function instanceRule(type: Constructor): Rule {
  const accepts = (value: unknown): boolean => isObject(value) && value instanceof (type as never);
  return { expected: `an instance of ${type.name}`, accepts, coerce: (value) => (accepts(value) ? value : NO) };
}

/** The type that a constructor stands for. */
export function constructorType(type: Constructor): ValueType {
  const known = RULES.get(type);
  const isTyped = type.prototype instanceof TypedArray;
  const rule = known ?? (isTyped ? typedArrayRule(type) : instanceRule(type));
  return {
    tag: type.name,
    coerce(value, site) {
      let coerced: unknown = NO;
      try {
        coerced = rule.coerce(value);
      } catch {
        // What cannot even be looked at, such as a proxy of an object with content of its own.
      }
      if (coerced === NO) throw notCoercible(value, rule.expected, site);
      return coerced;
    },
    identify: (value, identification, label) => identification.digestValue(value, label),
    accepts: rule.accepts,
    result: known === undefined && !isTyped ? instanceForm(type) : { form: "plain" },
  };
}

/** Instances of a user's class are stored as their properties, and get their class back when they are read. */
function instanceForm(type: Constructor): ResultForm {
  const native = /\[native code\]/.test(Function.prototype.toString.call(type));
  const prototype: unknown = type.prototype;
  if (native || !isObject(prototype)) return { form: "plain" };
  return {
    form: "converted",
    name: `instance of ${classNameOf(prototype)}`,
    toStored: (value) =>
      // Subclasses would come back as the declared class; what is not all in its properties (private fields, the members
      // of a Map) would come back without the rest. Left as it is, it is refused with its place.
      isObject(value) && Object.getPrototypeOf(value) === prototype && isAllInProperties(value)
        ? withPrototype(Object.prototype, value)
        : value,
    fromStored: (stored) => withPrototype(prototype, stored as object),
  };
}

function isAllInProperties(instance: object): boolean {
  const kind = kindOf(instance);
  return "base" in kind && kind.base === "object" && kind.className !== undefined && kind.className !== "";
}

/** The same properties on another prototype. Neither setters nor getters are asked. */
function withPrototype(prototype: object, properties: object): object {
  return Object.create(prototype, Object.getOwnPropertyDescriptors(properties)) as object;
}

export function notCoercible(value: unknown, expected: string, { functionName, parameter }: Site): ScalableError {
  return new ScalableError(
    "E_ARGUMENT_TYPE",
    `${functionName}: the argument "${parameter}" must be ${expected}, but is ${describeValue(value)}.`,
    { functionName, parameter },
  );
}
