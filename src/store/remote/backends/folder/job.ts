import type { Operation } from "../object-store.ts";
import { whenFree } from "./system-calls.ts";

/** A failure of this machine's own files, not of the shared folder. */
class Elsewhere {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * The system calls of one operation. When the operation is aborted, whoever waits for one of them learns it at once; the
 * call itself may go on in its thread, since nothing can stop it.
 */
export class Job {
  readonly #operation: Operation;
  readonly #waiting = new Set<() => void>();
  readonly #onAbort = (): void => {
    for (const abandon of this.#waiting) abandon();
  };

  private constructor(operation: Operation) {
    this.#operation = operation;
    operation.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** @param translate - what a failed call on the shared folder is thrown as. */
  static async run<T>(
    operation: Operation,
    translate: (error: unknown) => unknown,
    task: (job: Job) => Promise<T>,
  ): Promise<T> {
    operation.signal.throwIfAborted();
    const job = new Job(operation);
    try {
      return await task(job);
    } catch (error) {
      if (operation.signal.aborted) throw operation.signal.reason;
      throw error instanceof Elsewhere ? error.error : translate(error);
    } finally {
      operation.signal.removeEventListener("abort", job.#onAbort);
    }
  }

  get signal(): AbortSignal {
    return this.#operation.signal;
  }

  progress(bytes: number): void {
    if (!this.signal.aborted) this.#operation.progress(bytes);
  }

  /**
   * A call on the shared folder.
   *
   * @param late - is given what came of it after the operation was aborted.
   */
  call<T>(task: () => Promise<T>, late?: (result: T) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let abandoned = false;
      const abandon = (): void => {
        abandoned = true;
        reject(this.signal.reason);
      };
      if (this.signal.aborted) {
        abandon();
        return;
      }
      this.#waiting.add(abandon);
      whenFree(() => {
        if (abandoned) return undefined;
        return task()
          .then((result) => {
            if (abandoned) late?.(result);
            else resolve(result);
          }, reject)
          .finally(() => this.#waiting.delete(abandon));
      });
    });
  }

  /** Waits for what goes on by itself, as long as the operation is not aborted. */
  wait<T>(running: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const abandon = (): void => reject(this.signal.reason);
      if (this.signal.aborted) abandon();
      else this.#waiting.add(abandon);
      void running.then(resolve, reject).finally(() => this.#waiting.delete(abandon));
    });
  }

  /** A call on a file of this machine. Its failure says nothing about the shared folder, and is thrown as it is. */
  async elsewhere<T>(task: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    try {
      return await task();
    } catch (error) {
      throw new Elsewhere(error);
    }
  }
}
