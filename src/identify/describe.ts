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

/** The same for what is kept with each entry: quick to make, and short. */
export function previewOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > MAX_LENGTH ? `${value.slice(0, MAX_LENGTH)}…` : value);
    case "bigint":
      return `${value}n`.slice(0, MAX_LENGTH);
    case "object":
      return value === null ? "null" : describeValue(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    default:
      return String(value);
  }
}
