import { ScalableError } from "../errors.ts";
import type { ArgumentTypes, Slot } from "../identify/parameters.ts";
import { parameterOf, Redaction } from "../identify/redaction.ts";
import { resolveType, type TypeSpec } from "../identify/types/resolve.ts";
import type { ValueType } from "../identify/types/type.ts";
import { isShare, parseDuration } from "../settings.ts";
import type { Cache } from "../store/cache.ts";

/** Any function. */
// biome-ignore lint/suspicious/noExplicitAny: the only type that each function can be assigned to, whatever its parameters
export type AnyFunction = (this: any, ...args: any[]) => unknown;

/** How a function is cached. All fields may be left out or undefined, which is the same. */
export interface CacheableOptions<F extends (...args: never[]) => unknown = AnyFunction> {
  /** Name under which results are kept, and part of their keys. Default: the function's own name. */
  readonly name?: string | undefined;
  /**
   * Types of the parameters, by their names and in their order. A type coerces its argument, and the function receives
   * the coerced value. Without `args`, or where a type is `undefined`, an argument is hashed by its own runtime type.
   */
  readonly args?: ArgumentTypes | undefined;
  /**
   * Type of the result, or an object of types for a result with several parts. A stored value that is not of this type
   * is a miss; a computed one is returned and not stored, with a warning. `FileType` and `DirType` capture what the
   * result names, and a hit restores it.
   */
  readonly returnType?: TypeSpec | undefined;
  /** Any text. Another version is another key. */
  readonly version?: string | undefined;
  /**
   * What of the function's code is part of the key. `"closure"` (the default): its own text and all that it refers to in
   * the project's modules, with the versions of the packages that it uses; no comments, formatting or types. `"function"`:
   * its own text alone. `"name"`: only its name, so that `version` or another name is the way to invalidate.
   */
  readonly code?: "closure" | "function" | "name" | undefined;
  /**
   * More code that the result depends on, which cannot be seen from the function's text: functions, and paths of files
   * from the folder of the module. Only with `code: "closure"`.
   */
  readonly dependsOn?: readonly (string | ((...args: never[]) => unknown))[] | undefined;
  /** Always compute, and store the fresh result in place of the old one. Default: false. */
  readonly recompute?: boolean | undefined;
  /** Whether a computed result is stored, or a test of the result that says so. Default: true. */
  readonly store?: boolean | ((result: Awaited<ReturnType<F>>) => boolean | Promise<boolean>) | undefined;
  /** How long a result is used after it was stored: milliseconds, or text such as `"12h"`. Default: for ever. */
  readonly maxAge?: number | string | undefined;
  /** Paths of more files and folders whose content the result depends on, or a function of the arguments that gives them. */
  readonly inputs?: readonly string[] | ((...args: Parameters<F>) => readonly string[]) | undefined;
  /** Names of environment variables that the result depends on. */
  readonly env?: readonly string[] | undefined;
  /**
   * A test of the result, asked before a stored one is returned and before a computed one is stored. A stored result
   * that fails it is computed again; a computed one is returned and not stored, with a warning.
   */
  readonly checkOutput?:
    | ((result: Awaited<ReturnType<F>>, ...args: Parameters<F>) => boolean | Promise<boolean>)
    | undefined;
  /**
   * Share of the hits that are checked by computing again, from 0 to 1. Where the fresh result differs, it is returned, a
   * warning says in what, and the stored one is put in quarantine. Default: `SCALABLE_CACHE_VERIFY`, and 0 where that is
   * not set.
   */
  readonly verify?: number | undefined;
  /**
   * Parameters whose values leave no text in the cache: names (`"apiKey"`), or paths (`"params.apiKey"`, `"users[*].token"`)
   * for members of them. They are part of the key like others, and explanations say no more than that they changed.
   */
  readonly redact?: readonly string[] | undefined;
  /** Folder that files and folders named by a result must lie in. Default: the working directory. */
  readonly outputDir?: string | undefined;
  /** Where results are kept. Default: the cache of `SCALABLE_CACHE_DIR`. */
  readonly cache?: Cache | undefined;
}

/** Options as the rest of the package takes them: checked, with all defaults filled in. */
export interface Settings {
  readonly name: string;
  readonly args: ArgumentTypes | undefined;
  readonly returnType: ValueType | undefined;
  readonly version: string | undefined;
  readonly code: "closure" | "function" | "name";
  readonly dependsOn: readonly (string | AnyFunction)[];
  readonly recompute: boolean;
  readonly store: boolean | ((result: never) => boolean | Promise<boolean>);
  readonly maxAgeMs: number | undefined;
  readonly inputs: readonly string[] | ((...args: never[]) => readonly string[]);
  readonly env: readonly string[];
  readonly checkOutput: ((result: never, ...args: never[]) => boolean | Promise<boolean>) | undefined;
  readonly verify: number | undefined;
  readonly redact: readonly string[];
  readonly outputDir: string | undefined;
  readonly cache: Cache | undefined;
}

const KNOWN = new Set([
  "name",
  "args",
  "returnType",
  "version",
  "code",
  "dependsOn",
  "recompute",
  "store",
  "maxAge",
  "inputs",
  "env",
  "checkOutput",
  "verify",
  "redact",
  "outputDir",
  "cache",
]);

/** @throws ScalableError with `E_SETTING` or `E_FUNCTION` for what cannot be meant. */
export function settingsOf(options: CacheableOptions, fn: AnyFunction): Settings {
  for (const key of Object.keys(options)) {
    if (!KNOWN.has(key)) throw invalid(key, `there is no such option (there are ${[...KNOWN].join(", ")})`);
  }
  const name = options.name ?? fn.name;
  if (typeof name !== "string" || name === "") {
    throw new ScalableError("E_FUNCTION", 'The function to be cached has no name. Give it one with the option "name".');
  }
  const { version, code = "closure", store = true, maxAge, env = [], recompute = false } = options;
  if (version !== undefined && typeof version !== "string") throw invalid("version", "it must be text");
  if (code !== "closure" && code !== "function" && code !== "name") {
    throw invalid("code", 'it must be "closure", "function" or "name"');
  }
  if (typeof store !== "boolean" && typeof store !== "function")
    throw invalid("store", "it must be true, false or a function");
  if (typeof recompute !== "boolean") throw invalid("recompute", "it must be true or false");
  if (options.verify !== undefined && !isShare(options.verify)) {
    throw invalid("verify", "it must be a number from 0 to 1");
  }
  checkLists(options);
  return {
    name,
    args: options.args,
    returnType: options.returnType === undefined ? undefined : resolveType(options.returnType, "returnType"),
    version,
    code,
    dependsOn: (options.dependsOn ?? []) as Settings["dependsOn"],
    recompute,
    store,
    maxAgeMs: maxAge === undefined ? undefined : parseDuration(maxAge, "maxAge"),
    inputs: (options.inputs ?? []) as Settings["inputs"],
    env: [...new Set(env)].sort(),
    checkOutput: options.checkOutput as Settings["checkOutput"],
    verify: options.verify,
    redact: options.redact ?? [],
    outputDir: options.outputDir,
    cache: options.cache,
  };
}

/** Text is a list of characters too, and each of them would be taken for a name. */
function checkLists(options: CacheableOptions): void {
  const { inputs, env, checkOutput, redact, outputDir, dependsOn, code } = options;
  const isList = (value: unknown): boolean => Array.isArray(value) && value.every((name) => typeof name === "string");
  if (env !== undefined && !isList(env)) throw invalid("env", "it must be an array of names");
  if (redact !== undefined && !isList(redact)) throw invalid("redact", "it must be an array of names or paths");
  if (inputs !== undefined && typeof inputs !== "function" && !isList(inputs))
    throw invalid("inputs", "it must be an array of paths, or a function that returns one");
  if (dependsOn !== undefined) {
    const isCode = (given: unknown): boolean => typeof given === "string" || typeof given === "function";
    if (!Array.isArray(dependsOn) || !dependsOn.every(isCode))
      throw invalid("dependsOn", "it must be an array of functions and paths");
    if (code === "function" || code === "name") throw invalid("dependsOn", `with code: "${code}" it would not count`);
  }
  if (checkOutput !== undefined && typeof checkOutput !== "function")
    throw invalid("checkOutput", "it must be a function");
  if (outputDir !== undefined && typeof outputDir !== "string") throw invalid("outputDir", "it must be a path");
}

/**
 * What the option `redact` hides; undefined where that is nothing.
 *
 * @throws ScalableError with `E_SETTING` where it names no parameter: a slip would leave a secret in the cache.
 */
export function redactionOf(paths: readonly string[], slots: readonly Slot[]): Redaction | undefined {
  if (paths.length === 0) return undefined;
  const names = slots.map(({ name }) => name).filter((name) => name !== "...");
  for (const path of paths) {
    if (names.includes(parameterOf(path))) continue;
    const existing = names.length === 0 ? "there are no parameters" : `there are ${names.join(", ")}`;
    throw invalid("redact", `${JSON.stringify(path)} names no parameter (${existing})`);
  }
  return new Redaction(paths);
}

function invalid(setting: string, why: string): ScalableError {
  return new ScalableError("E_SETTING", `The option "${setting}" of cacheable cannot be used: ${why}.`, { setting });
}
