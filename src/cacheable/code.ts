import path from "node:path";
import { ScalableError } from "../errors.ts";
import type { Closure } from "../identify/code/closure.ts";
import { loadedClosure } from "../identify/code/loaded-closure.ts";
import { joined } from "../identify/code/manifest.ts";
import { moduleOf } from "../identify/code/module-of.ts";
import { stateNow } from "../identify/code/witnesses.ts";
import type { CodeIdentity } from "../identify/key.ts";
import type { DigestMemo } from "../identify/memo.ts";
import { warnOnce } from "../log.ts";
import type { CachedFunction } from "./identified-call.ts";
import type { AnyFunction } from "./options.ts";

/** The code of a function as this thread has loaded it. */
export interface LoadedCode {
  readonly identity: CodeIdentity;
  /** A file that the function may load while it runs and that was written since it was looked at. */
  changedFile(): string | undefined;
}

/** The code of a cached function, to be asked at its first use: it stays what it is. */
export function codeOf(cached: CachedFunction, memo: () => DigestMemo | undefined): LoadedCode {
  const { code } = cached.settings;
  if (code === "name") return { identity: { kind: "name", content: undefined }, changedFile: () => undefined };
  const closures = code === "closure" ? closuresOf(cached, memo(), new Set()) : undefined;
  if (closures === undefined) {
    return { identity: { kind: "function", content: cached.source?.tree }, changedFile: () => undefined };
  }
  const [own, ...others] = closures;
  warnOf(cached, closures);
  const states = closures.flatMap(({ lazy }) => lazy).map((file) => [file, stateNow(file)] as const);
  return {
    identity: {
      kind: "closure",
      content: others.length === 0 ? own?.digest : closures.map(({ digest }) => digest),
      manifest: () => joined(closures.map(({ manifest }) => manifest)),
    },
    changedFile: () => states.find(([file, state]) => stateNow(file) !== state)?.[0],
  };
}

/** The function's own closure and those of the functions that it depends on; undefined where its text is not found. */
function closuresOf(
  cached: CachedFunction,
  memo: DigestMemo | undefined,
  seen: Set<unknown>,
): readonly Closure[] | undefined {
  seen.add(cached);
  const { origin, dependsOn, settings } = cached;
  const files = dependsOn.filter((given) => typeof given === "string");
  const text = Function.prototype.toString.call(cached.fn);
  let own: Closure | undefined;
  for (const site of origin.sites) {
    const more = files.length === 0 ? {} : { dependsOn: files };
    own = loadedClosure({ file: site.file, name: origin.name, seen: { text, site }, ...more }, memo, origin.madeAt);
    if (own !== undefined) break;
  }
  if (own === undefined) {
    const [innermost] = origin.sites;
    const where = innermost === undefined ? "" : ` in ${shown(innermost.file)}`;
    if (dependsOn.length > 0) {
      throw new ScalableError(
        "E_FUNCTION",
        `The source text of ${settings.name} was not found${where}, so that "dependsOn" cannot be followed from there. Make it cacheable in a module of its own, under a name that stands there once.`,
        { functionName: settings.name },
      );
    }
    warnOnce(
      settings.name,
      "source",
      `The source text of ${settings.name} was not found${where}, so that only its own text is part of its key, and no helper that it calls. Make it cacheable in a module, under a name that stands there once; or say code: "function".`,
    );
    return undefined;
  }
  const others = dependsOn.flatMap((given) => {
    if (typeof given === "string" || seen.has(given)) return [];
    if (typeof given === "function") return [plainClosure(cached, given, memo)];
    return closuresOf(given, memo, seen) ?? [];
  });
  return [own, ...others];
}

/** The closure of a function that is not cacheable itself. */
function plainClosure({ settings, origin }: CachedFunction, fn: AnyFunction, memo: DigestMemo | undefined): Closure {
  const file = moduleOf(fn);
  const closure =
    file === undefined || fn.name === ""
      ? undefined
      : loadedClosure({ file, name: fn.name, as: "declared" }, memo, origin.madeAt);
  if (closure !== undefined) return closure;
  throw new ScalableError(
    "E_SETTING",
    `The option "dependsOn" of ${settings.name} names the function ${fn.name || "(anonymous)"}, whose source text was not found. Declare it by its name at the top of a module, or name the file that it is in.`,
    { functionName: settings.name, setting: "dependsOn" },
  );
}

/** What the text does not show is said by the options, where they have a version or name more code. */
function warnOf({ settings: { name, version }, dependsOn }: CachedFunction, closures: readonly Closure[]): void {
  const stated = version !== undefined || dependsOn.length > 0;
  for (const { warnings } of closures) {
    for (const { kind, file, line, message } of warnings) {
      if (stated && kind === "unseen") continue;
      const place = `${shown(file)}:${line}`;
      warnOnce(name, `code ${place} ${message}`, `${place}: ${message}. It is part of the code of ${name}.`);
    }
  }
}

/** A path from the working directory, where it lies below that. */
function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}
