/**
 * What went wrong, as a word that does not change between versions:
 *
 * - `E_SETTING`: an environment variable or an option has a value that it cannot have.
 * - `E_FUNCTION`: a function cannot be made cacheable as it is (no name, native, bound).
 * - `E_PARAMETERS`: `args` does not name the function's parameters in their order.
 * - `E_ARGUMENT_TYPE`: an argument cannot be coerced to its declared type.
 * - `E_ARGUMENT_UNHASHABLE`: a value has no canonical encoding, so that no sound key can be made of it.
 * - `E_FILE_NOT_FOUND`, `E_FILE_UNREADABLE`, `E_FILE_KIND`: a file or folder among the arguments or inputs is missing,
 *   cannot be read, or is neither a regular file, a folder nor a link.
 * - `E_RECURSIVE_CALL`: a call waits for itself.
 * - `E_MANIFEST`: a manifest has problems, which a `ManifestError` lists.
 * - `E_CACHE`: an operation on a `Cache` cannot be done; the message says why.
 * - `E_REMOTE`: a shared cache cannot be used as asked; the message says why.
 * - `E_SESSION`: a session cannot do what was asked, such as to submit a call after it was closed.
 * - `E_NOT_TRANSFERABLE`: an argument or a result cannot be handed over between a session and its workers.
 * - `E_WORKER_LOST`: the worker of a call was gone before the call ended.
 * - `E_TIMEOUT`: a call ran longer than its `timeout`, or was waited for longer than asked.
 * - `E_CANCELLED`: a call was cancelled, or the session was closed before it could start.
 * - `E_EXHAUSTED`: a call needed more memory or time than its job had asked for.
 * - `E_CALL_CHANGED`: what a call depends on was changed between its submission and its start.
 * - `E_SLURM`: Slurm cannot do what was asked of it; the message says what it said.
 * - `E_DRY_RUN`: a call would be computed, and this is a dry run.
 * - `E_DEPENDENCY`: a call was not made, as the call whose result it was to be given failed.
 */
export type ErrorCode =
  | "E_SETTING"
  | "E_FUNCTION"
  | "E_PARAMETERS"
  | "E_ARGUMENT_TYPE"
  | "E_ARGUMENT_UNHASHABLE"
  | "E_FILE_NOT_FOUND"
  | "E_FILE_UNREADABLE"
  | "E_FILE_KIND"
  | "E_RECURSIVE_CALL"
  | "E_MANIFEST"
  | "E_CACHE"
  | "E_REMOTE"
  | "E_SESSION"
  | "E_NOT_TRANSFERABLE"
  | "E_WORKER_LOST"
  | "E_TIMEOUT"
  | "E_CANCELLED"
  | "E_EXHAUSTED"
  | "E_CALL_CHANGED"
  | "E_SLURM"
  | "E_DRY_RUN"
  | "E_DEPENDENCY";

/** Where an error belongs to. Each field is there only where it is known. */
export interface ErrorDetails {
  /** Name of the cached function. */
  readonly functionName?: string;
  /** Name of the parameter. */
  readonly parameter?: string;
  /** Path to the offending value, such as `params.solver.callback`. */
  readonly valuePath?: string;
  /** The file or folder concerned. */
  readonly path?: string;
  /** Name of the environment variable or option. */
  readonly setting?: string;
}

/** Every error that this package itself throws. What a cached function throws reaches the caller unchanged. */
export class ScalableError extends Error {
  override readonly name: string = "ScalableError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** The message of whatever was thrown. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "an error that cannot be shown"; // such as an object without a prototype
  }
}

/** The name of the class of whatever was thrown. Never throws. */
export function classOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.name) : typeof error;
  } catch {
    return "Error"; // a name that cannot be read
  }
}

/** The `code` of a system error (`ENOENT`, `EACCES`, …), where it has one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
