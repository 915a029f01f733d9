import { inspect } from "node:util";
import { CommanderError } from "commander";
import { messageOf, ScalableError, systemCode } from "../errors.ts";
import { escapeUnprintable } from "../escape.ts";
import { logLevel } from "../log.ts";
import { ManifestError } from "../manifest/manifest-error.ts";
import { SlurmCommandError } from "../providers/slurm/commands.ts";
import { StoreUnavailable } from "../store/local/connection.ts";
import { ExitCode } from "./exit-code.ts";
import { note } from "./terminal/output.ts";
import { UsageError } from "./usage-error.ts";

/** Says on standard error what went wrong, and returns the exit code for it. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has written already. It ends `--help` and `--version` with an error too, whose exit code is 0.
    return error.exitCode === 0 ? ExitCode.fine : ExitCode.usage;
  }
  if (error instanceof StoreUnavailable && warningsShown()) return ExitCode.problem;
  if (logLevel() === "debug") note(escapeLines(inspect(error)));
  else if (error instanceof ManifestError) process.stderr.write(`${escapeLines(error.message)}\n`);
  else if (isExpected(error)) note(escapeUnprintable(messageOf(error)));
  else note(`this should not have happened: ${escapeLines(inspect(error))}`);
  return isUsage(error) ? ExitCode.usage : ExitCode.problem;
}

/** Then the store itself has said what keeps it from being used. */
function warningsShown(): boolean {
  return !["silent", "error"].includes(logLevel());
}

function isUsage(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof ScalableError && error.code === "E_SETTING");
}

/** Whether the message alone says it all. Of anything else, a report of the bug needs the stack. */
function isExpected(error: unknown): boolean {
  const known = [UsageError, ScalableError, StoreUnavailable, SlurmCommandError];
  return known.some((kind) => error instanceof kind) || isSystemError(error);
}

function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return "syscall" in error || systemCode(error) === "ERR_SQLITE_ERROR";
}

function escapeLines(text: string): string {
  return text.split("\n").map(escapeUnprintable).join("\n");
}
