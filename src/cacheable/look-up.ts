import { messageOf } from "../errors.ts";
import { warnOnce } from "../log.ts";
import type { ArrivedValue } from "../store/arrived-value.ts";
import { restoreCaptured } from "../store/captured-files.ts";
import { fromStored, storedForm } from "../store/conversion.ts";
import { DamagedBlob } from "../store/local/blobs.ts";
import { StoreUnavailable } from "../store/local/connection.ts";
import { EntryGone, type LocalStore } from "../store/local/local-store.ts";
import { isQuarantined } from "../store/local/quarantine.ts";
import type { Entry } from "../store/local/row.ts";
import type { Remote } from "../store/remote/remote.ts";
import type { MissReason } from "../telemetry/event.ts";
import { argumentsOf } from "./arguments.ts";
import { holdsDeclared } from "./declared-paths.ts";
import { detach, type IdentifiedCall } from "./identified-call.ts";

/** What looking a call up led to. */
export type Answer =
  /** `source`: where it was found; what was fetched is in the local store as well now. */
  | { readonly value: unknown; readonly found: Entry; readonly source: "store" | "remote" }
  /** `ignoring` is an entry that is there and does not answer the call. */
  | { readonly reason: MissReason; readonly because?: string; readonly ignoring: Entry | undefined };

/**
 * Asks the local store, and then the shared one where there is one. Trouble with either is told once and counts as a
 * miss.
 */
export function lookUp(known: IdentifiedCall): Answer | Promise<Answer> {
  const answer = lookUpLocally(known);
  // Whether there is a remote takes the environment to know, which a local hit should not pay for.
  if (!(answer instanceof Promise) && "value" in answer) return answer;
  const { remote } = known.cache;
  return remote === undefined ? answer : lookUpRemotely(detach(known), answer, { remote });
}

/** The same, of a call that another machine has computed a moment ago. */
export async function lookUpAgain(known: IdentifiedCall): Promise<Answer> {
  const answer = await lookUpLocally(known);
  const { remote } = known.cache;
  return remote === undefined ? answer : lookUpRemotely(known, answer, { remote, asOf: "now" });
}

/** Local misses that an entry of the shared store may answer all the same. */
const ASKED: ReadonlySet<MissReason> = new Set(["absent", "expired", "damaged", "unreadable"]);

async function lookUpRemotely(
  known: IdentifiedCall,
  local: Answer | Promise<Answer>,
  { remote, asOf }: { readonly remote: Remote; readonly asOf?: "now" },
): Promise<Answer> {
  const answer = await local;
  if ("value" in answer) return answer;
  // What keeps it from working at all is told before anything is computed, also where nothing is read.
  if (!ASKED.has(answer.reason)) {
    await remote.load();
    return answer;
  }
  const { name, maxAgeMs } = known.cached.settings;
  const fetched = await remote.fetch({ key: known.identity.key, functionName: name, maxAgeMs, asOf });
  switch (fetched.state) {
    case "kept": {
      const found = await lookUpLocally(known, fetched.arrived);
      return "value" in found ? { ...found, source: "remote" } : found;
    }
    case "unkept": {
      const read = await readResult(known, fetched.entry);
      return "value" in read ? { ...read, source: "remote" } : read;
    }
    case "unreachable":
      return answer.reason === "absent" ? { ...answer, reason: "remote-unreachable", because: fetched.why } : answer;
    case "expired":
      return answer.reason === "absent" ? { ...answer, reason: "expired" } : answer;
    case "known absent": {
      const { reason, because } = fetched.call;
      return { ...answer, reason, ...(because === undefined ? {} : { because }) };
    }
    case "absent":
    case "skipped":
      return answer;
  }
}

/** Asks the local store. @param arrived - the value, where it has just been fetched into it. */
export function lookUpLocally(known: IdentifiedCall, arrived?: ArrivedValue): Answer | Promise<Answer> {
  const { store } = known.cache;
  let found: ReturnType<LocalStore["lookup"]>;
  try {
    found = store.lookup(known.identity.key);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) {
      warnOnce(known.cache.dir, `look-up ${messageOf(error)}`, `A look-up failed: ${messageOf(error)}`);
    }
    return { reason: "unreadable", ignoring: undefined };
  }
  if (found === "absent" || found === "damaged") {
    if (found === "damaged") {
      warnOnce(
        known.cached.settings.name,
        "damaged",
        `A stored result of ${known.cached.settings.name} was damaged. It is computed again.`,
      );
    }
    const reason = found === "absent" && isQuarantined(store, known.identity.key) ? "quarantined" : found;
    return { reason, ignoring: undefined };
  }
  if (isTooOld(known, found)) return { reason: "expired", ignoring: found };
  // The test is asked with the arguments as they are now, and it may be asked later.
  return readResult(known.cached.settings.checkOutput === undefined ? known : detach(known), found, arrived);
}

/** Whether the local store has an entry for the call that is not too old. Does not count as a use of it. */
export function isStored(known: IdentifiedCall): boolean {
  try {
    const found = known.cache.store.lookup(known.identity.key);
    return typeof found === "object" && !isTooOld(known, found);
  } catch (error) {
    if (error instanceof StoreUnavailable) return false; // The user was told.
    throw error;
  }
}

/** The same of the shared store. */
export async function isStoredRemotely({ cache, cached, identity }: IdentifiedCall): Promise<boolean> {
  const { name: functionName, maxAgeMs } = cached.settings;
  return (await cache.remote?.find({ key: identity.key, functionName, maxAgeMs })) !== undefined;
}

/** Whether an entry is older than the function's results or the cache's entries may be. */
export function isTooOld({ cached, cache }: IdentifiedCall, found: Entry): boolean {
  const { maxAgeMs } = cached.settings;
  return (maxAgeMs !== undefined && Date.now() - found.createdAt > maxAgeMs) || cache.store.isExpired(found);
}

/** The result of a call from its entry: read, checked, converted, its files restored. Anything amiss makes it a miss. */
function readResult(known: IdentifiedCall, found: Entry, arrived?: ArrivedValue): Answer | Promise<Answer> {
  const { returnType, checkOutput } = known.cached.settings;
  // The key says nothing of the declared type, and another one may have stored something else in place of the result.
  if ((found.extra.form ?? "") !== storedForm(returnType)) return { reason: "type-mismatch", ignoring: found };
  try {
    const stored = known.cache.store.value(found, arrived);
    const simple = returnType === undefined && checkOutput === undefined && found.extra.captured === undefined;
    if (!(stored instanceof Promise)) {
      if (simple) return { value: stored, found, source: "store" };
      return finish(known, found, stored);
    }
    return stored
      .then((value) => finish(known, found, value))
      .catch((error: unknown) => unreadable(known, found, error));
  } catch (error) {
    return unreadable(known, found, error);
  }
}

function finish(known: IdentifiedCall, found: Entry, stored: unknown): Answer | Promise<Answer> {
  const { returnType, checkOutput } = known.cached.settings;
  const value = returnType === undefined ? stored : fromStored(returnType, stored);
  const { captured } = found.extra;
  if (!holdsDeclared(returnType, value, captured)) {
    return { reason: "type-mismatch", ignoring: found };
  }
  const accepted = returnType === undefined ? true : returnType.accepts(value);
  if (accepted === true && checkOutput === undefined && captured === undefined)
    return { value, found, source: "store" };
  return check(known, { found, value, accepted });
}

async function check(
  known: IdentifiedCall,
  { found, value, accepted }: { found: Entry; value: unknown; accepted: boolean | Promise<boolean> },
): Promise<Answer> {
  try {
    if (!(await accepted)) return { reason: "type-mismatch", ignoring: found };
    const { checkOutput, outputDir } = known.cached.settings;
    let result = value;
    const { captured } = found.extra;
    if (captured !== undefined) {
      result = await known.cache.store.whileReading(found.key, () =>
        restoreCaptured(value, {
          captured,
          blobs: known.cache.store.blobs,
          memo: known.cache.store.memo,
          outputDir,
        }),
      );
    }
    if (checkOutput !== undefined) {
      const args = argumentsOf(known.cached.identity.slots, known.bound);
      if (!(await checkOutput(result as never, ...(args as never[]))))
        return { reason: "check-output", ignoring: found };
    }
    return { value: result, found, source: "store" };
  } catch (error) {
    return unreadable(known, found, error);
  }
}

function unreadable(known: IdentifiedCall, found: Entry, error: unknown): Answer {
  const { name } = known.cached.settings;
  if (error instanceof DamagedBlob) {
    warnOnce(name, error.kind, `A stored result of ${name} was damaged (${error.message}). It is computed again.`);
    known.cache.store.drop(found.key, found.digest);
    return { reason: "damaged", ignoring: undefined };
  }
  // It was evicted between the look-up and the reading: a call a moment later would not have found it either.
  if (error instanceof EntryGone) return { reason: "absent", ignoring: undefined };
  warnOnce(name, "unreadable", `A stored result of ${name} cannot be used: ${messageOf(error)}. It is computed again.`);
  return { reason: "unreadable", ignoring: found };
}
