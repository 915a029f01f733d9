import { AsyncLocalStorage } from "node:async_hooks";
import { escapeUnprintable } from "./escape.ts";

const LEVELS = ["silent", "error", "warn", "info", "debug"] as const;

export type LogLevel = (typeof LEVELS)[number];

const DEFAULT_LEVEL: LogLevel = "warn";

/** `SCALABLE_LOG_LEVEL`: `silent`, `error`, `warn` (the default), `info` or `debug`. */
export function logLevel(): LogLevel {
  const value = process.env["SCALABLE_LOG_LEVEL"];
  const level = LEVELS.find((candidate) => candidate === value);
  // A misspelt level must not fail a computation, nor silence what would have been said.
  return level ?? DEFAULT_LEVEL;
}

function enabled(level: LogLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(logLevel());
}

function write(level: LogLevel, message: string): void {
  if (enabled(level))
    process.stderr.write(`scalable: ${level === "warn" ? "warning" : level}: ${escapeUnprintable(message)}\n`);
}

export function info(message: string): void {
  write("info", message);
}

export function debug(message: () => string): void {
  if (enabled("debug")) write("debug", message());
}

/**
 * Runs what warns of something that matters beyond the call in which it was found: in a worker, what is written within a
 * call is taken for its output, and kept in a file that few look into.
 */
export const outsideOfCalls = AsyncLocalStorage.snapshot();

export interface Warning {
  /** What it concerns: the name of a function, or the folder of a cache. */
  readonly subject: string;
  /** A word for the kind of cause. */
  readonly cause: string;
  readonly message: string;
}

let sayElsewhere: ((warning: Warning) => boolean) | undefined;

/**
 * Hands warnings over to `say`, as far as it takes them: workers have a session that says once what many of them find.
 *
 * @param say - returns whether it has taken the warning.
 */
export function handOverWarnings(say: (warning: Warning) => boolean): void {
  sayElsewhere = say;
}

const said = new Set<string>();

/**
 * A warning, said once in this thread for each pair of subject and cause.
 *
 * @returns whether it was said now.
 */
export function warnOnce(subject: string, cause: string, message: string): boolean {
  if (!enabled("warn")) return false;
  const id = `${cause}\0${subject}`;
  if (said.has(id)) return false;
  said.add(id);
  if (sayElsewhere?.({ subject, cause, message }) !== true) write("warn", message);
  return true;
}
