import { ScalableError } from "../../errors.ts";
import { parseBytes, parseDuration } from "../../settings.ts";
import { UsageError } from "../usage-error.ts";

/** A parser for Commander's options that names the option in its error. */
export function bytesOf(option: string): (text: string) => number {
  return (text) => asUsage(() => parseBytes(text, option));
}

export function durationOf(option: string): (text: string) => number {
  return (text) => asUsage(() => parseDuration(text, option));
}

export function countOf(option: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new UsageError(`${option} is ${JSON.stringify(text)}, but must be a whole number, such as 20.`);
  };
}

function asUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof ScalableError ? new UsageError(error.message, { cause: error }) : error;
  }
}
