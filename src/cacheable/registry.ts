import { isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { getCallSites } from "node:util";
import type { CodeSite } from "../identify/code/closure.ts";
import { ownFolder } from "../identify/code/own-folder.ts";

/*
 * Where cacheables come from, so that a worker can find them: by the module whose loading makes them, and their name.
 * Source text is never shipped.
 */

/** How another thread or process finds a function: it loads the module, which makes the function again. */
export interface Place {
  /** URL of the module. */
  readonly module: string;
  readonly name: string;
  /** Counts functions of one name in one module, in the order in which its loading makes them. From 1. */
  readonly number: number;
}

/** Where a cacheable was made. */
export interface Origin {
  /** The name under which the text of its module makes it cacheable. */
  readonly name: string;
  /** URL of the module whose loading makes it, where one does. */
  readonly module: string | undefined;
  /** When: milliseconds, as `performance.now()` has them. */
  readonly madeAt: number;
  /** Where the code on the stack stands in each module, the innermost first. */
  readonly sites: readonly CodeSite[];
}

type Found = (...args: never[]) => unknown;

const FRAMES = 50;

const places = new WeakMap<object, Place>();
const counts = new Map<string, number>();
/** Only where somebody looks functions up: elsewhere, those that a program makes on the fly would pile up. */
let kept: Map<string, Found> | undefined;

/** From now on, functions can be found by their place. To be called before the modules are loaded. */
export function keepFunctions(): void {
  kept ??= new Map();
}

/** Takes note of a cacheable. One that is not made by the loading of a module has no place. */
export function register(fn: Found, { name, module }: Origin): void {
  if (module === undefined) return;
  const common = `${module}\0${name}`;
  const number = (counts.get(common) ?? 0) + 1;
  counts.set(common, number);
  places.set(fn, { module, name, number });
  kept?.set(`${common}\0${number}`, fn);
}

/** The place of a function that was registered in this thread. */
export function placeOf(fn: object): Place | undefined {
  return places.get(fn);
}

/** The function at a place, once its module was loaded in this thread. */
export function functionAt({ module, name, number }: Place): Found | undefined {
  return kept?.get(`${module}\0${name}\0${number}`);
}

/** Where the code stands that makes something cacheable, seen from the innermost frame that is not this package's. */
export function originOf(name: string): Origin {
  const sites = new Map<string, CodeSite>();
  for (const { scriptName, functionName, lineNumber, columnNumber } of getCallSites(FRAMES)) {
    if (scriptName.startsWith("node:")) continue;
    const file = pathOf(scriptName);
    if (file === undefined || file.startsWith(ownFolder)) continue;
    if (!sites.has(file)) sites.set(file, { file, line: lineNumber, column: columnNumber });
    // Code at the top of an ES module has no function's name, that of a CommonJS module has this one.
    if (functionName !== "" && functionName !== "Object.<anonymous>") continue;
    const module = scriptName.startsWith("file:") ? scriptName : pathToFileURL(scriptName).href;
    return { name, module, madeAt: performance.now(), sites: [...sites.values()] };
  }
  return { name, module: undefined, madeAt: performance.now(), sites: [...sites.values()] };
}

/** The path of a script; what follows its name in a URL tells instances of a module apart, not files. */
function pathOf(script: string): string | undefined {
  if (isAbsolute(script)) return script;
  try {
    return fileURLToPath(script.replace(/[?#].*$/, ""));
  } catch {
    return undefined;
  }
}
