import { AsyncLocalStorage } from "node:async_hooks";
import { auditRequested } from "../../settings.ts";
import { watchEnvironment } from "./env-reads.ts";
import { watchFiles } from "./fs-reads.ts";
import { harmlessly } from "./harmlessly.ts";
import { Scope, type ScopeOptions } from "./scope.ts";

/*
 * With SCALABLE_CACHE_AUDIT, what a body reads and its key does not have is told of. A read belongs to the innermost body
 * in whose asynchronous context it happens. Without the variable, nothing of Node.js is changed, and a call costs one
 * comparison more.
 */

const scopes = new AsyncLocalStorage<Scope | undefined>();
let state: "not known" | "on" | "off" = "not known";

/** Whether bodies are watched. Decided at the first call of a cacheable in this thread. */
export function auditing(): boolean {
  if (state === "not known") {
    state = auditRequested() ? "on" : "off";
    if (state === "on") watch();
  }
  return state === "on";
}

function watch(): void {
  const current = (): Scope | undefined => scopes.getStore();
  watchFiles(current);
  watchEnvironment(current);
}

/** Whether the code that asks runs within a body that is watched. */
export function inWatchedBody(): boolean {
  return auditing() && scopes.getStore() !== undefined;
}

/** Runs what this package itself does: its look-ups are no reading of the body that they happen in. */
export function unwatched<T>(run: () => T): T {
  return scopes.run(undefined, run);
}

/**
 * Runs a body, and tells at its end what it has read.
 *
 * @param options.outputsOf - files and folders that belong to a result.
 */
export async function watchBody<T>(
  options: ScopeOptions & { readonly outputsOf: (value: T) => readonly string[] },
  run: () => T | Promise<T>,
): Promise<T> {
  const scope = new Scope(options);
  let outputsOf = (): readonly string[] => [];
  try {
    const value = await scopes.run(scope, run);
    outputsOf = () => options.outputsOf(value);
    return value;
  } finally {
    harmlessly(() => scope.tell(outputsOf()));
  }
}

// A module that takes functions out of `fs` while it is loaded takes those that are there then, so the sooner the better.
try {
  if (auditRequested()) auditing();
} catch {
  // What cannot be understood is told at the first call.
}
