import type { BigIntStats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Job } from "./job.ts";
import { inBackground } from "./system-calls.ts";

/** An open file of the shared folder. */
export class SharedFile {
  readonly #handle: FileHandle;
  readonly #job: Job;
  /** Calls under way, also those that nobody waits for any more. */
  readonly #calls = new Set<Promise<unknown>>();

  private constructor(handle: FileHandle, job: Job) {
    this.#handle = handle;
    this.#job = job;
  }

  /** @param onLate - what to do where the file was opened only after the operation had been aborted. */
  static async open(
    file: string,
    flags: string | number,
    { job, onLate }: { readonly job: Job; readonly onLate?: () => Promise<void> },
  ): Promise<SharedFile> {
    const handle = await job.call(
      () => open(file, flags),
      (late) => void inBackground(() => late.close()).then(onLate),
    );
    return new SharedFile(handle, job);
  }

  stat(): Promise<BigIntStats> {
    return this.#call(() => this.#handle.stat({ bigint: true }));
  }

  /** Fills `into` from `position` on; false where the file ends before. */
  async read(into: Uint8Array, position: number): Promise<boolean> {
    for (let done = 0; done < into.length; ) {
      const from = done;
      const { bytesRead } = await this.#call(() => this.#handle.read(into, from, into.length - from, position + from));
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return true;
  }

  async append(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.length; ) {
      const from = done;
      // Half-written content on a full disk is an error of the next write, not of this one.
      const { bytesWritten } = await this.#call(() => this.#handle.write(piece, from));
      done += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.#call(() => this.#handle.sync());
  }

  /**
   * A descriptor is given back only when no call uses it any more: the next file that is opened gets the same number, and
   * an abandoned write would go there.
   */
  close(): Promise<void> {
    const closed = Promise.allSettled(this.#calls).then(() => inBackground(() => this.#handle.close()));
    return this.#job.wait(closed);
  }

  #call<T>(task: () => Promise<T>): Promise<T> {
    return this.#job.call(() => {
      const call = task().finally(() => this.#calls.delete(call));
      this.#calls.add(call);
      return call;
    });
  }
}
