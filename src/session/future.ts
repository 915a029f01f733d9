import { ScalableError } from "../errors.ts";
import { startTimer, type Timer } from "../providers/timer.ts";

/** How a submitted call stands. `waiting`: for a worker, or for the calls whose results it needs. */
export type FutureStatus = "waiting" | "running" | "succeeded" | "failed" | "cancelled";

/** What of a future only the session that made it may do. */
export interface FutureControl<T> {
  readonly future: Future<T>;
  running(): void;
  /** The future of a try that failed and will be made again. */
  waiting(): void;
  resolve(value: T): void;
  reject(error: unknown): void;
  /** Called once it has failed. */
  onFailure(listener: (future: Future<unknown>) => void): void;
}

/**
 * The result of a submitted call, which may not be there yet. It can be awaited like a promise. One that fails and that
 * nobody looks at ends no process: the session names it when it is closed.
 */
export class Future<T> implements PromiseLike<T> {
  /** Name of the task or function. */
  readonly name: string;
  readonly #state: { status: FutureStatus; observed: boolean } = { status: "waiting", observed: false };
  readonly #promise: Promise<T>;
  readonly #cancel: () => void;

  private constructor(name: string, promise: Promise<T>, cancel: () => void) {
    this.name = name;
    this.#promise = promise;
    this.#cancel = cancel;
    promise.catch(() => undefined);
  }

  /** @internal */
  static create<T>(name: string, cancel: () => void): FutureControl<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const future = new Future<T>(name, promise, cancel);
    let failed: ((future: Future<unknown>) => void) | undefined;
    const end = (status: FutureStatus): boolean => {
      if (future.isEnded) return false;
      future.#state.status = status;
      return true;
    };
    return {
      future,
      running: () => void end("running"),
      waiting: () => void end("waiting"),
      resolve(value) {
        if (end("succeeded")) resolve(value);
      },
      reject(error) {
        const cancelled = error instanceof ScalableError && error.code === "E_CANCELLED";
        if (!end(cancelled ? "cancelled" : "failed")) return;
        reject(error);
        if (!cancelled) failed?.(future as Future<unknown>);
      },
      onFailure(listener) {
        failed = listener;
      },
    };
  }

  get status(): FutureStatus {
    return this.#state.status;
  }

  get isEnded(): boolean {
    return this.status !== "waiting" && this.status !== "running";
  }

  /** @internal Whether somebody was told, or will be, of how it ended. */
  get isObserved(): boolean {
    return this.#state.observed;
  }

  // biome-ignore lint/suspicious/noThenProperty: a future is awaited like a promise
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#state.observed = true;
    return this.#promise.then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected);
  }

  finally(ended?: (() => void) | null): Promise<T> {
    this.#state.observed = true;
    return this.#promise.finally(ended);
  }

  /**
   * The result. With `timeout`, it is waited for so many milliseconds; the call goes on beyond.
   *
   * @throws what the call threw; ScalableError with `E_TIMEOUT` where the result is not there in time.
   */
  async result({ timeout }: { readonly timeout?: number } = {}): Promise<T> {
    if (timeout === undefined) return this.then();
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `${this.name} had no result after ${timeout} ms. It goes on; ask again, or cancel() it.`;
      timer = startTimer(timeout, () => reject(new ScalableError("E_TIMEOUT", message)));
    });
    try {
      return await Promise.race([this.then(), late]);
    } finally {
      timer?.stop();
    }
  }

  /** Gives the call up: one that waits is not made, one that runs is ended with its worker. Does nothing at its end. */
  cancel(): void {
    if (!this.isEnded) this.#cancel();
  }
}

/** The end of a call, with its future. */
export type Completed<T> = PromiseSettledResult<T> & { readonly future: Future<T> };

/**
 * The ends of calls, in the order in which they end: `for await (const { value } of asCompleted(futures))`. One that
 * failed has a `reason`, as with `Promise.allSettled`.
 */
export async function* asCompleted<T>(futures: Iterable<Future<T>>): AsyncGenerator<Completed<T>, void, undefined> {
  const ended: Completed<T>[] = [];
  let open = 0;
  let wake: (() => void) | undefined;
  for (const future of futures) {
    open += 1;
    const end = (completed: Completed<T>): void => {
      ended.push(completed);
      wake?.();
    };
    void future.then(
      (value) => end({ status: "fulfilled", value, future }),
      (reason: unknown) => end({ status: "rejected", reason, future }),
    );
  }
  for (; open > 0; open -= 1) {
    while (ended.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const next = ended.shift();
    if (next !== undefined) yield next;
  }
}
