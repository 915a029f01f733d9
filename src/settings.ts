import path from "node:path";
import bytes from "bytes";
import ms from "ms";
import { ScalableError } from "./errors.ts";

/*
 * The environment is read at each use and not once: a script may set a variable after this package was imported, and
 * a changed seed must change the next key. Reading a variable takes a fraction of a microsecond.
 */

/** The seed where `SCALABLE_SEED` is not set. */
export const DEFAULT_SEED = 987654321n;
const MAX_SEED = 2n ** 64n - 1n;

/** `SCALABLE_CACHE_DIR`, absolute; `./cache` where it is not set. */
export function cacheDir(): string {
  return path.resolve(process.env["SCALABLE_CACHE_DIR"] || "cache");
}

/** `SCALABLE_RUNS_DIR`, the folder in which each run has one, absolute; `./.scalable/runs` where it is not set. */
export function runsDir(): string {
  return path.resolve(process.env["SCALABLE_RUNS_DIR"] || path.join(".scalable", "runs"));
}

/** `SCALABLE_OUTPUT`: whether what calls print in workers is shown, or only kept. */
export function taskOutput(): "keep" | "show" {
  const value = process.env["SCALABLE_OUTPUT"];
  if (value === undefined || value === "" || value === "keep") return "keep";
  if (value === "show") return "show";
  throw invalid("SCALABLE_OUTPUT", value, "keep or show");
}

/** `SCALABLE_DRY_RUN`: whether sessions only look up what they would compute. Set by `scalable run --dry-run`. */
export function dryRun(): boolean {
  return process.env["SCALABLE_DRY_RUN"] === "1";
}

/**
 * `SCALABLE_DETACH`: whether sessions leave their jobs to the cluster when all are submitted. Set by `scalable run
 * --detach`.
 */
export function detach(): boolean {
  return process.env["SCALABLE_DETACH"] === "1";
}

/** `SCALABLE_TELEMETRY`: whether sessions write down their runs. */
export function telemetryEnabled(): boolean {
  const value = process.env["SCALABLE_TELEMETRY"];
  if (value === undefined || value === "" || value === "on" || value === "1" || value === "true") return true;
  if (value === "off" || value === "0" || value === "false") return false;
  throw invalid("SCALABLE_TELEMETRY", value, "on or off");
}

/** `SCALABLE_CACHE`: whether calls are looked up and stored at all. */
export function cacheEnabled(): boolean {
  const value = process.env["SCALABLE_CACHE"];
  if (value === undefined || value === "" || value === "on" || value === "1" || value === "true") return true;
  if (value === "off" || value === "0" || value === "false") return false;
  throw invalid("SCALABLE_CACHE", value, "on or off");
}

let parsedSeed: { readonly text: string | undefined; readonly seed: bigint } = { text: undefined, seed: DEFAULT_SEED };

/** `SCALABLE_SEED`: a whole number from 0 to 2^64 - 1. */
export function seed(): bigint {
  const text = process.env["SCALABLE_SEED"];
  if (parsedSeed.text !== text) {
    if (text === undefined || text === "") parsedSeed = { text, seed: DEFAULT_SEED };
    else {
      const value = /^\d{1,20}$/.test(text) ? BigInt(text) : MAX_SEED + 1n;
      if (value > MAX_SEED) throw invalid("SCALABLE_SEED", text, "a whole number from 0 to 18446744073709551615");
      parsedSeed = { text, seed: value };
    }
  }
  return parsedSeed.seed;
}

/** `SCALABLE_CACHE_SIZE_LIMIT` in bytes, where it is set. */
export function cacheSizeLimit(): number | undefined {
  const text = process.env["SCALABLE_CACHE_SIZE_LIMIT"];
  return text ? parseBytes(text, "SCALABLE_CACHE_SIZE_LIMIT") : undefined;
}

/** `SCALABLE_HASH`: whether files are read at each call (`always`) or believed while their metadata is unchanged. */
export function rehashFiles(): boolean {
  const value = process.env["SCALABLE_HASH"];
  if (value === undefined || value === "" || value === "auto") return false;
  if (value === "always") return true;
  throw invalid("SCALABLE_HASH", value, "auto or always");
}

/** `SCALABLE_CACHE_REMOTE`: the URL of the shared cache, where it is set. */
export function cacheRemote(): string | undefined {
  return process.env["SCALABLE_CACHE_REMOTE"] || undefined;
}

/** `SCALABLE_CACHE_REMOTE_MODE`: what this process does with the shared cache; undefined where it is not set. */
export function cacheRemoteMode(): "read" | "write" | "readwrite" | undefined {
  const value = process.env["SCALABLE_CACHE_REMOTE_MODE"];
  if (value === undefined || value === "") return undefined;
  if (value === "read" || value === "write" || value === "readwrite") return value;
  throw invalid("SCALABLE_CACHE_REMOTE_MODE", value, "read, write or readwrite");
}

/** `SCALABLE_CACHE_SIGNING_KEY`: a secret key, or the file that holds it, where it is set. */
export function cacheSigningKey(): string | undefined {
  return process.env["SCALABLE_CACHE_SIGNING_KEY"] || undefined;
}

/** `SCALABLE_CACHE_TRUSTED_KEYS`: public keys, separated by commas or blanks, where it is set. */
export function cacheTrustedKeys(): string | undefined {
  return process.env["SCALABLE_CACHE_TRUSTED_KEYS"] || undefined;
}

/** Whether a text is an Ed25519 public key as `scalable cache keygen` prints it: `ed25519:` and 32 bytes in base64url. */
export function isPublicKey(text: string): boolean {
  return /^ed25519:[A-Za-z0-9_-]{43}$/.test(text);
}

/** `SCALABLE_CACHE_LEASES`: whether one of the machines computes a call while the others wait for it (`remote`). */
export function cacheLeases(): "local" | "remote" {
  const value = process.env["SCALABLE_CACHE_LEASES"];
  if (value === undefined || value === "" || value === "local") return "local";
  if (value === "remote") return "remote";
  throw invalid("SCALABLE_CACHE_LEASES", value, "local or remote");
}

let parsedRecompute: { readonly text: string; readonly matches: (name: string) => boolean } = {
  text: "",
  matches: () => false,
};

/** `SCALABLE_CACHE_VERIFY`: share of the hits that are checked by computing again, from 0 (the default) to 1. */
export function verifiedShare(): number {
  const text = process.env["SCALABLE_CACHE_VERIFY"];
  if (text === undefined || text === "") return 0;
  const share = text.trim() === "" ? Number.NaN : Number(text);
  if (!isShare(share)) throw invalid("SCALABLE_CACHE_VERIFY", text, "a number from 0 to 1");
  return share;
}

export function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

/** `SCALABLE_CACHE_AUDIT`: whether files and variables are told of that functions read and that are not part of their keys. */
export function auditRequested(): boolean {
  const value = process.env["SCALABLE_CACHE_AUDIT"];
  if (value === undefined || value === "" || value === "off" || value === "0" || value === "false") return false;
  if (value === "on" || value === "1" || value === "true") return true;
  throw invalid("SCALABLE_CACHE_AUDIT", value, "on or off");
}

/** `SCALABLE_RECOMPUTE`: whether it names this function. Names are separated by commas; `*` stands for any characters. */
export function recomputeRequested(functionName: string): boolean {
  const text = process.env["SCALABLE_RECOMPUTE"] ?? "";
  if (text === "") return false;
  if (parsedRecompute.text !== text) {
    const globs = text.split(",").map((name) => name.trim());
    parsedRecompute = { text, matches: matchesAny(globs.filter((name) => name !== "")) };
  }
  return parsedRecompute.matches(functionName);
}

/** A test whether a name fits one of `globs`, in which `*` stands for any characters. */
export function matchesAny(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map((glob) => new RegExp(`^${glob.split("*").map(escapeRegExp).join(".*")}$`, "s"));
  return (name) => patterns.some((pattern) => pattern.test(name));
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

const SIZE = /^\s*\d+(\.\d+)?\s*([kmgtp]i?b|b)?\s*$/i;

/**
 * A number of bytes from a number, or from text such as `500MB`, `10GB` (1 KB, also written KiB, is 1,024 bytes).
 *
 * @param what - the option or variable, for the error.
 */
export function parseBytes(value: string | number, what: string): number {
  const parsed = typeof value === "number" ? value : SIZE.test(value) ? bytes(value.trim().replace(/ib$/i, "B")) : null;
  if (parsed === null || !Number.isFinite(parsed) || parsed < 0) {
    throw invalid(what, value, "a number of bytes, such as 500MB or 10GB");
  }
  return Math.floor(parsed);
}

/**
 * Milliseconds from a number of milliseconds, or from text such as `90s`, `12h`, `30d`.
 *
 * @param what - the option or variable, for the error.
 */
export function parseDuration(value: string | number, what: string): number {
  const parsed =
    typeof value === "number" ? value : value !== "" && value.length <= 100 ? ms(value as ms.StringValue) : undefined;
  if (parsed === undefined || !Number.isFinite(parsed) || parsed < 0) {
    throw invalid(what, value, "a duration, such as 90s, 12h or 30d");
  }
  return parsed;
}

function invalid(setting: string, value: string | number, accepted: string): ScalableError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new ScalableError("E_SETTING", `${setting} is ${shown}, but must be ${accepted}.`, { setting });
}
