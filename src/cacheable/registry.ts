import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { getCallSites } from "node:util";

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

type Found = (...args: never[]) => unknown;

const FRAMES = 50;
const OWN = new URL(import.meta.url.endsWith(".ts") ? "../" : "./", import.meta.url).href;

const places = new WeakMap<object, Place>();
const counts = new Map<string, number>();
/** Only where somebody looks functions up: elsewhere, those that a program makes on the fly would pile up. */
let kept: Map<string, Found> | undefined;

/** From now on, functions can be found by their place. To be called before the modules are loaded. */
export function keepFunctions(): void {
  kept ??= new Map();
}

/** Takes note of where a function is made. One that is not made by the loading of a module has no place. */
export function register(fn: Found, name: string): void {
  const module = loadingModule();
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

/** The module in whose top-level code the stack stands, seen from the innermost frame that is not this package's. */
function loadingModule(): string | undefined {
  for (const { scriptName, functionName } of getCallSites(FRAMES)) {
    if (scriptName.startsWith(OWN) || scriptName.startsWith("node:")) continue;
    // Code at the top of an ES module has no function's name, that of a CommonJS module has this one.
    if (functionName !== "" && functionName !== "Object.<anonymous>") continue;
    if (scriptName.startsWith("file:")) return scriptName;
    if (isAbsolute(scriptName)) return pathToFileURL(scriptName).href;
  }
  return undefined;
}
