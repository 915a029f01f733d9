import { ask, askOrVerify } from "../cacheable/call.ts";
import { keep } from "../cacheable/compute.ts";
import { cacheOf, defaultCache } from "../cacheable/default-cache.ts";
import { type IdentifiedCall, identify } from "../cacheable/identified-call.ts";
import { type Answer, lookUpAgain } from "../cacheable/look-up.ts";
import type { Miss } from "../cacheable/miss-reason.ts";
import { warnNotVerified } from "../cacheable/verification/verify-hit.ts";
import { classOf, messageOf, ScalableError } from "../errors.ts";
import { warnOnce } from "../log.ts";
import { unpack } from "../providers/parcel.ts";
import type { CallListener, Outcome, Provider, RemoteCall, Usage } from "../providers/provider.ts";
import { fromStored } from "../store/conversion.ts";
import type { Remote } from "../store/remote/remote.ts";
import type { ScalableEvent, TaskState } from "../telemetry/event.ts";
import { artifactsOf } from "./artifacts.ts";
import { backoffMs } from "./backoff.ts";
import { JobCancelledError, JobExhaustedError, TaskTimeoutError, WorkerLostError } from "./errors.ts";
import { Outlook } from "./outlook.ts";
import { Queues } from "./queues.ts";
import type { Task } from "./task.ts";

/** How often a call is started again after another call took its worker away. */
const INNOCENT_LOSSES = 5;

/** So many calls at once are other machines asked for: who asks for many takes them away from others that could compute them. */
const LEASING_AT_ONCE = 2;

/** Answers calls from the cache, hands the others to the provider, and tries again what failed. */
export class Scheduler {
  readonly #provider: Provider;
  readonly #emit: (event: ScalableEvent) => void;
  readonly #queues = new Queues<Task>();
  /** Calls that are not at their end. */
  readonly #open = new Map<string, Task>();
  /** The first call of each key that is being computed; later ones get its result. */
  readonly #computing = new Map<string, { readonly first: Task; readonly others: Task[] }>();
  readonly #mode: "run" | "dry";
  readonly #forecast = { hits: 0, misses: 0, unknown: 0 };
  /** Nothing is started any more. */
  #paused = false;
  /** Nothing will ever be: what would wait is cancelled. */
  #closed = false;
  #whenIdle: (() => void)[] = [];
  readonly #whenQuiet: (() => void)[] = [];
  #running = 0;
  /** Calls whose arguments are not there yet. */
  readonly #blocked = new Set<Task>();
  /** Calls that are being looked up. */
  #preparing = 0;
  /** Calls for which other machines are being asked. */
  #leasing = 0;

  /** @param options.mode - `dry`: calls that are not answered by the cache fail with `E_DRY_RUN`, and nothing runs. */
  constructor(provider: Provider, { emit, mode }: { emit: (event: ScalableEvent) => void; mode: "run" | "dry" }) {
    this.#provider = provider;
    this.#emit = emit;
    this.#mode = mode;
  }

  /** Calls that are to be computed. */
  readonly outlook = new Outlook();

  /** Of a dry run: what was found, what would be computed, and what depends on that. */
  get forecast(): Forecast {
    return this.#forecast;
  }

  /** `blocked`: calls that wait for the results of others. */
  get counts(): {
    readonly open: number;
    readonly running: number;
    readonly waiting: number;
    readonly blocked: number;
  } {
    return { open: this.#open.size, running: this.#running, waiting: this.#queues.size, blocked: this.#blocked.size };
  }

  /** Resolves when each call that can be is with the provider. */
  async handedOver(): Promise<void> {
    while (this.#preparing > 0 || this.#queues.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Takes a call. `args` are its arguments, or will be. */
  add(
    task: Task,
    args: readonly unknown[] | Promise<readonly unknown[]>,
    pack: (args: readonly unknown[]) => void,
  ): void {
    this.#open.set(task.id, task);
    this.#tell(task, "submitted");
    void this.#prepare(task, args, pack)
      .catch((error: unknown) => this.#fail(task, error))
      .finally(() => {
        this.#blocked.delete(task);
        this.#preparing -= 1;
      });
  }

  /** Gives a call up. */
  cancel(task: Task, why = "it was cancelled"): void {
    if (!this.#open.has(task.id)) return;
    clearTimeout(task.timer);
    this.#end(task, "cancelled");
    task.control.reject(new ScalableError("E_CANCELLED", `${task.name}: ${why}.`, { functionName: task.functionName }));
    this.#release(task, undefined);
    this.#provider.kill(task.id);
    this.#pump();
  }

  /** Starts nothing more. Calls that wait are cancelled. */
  stop(why: string): void {
    this.#paused = true;
    this.#closed = true;
    for (const task of [...this.#open.values()]) if (task.control.future.status === "waiting") this.cancel(task, why);
  }

  /** Starts nothing more, and resolves when nothing runs. Calls that wait go on waiting. */
  drain(): Promise<void> {
    this.#paused = true;
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenQuiet.push(resolve));
  }

  /** Cancels all calls. */
  abort(why: string): void {
    this.#paused = true;
    this.#closed = true;
    for (const task of [...this.#open.values()]) this.cancel(task, why);
  }

  /** Resolves when no call is open. */
  idle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  async #prepare(
    task: Task,
    given: readonly unknown[] | Promise<readonly unknown[]>,
    pack: (args: readonly unknown[]) => void,
  ): Promise<void> {
    let args: readonly unknown[];
    if (given instanceof Promise) {
      this.#blocked.add(task);
      args = await given.catch((error: unknown) => {
        this.#preparing += 1;
        if (this.#mode === "dry") this.#forecast.unknown += 1;
        throw error;
      });
      this.#preparing += 1;
      this.#blocked.delete(task);
      pack(args);
    } else {
      this.#preparing += 1;
      args = given;
    }
    if (task.cached !== undefined && task.asks === "session") {
      const known = await identify(task.cached, undefined, args);
      const { key } = known.identity;
      if (!this.#open.has(task.id)) return;
      task.key = key;
      const computing = this.#computing.get(key);
      if (computing !== undefined) {
        computing.others.push(task);
        return;
      }
      this.#computing.set(key, { first: task, others: [] });
      const answer = await this.#ask(known);
      if (!this.#open.has(task.id)) return;
      if (answer === "verify") {
        this.#verify(task);
        return;
      }
      if ("value" in answer) {
        this.#forecast.hits += 1;
        this.#succeed(task, fromStore(answer), undefined);
        return;
      }
      task.absent = absentOf(known, answer);
      if (answer.reason === "recompute") task.wants = "a new result";
    }
    this.outlook.add(task.component, task.functionName);
    if (this.#mode === "dry") {
      this.#forecast.misses += 1;
      throw new ScalableError("E_DRY_RUN", `${task.name} would be computed.`, { functionName: task.functionName });
    }
    this.#enqueue(task);
  }

  /** Checking a hit takes a worker: not in a dry run, and not where no more calls are started. */
  #ask(known: IdentifiedCall): Promise<Answer | "verify"> {
    return this.#mode === "dry" || this.#paused ? ask(known) : askOrVerify(known);
  }

  /** A hit that a worker checks by computing it again. Who asked for the same call need not wait for that. */
  #verify(task: Task): void {
    task.verifies = true;
    this.#release(task, "in the store");
    this.#enqueue(task);
  }

  #enqueue(task: Task): void {
    if (this.#closed) {
      this.cancel(task, "the session is being closed");
      return;
    }
    task.control.waiting();
    this.#queues.push(task.component, task);
    this.#pump();
  }

  #pump(): void {
    while (!this.#paused && this.#leasing < LEASING_AT_ONCE) {
      const next = this.#queues.take((component, task) =>
        this.#provider.roomFor(component, { company: companyOf(task) }),
      );
      if (next === undefined) return;
      const { component, item: task } = next;
      const leased = task.lease === "open" ? leasedCallOf(task) : undefined;
      if (!this.#open.has(task.id)) this.#queues.ended(component);
      else if (leased === undefined) this.#start(task);
      else void this.#lease(task, leased);
    }
  }

  /** Asks other machines to leave a call to this one, before it takes a worker. */
  async #lease(task: Task, leased: LeasedTask): Promise<void> {
    this.#leasing += 1;
    const answer = await leased.remote.lease(leased).catch(() => "none" as const);
    if (answer === "ours") task.lease = "held";
    // Since the call was looked up, another machine may have computed it and given its lease back.
    const stored = answer === "ours" && (await this.#takeFromOthers(task));
    this.#leasing -= 1;
    if (stored || answer === "theirs" || !this.#open.has(task.id)) {
      this.#queues.ended(task.component);
      this.#giveLeaseBack(task);
    } else {
      if (answer === "none") task.lease = "none";
      this.#queues.giveBack(task.component, task);
    }
    // Meanwhile its worker is free for others.
    if (answer === "theirs") void this.#waitForOthers(task, leased);
    this.#pump();
  }

  async #waitForOthers(task: Task, { remote, ...leased }: LeasedTask): Promise<void> {
    await remote.awaitOthers(leased, () => this.#open.has(task.id)).catch(() => undefined);
    if (!(await this.#takeFromOthers(task)) && this.#open.has(task.id)) this.#enqueue(task);
  }

  /** Whether another machine has stored the result of a call by now: then the call has it. */
  async #takeFromOthers(task: Task): Promise<boolean> {
    try {
      if (task.cached === undefined || task.args === undefined || !this.#open.has(task.id)) return false;
      const known = await identify(task.cached, undefined, unpack(task.args) as readonly unknown[]);
      const answer = await ask(known, { asOf: "now" });
      if (!("value" in answer) || !this.#open.has(task.id)) return false;
      this.#succeed(task, fromStore(answer), undefined);
      return true;
    } catch {
      return false; // Then it is computed, and fails by what keeps it from being looked up, if that is still so.
    }
  }

  #giveLeaseBack(task: Task): void {
    const leased = leasedCallOf(task);
    if (task.lease !== "held" || leased === undefined) return;
    task.lease = "open";
    void leased.remote.release(leased);
  }

  #start(task: Task): void {
    if (task.args === undefined) throw new Error("A call is started before its arguments are there.");
    task.attempt += 1;
    this.#running += 1;
    const { id, ref, args, timeoutMs, outputs } = task;
    const listener: CallListener = {
      started: (workerId) => {
        task.workerId = workerId;
        task.control.running();
        this.#tell(task, "running", keyFields(task));
      },
      ended: (outcome) => {
        this.#running -= 1;
        this.#queues.ended(task.component);
        this.#giveLeaseBack(task);
        if (this.#open.has(task.id)) void this.#ended(task, outcome).catch((error: unknown) => this.#fail(task, error));
        this.#pump();
        if (this.#running > 0) return;
        for (const quiet of this.#whenQuiet.splice(0)) quiet();
      },
    };
    const cache = task.cached === undefined ? "none" : task.verifies ? "verify" : "use";
    try {
      this.#provider.run(
        task.component,
        {
          id,
          name: task.name,
          functionName: task.functionName,
          key: task.key,
          attempt: task.attempt,
          growth: task.growth,
          wants: task.wants,
          fn: ref,
          args,
          outputs,
          cache,
          handOver: task.asks === "worker" ? "always" : "short",
          absent: task.absent,
          shared: standing(),
          timeoutMs,
          company: companyOf(task),
        },
        listener,
      );
    } catch (error) {
      // No worker can be started.
      this.#running -= 1;
      this.#queues.ended(task.component);
      this.#fail(task, error);
    }
  }

  async #ended(task: Task, outcome: Outcome): Promise<void> {
    const { functionName } = task;
    if (task.verifies && outcome.end !== "value" && outcome.end !== "stored") {
      await this.#takeStored(task, outcome);
      return;
    }
    switch (outcome.end) {
      case "value": {
        const returnType = task.cached?.settings.returnType;
        const another = (): unknown => {
          const value = unpack(outcome.value);
          return returnType === undefined ? value : fromStored(returnType, value);
        };
        const computeS = outcome.usage.durationS;
        if (outcome.unshared === true) await this.#keep(task, another(), computeS);
        this.#succeed(task, { value: another(), computeS, another }, outcome.usage);
        return;
      }
      case "stored":
        await this.#readStored(task, outcome.usage);
        return;
      case "error":
        task.failures += 1;
        this.#again(task, outcome.error, task.failures, outcome.usage);
        return;
      case "timeout": {
        task.failures += 1;
        this.#again(task, new TaskTimeoutError(functionName, task.timeoutMs ?? 0), task.failures);
        return;
      }
      case "lost": {
        if (outcome.bystander && task.innocentLosses < INNOCENT_LOSSES) {
          task.innocentLosses += 1;
          this.#tell(task, "retrying");
          this.#enqueue(task);
          return;
        }
        task.losses += 1;
        this.#again(task, new WorkerLostError(functionName, outcome.reason), task.losses);
        return;
      }
      case "exhausted": {
        task.failures += 1;
        const { what } = outcome;
        const factor = task.factors[what];
        // With no more of it, it would end in the same way.
        const count = factor === undefined ? Number.POSITIVE_INFINITY : task.failures;
        task.growth = { ...task.growth, [what]: task.growth[what] * (factor ?? 1) };
        this.#again(task, new JobExhaustedError(functionName, outcome), count);
        return;
      }
      case "cancelled":
        this.#again(task, new JobCancelledError(functionName, outcome.reason), Number.POSITIVE_INFINITY);
    }
  }

  /** Whatever goes wrong with it, the call has its result. */
  async #keep({ cached, args, functionName }: Task, value: unknown, computeS: number): Promise<void> {
    if (cached === undefined || args === undefined) return;
    try {
      const known = await identify(cached, undefined, unpack(args) as readonly unknown[]);
      await keep(known, value, computeS * 1000);
    } catch (error) {
      warnOnce(functionName, "not-kept", `A result of ${functionName} was not stored: ${messageOf(error)}`);
    }
  }

  /**
   * A result that is too long to be handed over; the worker has told of the call. Somebody may have evicted it at once:
   * then it is computed again.
   */
  async #readStored(task: Task, usage: Usage): Promise<void> {
    if (task.cached === undefined || task.args === undefined) throw new Error("A result was stored without a cache.");
    const known = await identify(task.cached, undefined, unpack(task.args) as readonly unknown[]);
    const answer = await lookUpAgain(known);
    if ("value" in answer) this.#succeed(task, fromStore(answer), usage);
    else {
      task.innocentLosses += 1;
      if (task.innocentLosses <= INNOCENT_LOSSES) this.#enqueue(task);
      else
        this.#fail(
          task,
          new ScalableError("E_CACHE", `The result of ${task.name} was evicted before it could be read.`),
        );
    }
  }

  /** A stored result that could not be checked is still what the call gets: no check makes a call fail. */
  async #takeStored(task: Task, outcome: Exclude<Outcome, { end: "value" | "stored" }>): Promise<void> {
    if (task.cached === undefined || task.args === undefined) throw new Error("A result was checked without a cache.");
    task.verifies = false;
    const { end } = outcome;
    const lost = end === "timeout" ? "it took longer than its timeout" : "its worker was lost";
    warnNotVerified(task.functionName, end === "error" ? messageOf(outcome.error) : lost);
    const known = await identify(task.cached, undefined, unpack(task.args) as readonly unknown[]);
    const answer = await ask(known, { verified: "failed" });
    if (!this.#open.has(task.id)) return;
    if ("value" in answer) this.#succeed(task, fromStore(answer), undefined);
    else this.#enqueue(task);
  }

  /** Tries again after a failure, or gives up. */
  #again(task: Task, error: unknown, count: number, usage?: Usage): void {
    const retried = count <= task.retries && !this.#paused;
    this.#emit({
      type: "failure",
      ...this.#common(task),
      attempt: task.attempt,
      error_class: classOf(error),
      message: messageOf(error),
      ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
      retried,
    });
    if (!retried) {
      this.#fail(task, error, usage);
      return;
    }
    this.#tell(task, "retrying");
    task.control.waiting();
    task.timer = setTimeout(() => this.#enqueue(task), backoffMs(count, task.backoffMs));
  }

  #succeed(task: Task, result: Result, usage: Usage | undefined): void {
    if (!this.#open.has(task.id)) return;
    for (const artifact of task.cached === undefined ? [] : artifactsOf(task.cached, result.value)) {
      const { timestamp, task_id, task_name } = this.#common(task);
      this.#emit({ type: "artifact", timestamp, task_id, task_name, ...artifact });
    }
    this.#end(task, "succeeded", { usage, hit: task.cached === undefined ? undefined : usage === undefined });
    task.control.resolve(result.value);
    this.#release(task, result);
    this.#pump();
  }

  #fail(task: Task, error: unknown, usage?: Usage): void {
    if (!this.#open.has(task.id)) return;
    this.#end(task, "failed", { usage });
    task.control.reject(error);
    this.#release(task, { error });
    this.#pump();
  }

  /** Lets those have the result who asked for the same call. Where the first was cancelled, the next takes its place. */
  #release(task: Task, result: Shared | "in the store" | undefined): void {
    if (task.key === undefined) return;
    const computing = this.#computing.get(task.key);
    if (computing?.first !== task) return;
    this.#computing.delete(task.key);
    const others = computing.others.filter((other) => this.#open.has(other.id));
    const [next, ...rest] = others;
    if (next === undefined) return;
    if (result === undefined) {
      this.#computing.set(task.key, { first: next, others: rest });
      void this.#askAgain(next).catch((error: unknown) => this.#fail(next, error));
    } else if (result === "in the store") {
      for (const other of others) void this.#askAgain(other).catch((error: unknown) => this.#fail(other, error));
    } else if ("error" in result) {
      if (this.#mode === "dry") this.#forecast.hits += others.length; // They would get the result of the first.
      for (const other of others) this.#fail(other, result.error);
    } else {
      for (const other of others) this.#join(other, result);
    }
  }

  /** Gives a call the result of another one: a value of its own, as every call gets. */
  #join(task: Task, { computeS, another }: Extract<Shared, { another: unknown }>): void {
    if (another === undefined) {
      void this.#askAgain(task).catch((error: unknown) => this.#fail(task, error));
      return;
    }
    const startedAt = performance.now();
    const value = another();
    this.#emit({
      type: "cache",
      timestamp: new Date().toISOString(),
      function_name: task.functionName,
      key_digest: task.key ?? "",
      hit: true,
      source: "joined",
      duration_s: (performance.now() - startedAt) / 1000,
      compute_s: computeS,
    });
    this.#succeed(task, { value, computeS, another }, undefined);
  }

  async #askAgain(task: Task): Promise<void> {
    if (task.cached === undefined || task.args === undefined)
      throw new Error("A call without a cache waited for another.");
    const known = await identify(task.cached, undefined, unpack(task.args) as readonly unknown[]);
    const answer = await this.#ask(known);
    if (!this.#open.has(task.id)) return;
    if (answer === "verify") this.#verify(task);
    else if ("value" in answer) this.#succeed(task, fromStore(answer), undefined);
    else this.#enqueue(task);
  }

  #end(task: Task, state: TaskState, more: { usage?: Usage | undefined; hit?: boolean | undefined } = {}): void {
    this.#open.delete(task.id);
    this.#giveLeaseBack(task);
    const { usage, hit } = more;
    this.#tell(task, state, {
      ...(hit === undefined ? {} : { hit }),
      ...keyFields(task),
      ...(usage === undefined
        ? {}
        : { duration_s: usage.durationS, cpu_s: usage.cpuS, peak_memory_bytes: usage.peakMemoryBytes }),
    });
    if (this.#open.size > 0) return;
    for (const idle of this.#whenIdle) idle();
    this.#whenIdle = [];
  }

  #tell(task: Task, state: TaskState, more: object = {}): void {
    this.#emit({ type: "task", ...this.#common(task), state, attempt: Math.max(1, task.attempt), ...more });
  }

  #common(task: Task): CommonFields {
    return {
      timestamp: new Date().toISOString(),
      task_id: task.id,
      task_name: task.name,
      function_name: task.functionName,
      component: task.component,
      ...(task.workerId === undefined ? {} : { worker_id: task.workerId }),
    };
  }
}

function keyFields({ key }: Task): { readonly key_digest?: string } {
  return key === undefined ? {} : { key_digest: key };
}

/** A result; `another` makes one more of it, and the store has it where that is absent. */
interface Result {
  readonly value: unknown;
  readonly computeS: number;
  readonly another: (() => unknown) | undefined;
}

/** What becomes of those who asked for the same call. */
type Shared = Result | { readonly error: unknown };

function fromStore({ value, found }: Extract<Answer, { value: unknown }>): Result {
  return { value, computeS: found.durationMs / 1000, another: undefined };
}

function absentOf({ cache, identity }: IdentifiedCall, { reason, because }: Miss): Task["absent"] {
  return cache.remote === undefined ? undefined : { key: identity.key, at: Date.now(), reason, because };
}

interface LeasedTask {
  readonly remote: Remote;
  readonly key: string;
  readonly functionName: string;
}

/** A call that machines leave to each other, where they do so. */
function leasedCallOf({ cached, key, verifies }: Task): LeasedTask | undefined {
  if (cached === undefined || key === undefined || verifies) return undefined;
  const { remote } = cacheOf(cached);
  return remote?.leases === true ? { remote, key, functionName: cached.settings.name } : undefined;
}

/** How the shared cache stands: where it is left alone, workers need not find that out for themselves. */
function standing(): RemoteCall["shared"] {
  const { remote } = defaultCache();
  return remote && { remote: remote.text, leftAlone: remote.leftAlone };
}

/** A call that lost its worker may be why: it is made again where it can take none with it. */
function companyOf({ losses, innocentLosses }: Task): "any" | "alone" {
  return losses + innocentLosses > 0 ? "alone" : "any";
}

export interface Forecast {
  readonly hits: number;
  readonly misses: number;
  readonly unknown: number;
}

interface CommonFields {
  readonly timestamp: string;
  readonly task_id: string;
  readonly task_name: string;
  readonly function_name: string;
  readonly component: string;
  readonly worker_id?: string;
}
