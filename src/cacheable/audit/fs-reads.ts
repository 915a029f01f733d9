import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { callingScript } from "./caller.ts";
import { harmlessly } from "./harmlessly.ts";
import type { Scope } from "./scope.ts";

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
/** What a function of `node:fs` does with the paths among its arguments. */
type Effect = (scope: Scope, args: readonly unknown[]) => void;

const reading: Effect = (scope, [named]) => readsAt(scope, named);
const writing: Effect = (scope, [named, , options]) => {
  const flag = typeof options === "object" && options !== null ? Reflect.get(options, "flag") : undefined;
  opens(scope, named, flag ?? "w");
};
const appending: Effect = (scope, [named]) => opens(scope, named, "a");
const opening: Effect = (scope, [named, flags]) => {
  // For another of these functions, which was told of.
  if (callingScript() !== "node:fs") opens(scope, named, flags);
};
const listing: Effect = (scope, [named]) => {
  // When it copies or removes folders.
  if (!callingScript().startsWith("node:internal/fs/")) readsAt(scope, named);
};
const copying: Effect = (scope, [from, to]) => {
  readsAt(scope, from);
  opens(scope, to, "w");
};
const moving: Effect = (scope, [, to]) => opens(scope, to, "w");
/** `recursive` makes nothing of what is there. */
const makingFolder: Effect = (scope, [named]) => opens(scope, named, "a");
const searching: Effect = (scope, [, options]) => {
  const cwd = typeof options === "object" && options !== null ? Reflect.get(options, "cwd") : undefined;
  readsAt(scope, cwd ?? ".");
};

/** By the names that they have in `fs` and `fs.promises`; the variants that end in `Sync` do the same. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  readFile: reading,
  openAsBlob: reading,
  open: opening,
  writeFile: writing,
  appendFile: appending,
  copyFile: copying,
  cp: copying,
  rename: moving,
  mkdir: makingFolder,
  readdir: listing,
  opendir: listing,
  glob: searching,
};

/**
 * Puts in the place of functions of `node:fs` those that do the same, and tell the body in which they are called. Streams
 * open their files by these as well.
 */
export function watchFiles(current: () => Scope | undefined): void {
  for (const [name, effect] of Object.entries(EFFECTS)) {
    replace(fs, name, (original) => telling(original, effect, current));
    replace(fs, `${name}Sync`, (original) => telling(original, effect, current));
    replace(fs.promises, name, (original) => telling(original, effect, current));
  }
  for (const [holder, name] of [
    [fs, "mkdtemp"],
    [fs, "mkdtempSync"],
    [fs.promises, "mkdtemp"],
  ] as const) {
    replace(holder, name, (original) => tellingResult(original, current));
  }
  syncBuiltinESMExports();
}

/** Functions that this version of Node.js does not have are left out. */
function replace(holder: object, name: string, by: (original: AnyFunction) => AnyFunction): void {
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== "function") return;
  const watched = by(original as AnyFunction);
  Object.defineProperties(watched, Object.getOwnPropertyDescriptors(original));
  Reflect.set(holder, name, watched);
}

function telling(original: AnyFunction, effect: Effect, current: () => Scope | undefined): AnyFunction {
  return function (...args) {
    const scope = current();
    if (scope !== undefined) harmlessly(() => effect(scope, args));
    return original.apply(this, args);
  };
}

/** The folder that is made has a name that only the result tells. */
function tellingResult(original: AnyFunction, current: () => Scope | undefined): AnyFunction {
  return function (...args) {
    const scope = current();
    if (scope === undefined) return original.apply(this, args);
    const tell = (made: unknown): void => {
      if (typeof made === "string") harmlessly(() => scope.writes(made));
    };
    const last = args.at(-1);
    if (typeof last === "function") {
      const heard = (error: unknown, made: unknown): unknown => {
        tell(made);
        return (last as AnyFunction)(error, made);
      };
      return original.apply(this, [...args.slice(0, -1), heard]);
    }
    const result = original.apply(this, args);
    if (!(result instanceof Promise)) {
      tell(result);
      return result;
    }
    return result.then((made) => {
      tell(made);
      return made;
    });
  };
}

const CODE = /\.(?:[cm]?[jt]s|json)$/;

function readsAt(scope: Scope, named: unknown): void {
  const file = pathOf(named);
  if (file === undefined) return;
  if (CODE.test(file) && callingScript().startsWith("node:internal/modules/")) return;
  scope.reads(file);
}

function opens(scope: Scope, named: unknown, flags: unknown): void {
  const file = pathOf(named);
  if (file === undefined) return;
  const { reads, writes } = accessOf(flags);
  if (reads) readsAt(scope, named);
  if (writes === "all") scope.writes(file);
  else if (writes === "part") scope.appends(file);
}

interface Access {
  readonly reads: boolean;
  /** `part`: what was in the file before stays, or some of it. */
  readonly writes: "nothing" | "part" | "all";
}

function accessOf(flags: unknown): Access {
  if (typeof flags === "number") {
    const { O_ACCMODE = 3, O_RDONLY, O_RDWR, O_TRUNC, O_EXCL } = fs.constants as Record<string, number>;
    const access = flags & O_ACCMODE;
    if (access === O_RDONLY) return { reads: true, writes: "nothing" };
    if ((flags & ((O_TRUNC ?? 0) | (O_EXCL ?? 0))) !== 0) return { reads: false, writes: "all" };
    return { reads: access === O_RDWR, writes: "part" };
  }
  // Where there are none, or a callback stands in their place.
  const text = typeof flags === "string" ? flags : "r";
  if (text.startsWith("w")) return { reads: false, writes: "all" };
  if (text.startsWith("a")) return { reads: text.includes("+"), writes: "part" };
  return { reads: true, writes: text.includes("+") ? "part" : "nothing" };
}

/** The path that an argument names; undefined for an open file, and for what the function itself will refuse. */
function pathOf(named: unknown): string | undefined {
  if (typeof named === "string") return path.resolve(named);
  if (Buffer.isBuffer(named)) return path.resolve(named.toString("utf8"));
  try {
    return named instanceof URL ? fileURLToPath(named) : undefined;
  } catch {
    return undefined;
  }
}
