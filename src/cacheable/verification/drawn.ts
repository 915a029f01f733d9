import { AsyncLocalStorage } from "node:async_hooks";
import { verifiedShare } from "../../settings.ts";
import type { IdentifiedCall } from "../identified-call.ts";

/** The calls in whose verification the code that asks runs. */
const verifying = new AsyncLocalStorage<ReadonlySet<string>>();

/** Whether a hit is among those that are checked by computing again. */
export function isDrawn(call: IdentifiedCall): boolean {
  const share = call.cached.settings.verify ?? verifiedShare();
  return share > 0 && (share === 1 || Math.random() < share) && !isBeingVerified(call);
}

/** A body that calls itself gets the stored result: checking that would lead to the same body again, for ever. */
function isBeingVerified(call: IdentifiedCall): boolean {
  return verifying.getStore()?.has(idOf(call)) === true;
}

/** Runs a body whose result is compared with the stored one. */
export function asVerification<T>(call: IdentifiedCall, run: () => T): T {
  return verifying.run(new Set([...(verifying.getStore() ?? []), idOf(call)]), run);
}

function idOf({ cache, identity }: IdentifiedCall): string {
  return `${cache.dir}\0${identity.key}`;
}
