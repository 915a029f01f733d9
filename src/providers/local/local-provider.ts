import { availableParallelism, totalmem } from "node:os";
import { warnOnce } from "../../log.ts";
import { readThrown } from "../../store/thrown.ts";
import type { CallListener, Provider, ProviderListener, RemoteCall, Room } from "../provider.ts";
import { startTimer, type Timer } from "../timer.ts";
import type { FromWorker } from "../worker/messages.ts";
import { type Channel, openChannel } from "./channel.ts";

/** What the provider has to know of a component. */
export interface LocalComponent {
  readonly name: string;
  /** Cores that a worker of it is counted with. Default: 1. */
  readonly cpus?: number | undefined;
  /** Memory that a worker of it is counted with, in bytes. Default: none. */
  readonly memory?: number | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly preloadScript?: string | undefined;
}

export interface LocalProviderOptions {
  /** Workers at one time. Default: the number of cores. */
  readonly maxWorkers?: number | undefined;
  /** Calls that one worker may have in flight. */
  readonly threadsPerWorker: number;
  /** Processes in place of threads. */
  readonly processes: boolean;
  readonly components: ReadonlyMap<string, LocalComponent>;
}

interface Flight {
  readonly call: RemoteCall;
  readonly listener: CallListener;
  readonly timer: Timer | undefined;
}

interface LocalWorker {
  readonly id: string;
  readonly component: LocalComponent;
  readonly channel: Channel;
  readonly flights: Map<string, Flight>;
  /** Why it is being ended, and which call is why. */
  ending: { readonly reason: "timeout" | "killed" | "stopped"; readonly culprit: string | undefined } | undefined;
}

/** Runs calls in worker threads or processes of this machine. */
export class LocalProvider implements Provider {
  readonly whenClosed = "wait";
  readonly #options: LocalProviderOptions;
  readonly #listener: ProviderListener;
  readonly #workers = new Set<LocalWorker>();
  readonly #maxWorkers: number;
  readonly #cores = availableParallelism();
  #started = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(options: LocalProviderOptions, listener: ProviderListener) {
    this.#options = options;
    this.#listener = listener;
    this.#maxWorkers = options.maxWorkers ?? this.#cores;
    // A process that computes does not notice that this one has ended.
    process.on("exit", this.#killAll);
  }

  readonly #killAll = (): void => {
    for (const worker of this.#workers) worker.channel.kill();
  };

  roomFor(component: string, call: Pick<RemoteCall, "company">): Room | undefined {
    if (this.#free(component, call) !== undefined) return "worker";
    const inTheWay = this.#inTheWay(component);
    if (inTheWay === undefined) return undefined;
    return inTheWay.length === 0 ? "new worker" : "exchange";
  }

  run(component: string, call: RemoteCall, listener: CallListener): void {
    let free = this.#free(component, call);
    if (free === undefined) {
      for (const idle of this.#inTheWay(component) ?? []) this.#stop(idle);
      free = this.#start(component);
    }
    const worker = free;
    const { timeoutMs, id, fn, args, outputs, cache, handOver, absent, shared } = call;
    const timer =
      timeoutMs === undefined ? undefined : startTimer(timeoutMs, () => this.#end(worker, "timeout", call.id));
    worker.flights.set(call.id, { call, listener, timer });
    listener.started(worker.id);
    worker.channel.hold("held");
    worker.channel.send({ id, fn, args, outputs, cache, handOver, absent, shared });
  }

  kill(callId: string): void {
    for (const worker of this.#workers) if (worker.flights.has(callId)) this.#end(worker, "killed", callId);
  }

  async close(): Promise<void> {
    process.off("exit", this.#killAll);
    if (this.#workers.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (const worker of this.#workers) {
      worker.channel.hold("held");
      this.#stop(worker);
    }
    await empty;
  }

  /** Workers end with this process. */
  leave(): void {
    this.#killAll();
  }

  get workers(): number {
    return this.#workers.size;
  }

  /** A worker of a component that can take another call. */
  #free(component: string, { company }: Pick<RemoteCall, "company">): LocalWorker | undefined {
    const most = company === "alone" ? 1 : this.#options.threadsPerWorker;
    for (const worker of this.#workers) {
      const takes = worker.ending === undefined && worker.component.name === component;
      if (takes && worker.flights.size < most && !runsAlone(worker)) return worker;
    }
    return undefined;
  }

  /**
   * Workers of other components that have nothing to do, and in whose place one of this component fits: as few as it
   * takes. Undefined where it does not fit in place of all of them.
   */
  #inTheWay(component: string): readonly LocalWorker[] | undefined {
    const others = [...this.#workers];
    const idle: LocalWorker[] = [];
    while (!this.#fits(component, others)) {
      const at = others.findIndex((worker) => worker.flights.size === 0 && worker.component.name !== component);
      if (at < 0) return undefined;
      idle.push(...others.splice(at, 1));
    }
    return idle;
  }

  /** Whether a worker of a component fits beside others. Beside none, each fits: it would wait for ever otherwise. */
  #fits(component: string, others: readonly LocalWorker[]): boolean {
    if (others.length === 0) return true;
    if (others.length >= this.#maxWorkers) return false;
    const all = [this.#component(component), ...others.map((other) => other.component)];
    const cpus = all.reduce((sum, { cpus: each = 1 }) => sum + each, 0);
    const memory = all.reduce((sum, { memory: each = 0 }) => sum + each, 0);
    // Components that ask for one core each are bounded by max_workers, which may be more than there are cores.
    return cpus <= Math.max(this.#cores, this.#maxWorkers) && memory <= totalmem();
  }

  #component(name: string): LocalComponent {
    return this.#options.components.get(name) ?? { name, env: {} };
  }

  #start(name: string): LocalWorker {
    const component = this.#component(name);
    this.#started += 1;
    const id = `${name}-${this.#started}`;
    const { processes } = this.#options;
    const env = { ...process.env, ...component.env };
    const channel = openChannel(
      { processes, env, preload: component.preloadScript },
      { message: (message) => this.#receive(worker, message), gone: (reason) => this.#gone(worker, reason) },
    );
    const worker: LocalWorker = { id, component, channel, flights: new Map(), ending: undefined };
    this.#workers.add(worker);
    this.#tell(worker, "started");
    return worker;
  }

  #receive(worker: LocalWorker, message: FromWorker): void {
    switch (message.type) {
      case "event":
        this.#listener.event(message.event);
        return;
      case "warning": {
        const { subject, cause, message: text } = message.warning;
        warnOnce(subject, cause, text);
        return;
      }
      case "output":
        this.#listener.output(message.id, message.text);
        return;
      case "upload":
        this.#listener.upload(message.upload);
        return;
      case "value":
      case "stored":
      case "error": {
        const flight = worker.flights.get(message.id);
        if (flight === undefined) return; // It was given up.
        worker.flights.delete(message.id);
        flight.timer?.stop();
        if (worker.flights.size === 0) worker.channel.hold("free");
        const { usage } = message;
        if (message.type === "value") flight.listener.ended({ end: "value", value: message.value, usage });
        else if (message.type === "stored") flight.listener.ended({ end: "stored", usage });
        else flight.listener.ended({ end: "error", error: readThrown(message.error), usage });
      }
    }
  }

  #end(worker: LocalWorker, reason: "timeout" | "killed", culprit: string): void {
    if (worker.ending !== undefined) return;
    worker.ending = { reason, culprit };
    worker.channel.kill();
  }

  #stop(worker: LocalWorker): void {
    worker.ending ??= { reason: "stopped", culprit: undefined };
    worker.channel.kill();
  }

  #gone(worker: LocalWorker, reason: string): void {
    this.#workers.delete(worker);
    const { ending } = worker;
    this.#tell(worker, ending === undefined ? "lost" : "stopped", ending === undefined ? reason : undefined);
    const flights = [...worker.flights.values()];
    worker.flights.clear();
    for (const { call, listener, timer } of flights) {
      timer?.stop();
      const bystander = ending === undefined ? flights.length > 1 : ending.culprit !== call.id;
      if (ending?.reason === "timeout" && !bystander) listener.ended({ end: "timeout" });
      else listener.ended({ end: "lost", reason: ending === undefined ? reason : "it was stopped", bystander });
    }
    if (this.#workers.size === 0) this.#whenEmpty?.();
  }

  #tell(worker: LocalWorker, state: "started" | "stopped" | "lost", reason?: string): void {
    this.#listener.event({
      type: "worker",
      timestamp: new Date().toISOString(),
      worker_id: worker.id,
      component: worker.component.name,
      state,
      ...(worker.channel.pid === 0 ? {} : { pid: worker.channel.pid }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
}

function runsAlone({ flights }: LocalWorker): boolean {
  if (flights.size !== 1) return false;
  const [flight] = flights.values();
  return flight?.call.company === "alone";
}
