import type { ValueType } from "../identify/types/type.ts";
import { pathsIn } from "../store/captured-files.ts";
import { argumentsOf, receiverOf } from "./arguments.ts";
import { auditing, watchBody } from "./audit/audit.ts";
import { type IdentifiedCall, inputsOf } from "./identified-call.ts";

/** Runs the function of a call, with the arguments that the call has. Throws, and rejects, as the function does. */
export function runBody(call: IdentifiedCall): unknown {
  const { fn, identity } = call.cached;
  const run = (): unknown => fn.apply(receiverOf(identity.slots, call.bound), argumentsOf(identity.slots, call.bound));
  return auditing() ? runWatched(call, run) : run();
}

function runWatched(call: IdentifiedCall, run: () => unknown): Promise<unknown> {
  const { name, env, returnType } = call.cached.settings;
  const outputsOf = (value: unknown): string[] => pathsOf(returnType, value);
  return watchBody(
    { functionName: name, declared: declaredPaths(call), env, cacheDir: call.cache.dir, outputsOf },
    run,
  );
}

/** The files and folders that are part of a call's key. */
function declaredPaths({ cached, bound }: IdentifiedCall): string[] {
  const args = cached.identity.slots.flatMap(({ type }, place) => pathsOf(type, bound.values[place]));
  return [...args, ...inputsOf(cached, bound)];
}

function pathsOf(type: ValueType | undefined, value: unknown): string[] {
  if (type === undefined || value === undefined) return [];
  return pathsIn(type, value).map(({ path }) => path);
}
