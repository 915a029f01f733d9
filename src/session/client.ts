import { randomBytes } from "node:crypto";
import { type Cacheable, cacheable, cachedFunctionOf } from "../cacheable/cacheable.ts";
import type { CachedFunction } from "../cacheable/identified-call.ts";
import type { AnyFunction } from "../cacheable/options.ts";
import { ScalableError } from "../errors.ts";
import { withOutputs } from "../providers/outputs.ts";
import { pack } from "../providers/parcel.ts";
import { cacheEnabled, parseDuration } from "../settings.ts";
import { type Binding, type Bindings, bind } from "./bindings.ts";
import { hasFutures, resolveFutures } from "./dependencies.ts";
import { findFunction } from "./find-function.ts";
import { Future } from "./future.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Task } from "./task.ts";

/** How a call is made. */
export interface SubmitOptions {
  /** The component that it runs on. Default: that of its task; the only one, where there is one. */
  readonly tag?: string | undefined;
  /** The task of the manifest that it is bound to. Default: the one with the function's name, if any. */
  readonly task?: string | undefined;
  /** How often it is tried again after an error or a timeout, and how often after a lost worker. Default: the task's, or 0. */
  readonly retries?: number | undefined;
  /**
   * How long one try may run, the loading of its module in a new worker included: milliseconds, or text such as `"30m"`.
   * Default: the task's, or for ever.
   */
  readonly timeout?: number | string | undefined;
  /** What it is called in the report. Default: the name of its task, or of its function. */
  readonly name?: string | undefined;
}

/** Arguments of a call: each may be the future of another call's result, and so may each member of an array. */
export type Submitted<A extends readonly unknown[]> = {
  readonly [K in keyof A]:
    | A[K]
    | Future<Awaited<A[K]>>
    | (A[K] extends readonly (infer E)[] ? readonly (E | Future<Awaited<E>>)[] : never);
};

/** What a gathered call ended with: its value, or what it threw. */
export type Settled<T> = PromiseSettledResult<T>;

/** Makes calls in the workers of a session. */
export class Client {
  readonly #scheduler: Scheduler;
  readonly #bindings: Bindings;
  readonly #failed = new Set<Future<unknown>>();
  readonly #prefix = randomBytes(3).toString("hex");
  #submitted = 0;
  #closed = false;

  /** @internal Made by `session.start()`. */
  constructor(scheduler: Scheduler, bindings: Bindings) {
    this.#scheduler = scheduler;
    this.#bindings = bindings;
  }

  /**
   * Makes a call: answered from the cache where it can be, in a worker otherwise.
   *
   * @param fn - a cacheable made at the top of a module, or a function that its module exports.
   * @param args - its arguments, as an array. A future among them, or in an array among them, is waited for.
   * @throws ScalableError with `E_FUNCTION` where no worker could find the function, `E_NOT_TRANSFERABLE` for arguments
   *   that cannot be handed over, `E_SETTING` for options that cannot be meant.
   */
  submit<F extends (...args: never[]) => unknown>(
    fn: F,
    args: Submitted<Parameters<F>> = [] as never,
    options: SubmitOptions = {},
  ): Future<Awaited<ReturnType<F>>> {
    if (this.#closed) throw new ScalableError("E_SESSION", "The session is closed: nothing can be submitted any more.");
    if (!Array.isArray(args)) {
      throw new ScalableError("E_SETTING", "submit takes the arguments of a call as an array: submit(fn, [a, b]).");
    }
    const given = fn as unknown as AnyFunction;
    const cached = cachedFunctionOf(given);
    const functionName = cached?.settings.name ?? fn.name;
    const binding = bind(this.#bindings, functionName, options);
    const ref = findFunction(given);
    const task = this.#taskOf(given, { cached, functionName, binding, options, ref });
    const waits = hasFutures(args);
    const packed = (values: readonly unknown[]): void => {
      task.args = pack(values, "args", functionName);
    };
    if (!waits) packed(args);
    this.#scheduler.add(task, waits ? resolveFutures(args, task) : [...args], packed);
    return task.control.future as Future<Awaited<ReturnType<F>>>;
  }

  /** Makes a call for each member of `items`, with that as the only argument. */
  map<A, R>(fn: (item: A) => R, items: Iterable<A>, options: SubmitOptions = {}): Future<Awaited<R>>[] {
    return Array.from(items, (item) => this.submit(fn as (item: never) => R, [item] as never, options));
  }

  /**
   * The results of calls, in their order.
   *
   * With `onError: "throw"` (the default), throws what the first that failed threw; the others go on. With `"collect"`,
   * waits for all, and gives the ends of all as `Promise.allSettled` does.
   */
  gather<T>(futures: Iterable<Future<T>>, options?: { readonly onError?: "throw" }): Promise<T[]>;
  gather<T>(futures: Iterable<Future<T>>, options: { readonly onError: "collect" }): Promise<Settled<T>[]>;
  async gather<T>(
    futures: Iterable<Future<T>>,
    { onError = "throw" }: { readonly onError?: "throw" | "collect" } = {},
  ): Promise<T[] | Settled<T>[]> {
    const promises = Array.from(futures, (future) => future.then());
    return onError === "collect" ? Promise.allSettled(promises) : Promise.all(promises);
  }

  /** @internal */
  close(): void {
    this.#closed = true;
  }

  /** @internal Futures that failed and that nobody looked at. */
  get unseen(): readonly Future<unknown>[] {
    return [...this.#failed].filter((future) => future.status === "failed" && !future.isObserved);
  }

  #taskOf(fn: AnyFunction, { cached, functionName, binding, options, ref }: Known): Task {
    this.#submitted += 1;
    const name = options.name ?? binding.task ?? functionName;
    const retries = options.retries ?? binding.retries;
    if (!Number.isInteger(retries) || retries < 0) {
      throw new ScalableError("E_SETTING", `retries is ${String(retries)}, but must be a whole number from 0 on.`, {
        setting: "retries",
      });
    }
    const timeoutMs = options.timeout === undefined ? binding.timeoutMs : parseDuration(options.timeout, "timeout");
    const usesCache = cacheEnabled() && (binding.cache ?? cached !== undefined);
    const control = Future.create<unknown>(name, () => this.#scheduler.cancel(task));
    const task: Task = {
      id: `${this.#prefix}-${this.#submitted}`,
      name,
      functionName,
      component: binding.component,
      ref,
      outputs: binding.outputs,
      asks: asksOf(this.#bindings.components.get(binding.component)?.env ?? {}, cached),
      cached: usesCache
        ? withOutputs(cached === undefined ? generic(fn) : (fn as Cacheable<AnyFunction>), binding.outputs)
        : undefined,
      backoffMs: binding.backoffMs,
      factors: binding.factors,
      control,
      retries,
      timeoutMs,
      verifies: false,
      args: undefined,
      key: undefined,
      wants: "any result",
      absent: undefined,
      lease: "open",
      attempt: 0,
      failures: 0,
      losses: 0,
      growth: { memory: 1, walltime: 1 },
      innocentLosses: 0,
      timer: undefined,
      workerId: undefined,
    };
    control.onFailure((future) => this.#failed.add(future));
    return task;
  }
}

interface Known {
  readonly cached: CachedFunction | undefined;
  readonly functionName: string;
  readonly binding: Binding;
  readonly options: SubmitOptions;
  readonly ref: Task["ref"];
}

function asksOf(env: Readonly<Record<string, string>>, cached: CachedFunction | undefined): Task["asks"] {
  const named = cached?.identity.env ?? [];
  const matters = Object.keys(env).some((name) => name.startsWith("SCALABLE_") || named.includes(name));
  return matters ? "worker" : "session";
}

const generics = new WeakMap<AnyFunction, Cacheable<AnyFunction>>();

/** A plain function whose task says that it is cached: by its text, and by its arguments as they are. */
function generic(fn: AnyFunction): Cacheable<AnyFunction> {
  let made = generics.get(fn);
  if (made === undefined) {
    made = cacheable({ name: fn.name }, fn);
    generics.set(fn, made);
  }
  return made;
}
