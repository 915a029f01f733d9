import { classOf, messageOf } from "../errors.ts";
import { info, warnOnce } from "../log.ts";
import { type CapturedFiles, captureResult } from "../store/captured-files.ts";
import { encodeValue } from "../store/codec.ts";
import { storedForm, toStored } from "../store/conversion.ts";
import { isBusy, StoreUnavailable } from "../store/local/connection.ts";
import type { Lease, Unless } from "../store/local/leases.ts";
import { ATTEMPTS, BlobsGone } from "../store/local/local-store.ts";
import type { Entry } from "../store/local/row.ts";
import type { Remote } from "../store/remote/remote.ts";
import { judgeStorable } from "../store/storable.ts";
import type { MissReason } from "../telemetry/event.ts";
import { argumentsOf, copyArguments } from "./arguments.ts";
import { brokenPremise, detach, type IdentifiedCall } from "./identified-call.ts";
import type { Computed } from "./in-flight.ts";
import { lookUpAgain, lookUpLocally } from "./look-up.ts";
import { runBody } from "./run-body.ts";

export interface ComputeRequest {
  readonly call: IdentifiedCall;
  readonly reason: MissReason;
  /** An entry that does not answer the call, and is to be replaced. */
  readonly ignoring: Entry | undefined;
}

/** The right to compute; none where the store cannot be used; or what somebody else computed. */
type Turn =
  | { readonly turn: "ours"; readonly call: IdentifiedCall; readonly lease: Lease | undefined }
  | { readonly turn: "theirs"; readonly computed: Computed };

/** Computes a call, unless another thread or process does: then waits for its result. */
export async function computeOnce(request: ComputeRequest): Promise<Computed> {
  const first = tryTurn(request.call, unlessOf(request.reason, request.ignoring));
  const turn = first ?? (await waitForTurn(request));
  if (turn.turn === "theirs") return turn.computed;
  const { remote } = turn.call.cache;
  if (remote?.leases !== true || request.reason === "recompute") return computeNow(turn.call, turn.lease);
  return computeOnOneMachine(detach(turn.call), turn.lease, remote);
}

/** Computes a call, unless another machine does: then waits for its result. */
async function computeOnOneMachine(call: IdentifiedCall, lease: Lease | undefined, remote: Remote): Promise<Computed> {
  const { store } = call.cache;
  const { name } = call.cached.settings;
  const leased = { key: call.identity.key, functionName: name };
  try {
    for (let answer = await remote.lease(leased); answer !== "none"; answer = await remote.lease(leased)) {
      if (answer === "theirs") {
        info(`${name} is being computed by another machine; waiting for its result.`);
        await remote.awaitOthers(leased);
      }
      // Since the call was looked up, another machine may have computed it and given its lease back.
      const stored = await lookUpAgain(call);
      if ("value" in stored) {
        void remote.release(leased);
        if (lease !== undefined) store.leases.release(lease);
        const { value, found } = stored;
        return { value, stored: true, computeMs: found.durationMs, elsewhere: true };
      }
      if (answer === "ours") break;
    }
  } catch (error) {
    void remote.release(leased);
    if (lease !== undefined) store.leases.release(lease);
    throw error;
  }
  try {
    return await computeNow(call, lease);
  } finally {
    void remote.release(leased);
  }
}

function unlessOf(reason: MissReason, ignoring: Entry | undefined): Unless {
  if (reason === "recompute") return "never";
  return ignoring === undefined ? "stored" : { storedOtherThan: ignoring.digest };
}

/** Our turn, if it comes without waiting. */
function tryTurn(call: IdentifiedCall, unless: Unless): Turn | undefined {
  try {
    const acquired = call.cache.store.leases.acquire(call.identity.key, unless);
    return acquired.state === "acquired" ? { turn: "ours", call, lease: acquired.lease } : undefined;
  } catch (error) {
    if (isBusy(error)) return undefined;
    return withoutStore(call, error);
  }
}

async function waitForTurn({ call: live, reason, ignoring }: ComputeRequest): Promise<Turn> {
  const call = detach(live);
  const { store } = call.cache;
  const { key } = call.identity;
  let unless = unlessOf(reason, ignoring);
  for (;;) {
    let failure: { readonly error: unknown } | undefined;
    try {
      const acquired = await store.connection.patiently(() => store.leases.acquire(key, unless));
      if (acquired.state === "acquired") return { turn: "ours", call, lease: acquired.lease };
      if (acquired.state === "held") {
        info(`${call.cached.settings.name} is being computed by another process; waiting for its result.`);
        const waited = await store.leases.wait(key, acquired.id);
        if (waited.state === "failed" && reason !== "recompute") failure = { error: waited.error };
      }
    } catch (error) {
      return withoutStore(call, error);
    }
    if (failure !== undefined) throw failure.error;
    if (reason === "recompute") continue;
    const answer = await lookUpLocally(call);
    if ("value" in answer) {
      const { value, found } = answer;
      return { turn: "theirs", computed: { value, stored: true, computeMs: found.durationMs, elsewhere: true } };
    }
    // What is stored does not answer this call either: it is of another type, say, or damaged and cannot be removed.
    const stuck = answer.ignoring === undefined && answer.reason !== "absent";
    unless = stuck ? "never" : unlessOf(answer.reason, answer.ignoring);
  }
}

/** The store cannot be used: the call is computed all the same, and nobody else can be told. */
function withoutStore(call: IdentifiedCall, error: unknown): Turn {
  if (!(error instanceof StoreUnavailable)) {
    warnOnce(call.cache.dir, "lease", `The cache in ${call.cache.dir} cannot be used: ${messageOf(error)}`);
  }
  return { turn: "ours", call, lease: undefined };
}

async function computeNow(live: IdentifiedCall, lease: Lease | undefined): Promise<Computed> {
  // Nothing was waited for up to here where the turn came at once, so the caller cannot have changed its arguments yet.
  const call = detach(live);
  const { leases } = call.cache.store;
  const { settings, identity } = call.cached;
  const { slots } = identity;
  let record: ReturnType<typeof call.identity.record>;
  // The body may change what it is given; the test is asked with what the call was made with.
  let asked = call.bound;
  try {
    record = call.identity.record();
    if (settings.checkOutput !== undefined) asked = copyArguments(slots, call.bound).bound;
  } catch (error) {
    if (lease !== undefined) leases.release(lease);
    throw error;
  }
  const startedAt = performance.now();
  let value: unknown;
  try {
    value = await runBody(call);
  } catch (error) {
    if (lease !== undefined) leases.fail(lease, error);
    noteFate(call, `the function threw ${classOf(error)}`);
    throw error;
  }
  const computeMs = performance.now() - startedAt;
  const refusal = (await refusalOf(call, value, argumentsOf(slots, asked))) ?? (await brokenPremise(call));
  let stored = false;
  if (refusal === undefined) {
    stored = await publish(call, { value, computeMs, lease, record });
    if (stored) call.cache.remote?.stored({ key: call.identity.key, functionName: settings.name, computeMs });
  } else if (refusal.length > 0) notStored(call, refusal[0] ?? "", refusal[1] ?? "");
  else noteFate(call, "the option store refused it");
  if (!stored && lease !== undefined) leases.release(lease);
  return { value, stored, computeMs, elsewhere: false };
}

/**
 * Stores a result that was computed elsewhere, by one who could not share it.
 *
 * @param computeMs - how long that took.
 */
export async function keep(live: IdentifiedCall, value: unknown, computeMs: number): Promise<void> {
  const call = detach(live);
  const args = argumentsOf(call.cached.identity.slots, call.bound);
  if (((await refusalOf(call, value, args)) ?? (await brokenPremise(call))) !== undefined) return;
  const stored = await publish(call, { value, computeMs, lease: undefined, record: call.identity.record() });
  const { key } = call.identity;
  if (stored) call.cache.remote?.stored({ key, functionName: call.cached.settings.name, computeMs });
}

/**
 * Why a computed result is not to be stored: a word for the cause and an explanation; empty where it is the user's own
 * wish. A computation is never thrown away for what is found here: its result goes to the caller.
 */
async function refusalOf(
  call: IdentifiedCall,
  value: unknown,
  args: readonly unknown[],
): Promise<readonly string[] | undefined> {
  const { store, returnType, checkOutput } = call.cached.settings;
  try {
    if (store === false) return [];
    if (typeof store === "function" && !(await store(value as never))) return [];
    if (returnType !== undefined) {
      const accepted = returnType.accepts(value);
      if (!(accepted instanceof Promise ? await accepted : accepted)) {
        return ["return-type", `it is not of its declared returnType (${returnType.tag})`];
      }
    }
    if (checkOutput !== undefined && !(await checkOutput(value as never, ...(args as never[])))) {
      return ["check-output", "checkOutput refused it"];
    }
  } catch (error) {
    return ["check-failed", `its check threw: ${messageOf(error)}`];
  }
  return undefined;
}

interface Result {
  readonly value: unknown;
  readonly computeMs: number;
  readonly lease: Lease | undefined;
  readonly record: ReturnType<IdentifiedCall["identity"]["record"]>;
}

/** Stores a result. Returns whether that was done; where not, the user is told why. */
async function publish(call: IdentifiedCall, result: Result): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const publishing = publishOnce(call, result);
      return publishing instanceof Promise ? await publishing : publishing;
    } catch (error) {
      if (error instanceof StoreUnavailable) return false; // The user was told.
      if (error instanceof BlobsGone && attempt < ATTEMPTS) continue;
      notStored(call, "not-written", messageOf(error));
      return false;
    }
  }
}

function publishOnce(call: IdentifiedCall, result: Result): boolean | Promise<boolean> {
  const { returnType, outputDir } = call.cached.settings;
  if (returnType === undefined || returnType.result.form === "plain") return publishWith(call, result, []);
  const capturing = captureResult(returnType, result.value, { blobs: call.cache.store.blobs, outputDir });
  return capturing.then((captured) => publishWith(call, result, captured));
}

function publishWith(
  call: IdentifiedCall,
  { value, computeMs, lease, record }: Result,
  captured: CapturedFiles,
): boolean | Promise<boolean> {
  const { returnType, name } = call.cached.settings;
  const plain = returnType === undefined ? value : toStored(returnType, value);
  const verdict = judgeStorable(plain);
  if (!verdict.storable) {
    notStored(call, "not-storable", verdict.reason);
    return false;
  }
  const publishing = call.cache.store.publish(
    {
      key: call.identity.key,
      functionName: name,
      value: encodeValue(plain),
      bare: verdict.bare,
      form: storedForm(returnType),
      captured,
      durationMs: computeMs,
      call: record,
    },
    lease,
  );
  return publishing === undefined ? true : publishing.then(() => true);
}

function notStored(call: IdentifiedCall, cause: string, why: string): void {
  const { name } = call.cached.settings;
  warnOnce(
    name,
    cause,
    `The result of ${name} was not stored: ${why}. The caller has it, and the next call computes again.`,
  );
  noteFate(call, why);
}

/** Takes note of why there is no result, for the miss that the next call of this kind will be. */
function noteFate({ cache, cached, identity }: IdentifiedCall, why: string): void {
  cache.store.fates.note("not-stored", [{ key: identity.key, functionName: cached.settings.name, why }]);
}
