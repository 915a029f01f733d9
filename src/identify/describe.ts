import { inspect } from "node:util";

const MAX_LENGTH = 80;

/** A value in a few words, for messages. Never throws. */
export function describeValue(value: unknown): string {
  try {
    const text = inspect(value, {
      depth: 1,
      maxArrayLength: 5,
      maxStringLength: MAX_LENGTH,
      breakLength: Number.POSITIVE_INFINITY,
    });
    return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  } catch {
    return typeof value;
  }
}

/** The same for what is kept with each entry: quick to make, and short. Never throws. */
export function previewOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > MAX_LENGTH ? `${value.slice(0, MAX_LENGTH)}…` : value);
    case "bigint":
      return `${value}n`.slice(0, MAX_LENGTH);
    case "object":
      return value === null ? "null" : previewOfObjectSafely(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    default:
      return String(value);
  }
}

const MAX_KEYS = 20;

function previewOfObjectSafely(value: object): string {
  try {
    return previewOfObject(value);
  } catch {
    return "object";
  }
}

/** Large collections by their size alone: listing them would take longer than looking them up. */
function previewOfObject(value: object): string {
  if (Array.isArray(value) && value.length > MAX_KEYS) return `Array(${value.length})`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength} bytes)`;
  if ((value instanceof Map || value instanceof Set) && value.size > MAX_KEYS)
    return `${value.constructor.name}(${value.size})`;
  const keys = Array.isArray(value) ? MAX_KEYS : Object.keys(value).length;
  return keys > MAX_KEYS ? `{ ${keys} properties }` : describeValue(value);
}
