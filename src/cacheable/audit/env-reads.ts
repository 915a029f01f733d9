import { syncBuiltinESMExports } from "node:module";
import { callingScript } from "./caller.ts";
import type { Scope } from "./scope.ts";

/** Puts in the place of `process.env` what does the same, and tells the body in which it happens of each reading. */
export function watchEnvironment(current: () => Scope | undefined): void {
  const { env } = process;
  const reads = (name: string | symbol): void => {
    const scope = typeof name === "string" ? current() : undefined;
    if (scope === undefined || scope.knowsVariable(String(name)) || isNode()) return;
    scope.readsVariable(String(name));
  };
  process.env = new Proxy(env, {
    get(_, name) {
      reads(name);
      return Reflect.get(env, name);
    },
    has(_, name) {
      reads(name);
      return Reflect.has(env, name);
    },
    getOwnPropertyDescriptor(_, name) {
      reads(name);
      return Reflect.getOwnPropertyDescriptor(env, name);
    },
    ownKeys() {
      const scope = current();
      if (scope !== undefined && !isNode()) scope.readsAllVariables();
      return Reflect.ownKeys(env);
    },
    // Without this one, the value would be defined on the proxy, which these objects refuse.
    set(_, name, value) {
      if (typeof name === "string") current()?.writesVariable(name);
      return Reflect.set(env, name, value);
    },
    deleteProperty(_, name) {
      if (typeof name === "string") current()?.writesVariable(name);
      return Reflect.deleteProperty(env, name);
    },
  });
  syncBuiltinESMExports();
}

/** What Node.js itself reads, such as for colours or for the environment of a new process. */
function isNode(): boolean {
  return callingScript().startsWith("node:");
}
