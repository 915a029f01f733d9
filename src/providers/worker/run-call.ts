import { type Cacheable, cacheable } from "../../cacheable/cacheable.ts";
import { call, callUncached } from "../../cacheable/call.ts";
import { cacheOf } from "../../cacheable/default-cache.ts";
import { type CachedFunction, identify } from "../../cacheable/identified-call.ts";
import type { AnyFunction } from "../../cacheable/options.ts";
import { functionAt } from "../../cacheable/registry.ts";
import { ScalableError } from "../../errors.ts";
import { writeHeldBack } from "../../store/cache.ts";
import { toStored } from "../../store/conversion.ts";
import { noteStanding } from "../../store/remote/remote.ts";
import { writeThrown } from "../../store/thrown.ts";
import { onEvent } from "../../telemetry/event.ts";
import { withOutputs } from "../outputs.ts";
import { pack, unpack } from "../parcel.ts";
import type { FunctionRef, Usage } from "../provider.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { asCall, currentCall } from "./output.ts";

/** Longer results are left in the store, where the session reads them. */
const INLINE_BYTES = 256 * 1024;

/** Runs a call in this worker, and tells how it ended. Never rejects. @returns its function, where that was found. */
export async function runCall(
  message: ToWorker,
  post: (message: FromWorker) => void,
): Promise<CachedFunction | undefined> {
  const { id, fn, cache } = message;
  let cached: CachedFunction | undefined;
  const meter = startMeter();
  let stored = false;
  const end = (message: FromWorker): void => {
    // The session may end this worker as soon as it hears.
    writeHeldBack();
    post(message);
  };
  const off = onEvent((event) => {
    if (currentCall() !== id) return;
    post({ type: "event", event });
    // The last one is the call's own; those before it are of calls that its body made.
    if (event.type === "cache") stored = event.hit || event.stored === true;
  });
  try {
    const known = withOutputs(await find(fn), message.outputs);
    cached = known;
    const args = unpack(message.args) as readonly unknown[];
    if (message.key !== undefined) await checkKey(known, args, message.key);
    if (message.shared !== undefined) noteStanding(message.shared);
    if (message.absent !== undefined) cacheOf(known).remote?.noteAbsent(message.absent);
    const value = await asCall(id, () =>
      cache === "none"
        ? callUncached(known, undefined, args)
        : call(known, undefined, args, cache === "verify" ? "verify" : "default"),
    );
    const { returnType, name } = known.settings;
    const plain = returnType === undefined ? value : toStored(returnType, value);
    const usage = meter();
    const parcel = pack(plain, "result", name);
    if (stored && message.handOver === "short" && parcel.bytes.length > INLINE_BYTES)
      end({ type: "stored", id, usage });
    else end({ type: "value", id, value: parcel, usage });
  } catch (error) {
    end({ type: "error", id, error: writeThrown(error), usage: meter() });
  } finally {
    off();
  }
  return cached;
}

/**
 * Between the submission of a call and its start, its code, or a file among its arguments, may have been edited: then this is
 * another call, and its result is not the one that is waited for.
 */
async function checkKey(cached: CachedFunction, args: readonly unknown[], key: string): Promise<void> {
  const { identity } = await identify(cached, undefined, args);
  if (identity.key === key) return;
  const { name } = cached.settings;
  throw new ScalableError(
    "E_CALL_CHANGED",
    `${name} was not computed: its code, or a file or variable that it depends on, is not what it was when the call was submitted. Start the workflow again.`,
    { functionName: name },
  );
}

const plainFunctions = new Map<string, Cacheable<AnyFunction>>();

/** Loads the module of a function, and finds the function in it. */
async function find(ref: FunctionRef): Promise<Cacheable<AnyFunction>> {
  if (ref.kind === "cacheable") {
    if (functionAt(ref.place) === undefined) await import(ref.place.module);
    const found = functionAt(ref.place);
    if (found !== undefined) return found as Cacheable<AnyFunction>;
    throw notFound(ref.place.name, ref.place.module, "make it cacheable at the top of its module, not in a function");
  }
  const id = `${ref.module}\0${ref.name}`;
  const known = plainFunctions.get(id);
  if (known !== undefined) return known;
  const module = (await import(ref.module)) as Readonly<Record<string, unknown>>;
  const [fn, ...others] = new Set(Object.values(module).filter((value) => isMeant(value, ref)));
  if (typeof fn !== "function") throw notFound(ref.name, ref.module, "export it from its module");
  // They may differ by what they capture, which nothing here tells.
  if (others.length > 0) throw ambiguous(ref);
  const cached = cacheable({ name: ref.name }, fn as AnyFunction);
  plainFunctions.set(id, cached);
  return cached;
}

function isMeant(value: unknown, { name, text }: ExportRef): boolean {
  return typeof value === "function" && value.name === name && Function.prototype.toString.call(value) === text;
}

type ExportRef = Extract<FunctionRef, { readonly kind: "export" }>;

function ambiguous({ name, module }: ExportRef): ScalableError {
  return new ScalableError(
    "E_FUNCTION",
    `${module} exports several functions "${name}" with the same text, and a worker cannot tell which one is meant. Export one function, and pass what they capture as an argument.`,
    { functionName: name },
  );
}

function notFound(functionName: string, module: string, what: string): ScalableError {
  return new ScalableError(
    "E_FUNCTION",
    `A worker loaded ${module} and did not find the function "${functionName}" there: ${what}.`,
    { functionName },
  );
}

/** Measures until it is called. In a thread, the processor time is the thread's where Node.js can tell it. */
function startMeter(): () => Usage {
  const startedAt = performance.now();
  const before = cpuUsage();
  return () => {
    const { user, system } = cpuUsage(before);
    return {
      durationS: (performance.now() - startedAt) / 1000,
      cpuS: (user + system) / 1e6,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    };
  };
}

type CpuUsage = { readonly user: number; readonly system: number };

function cpuUsage(before?: CpuUsage): CpuUsage {
  const { threadCpuUsage } = process as { threadCpuUsage?: (before?: CpuUsage) => CpuUsage };
  return threadCpuUsage === undefined ? process.cpuUsage(before) : threadCpuUsage.call(process, before);
}
