import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { combineSegments, segmentsOf } from "./content.ts";
import { type DigestJob, type DigestResult, type FilesRead, runDigestJob } from "./digest-job.ts";

export type WorkerAnswer =
  | { readonly result: DigestResult }
  | { readonly error: string; readonly fields: Readonly<Record<string, unknown>> };

interface Pending {
  readonly job: DigestJob;
  readonly resolve: (result: DigestResult) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_WORKERS = 8;
const WORKER_FILE = new URL(
  import.meta.url.endsWith(".ts") ? "./digest-worker.ts" : "./digest-worker.js",
  import.meta.url,
);

/** Threads that hash files. They start when they are first needed, and do not keep the process alive. */
class DigestPool {
  readonly #queue: Pending[] = [];
  readonly #workers = new Map<Worker, Pending | undefined>();
  #usable = true;

  run(job: DigestJob): Promise<DigestResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#usable ? (this.#idle() ?? this.#start()) : undefined;
      if (worker === undefined && this.#usable) return; // All are busy; the next answer leads here again.
      const pending = this.#queue.shift();
      if (pending === undefined) return;
      if (worker === undefined) runHere(pending);
      else {
        this.#workers.set(worker, pending);
        worker.ref();
        worker.postMessage(pending.job);
      }
    }
  }

  #idle(): Worker | undefined {
    for (const [worker, pending] of this.#workers) if (pending === undefined) return worker;
    return undefined;
  }

  #start(): Worker | undefined {
    if (this.#workers.size >= Math.min(MAX_WORKERS, availableParallelism())) return undefined;
    let worker: Worker;
    try {
      worker = new Worker(WORKER_FILE, { env: {} });
    } catch {
      this.#usable = false;
      return undefined;
    }
    this.#workers.set(worker, undefined);
    worker.on("message", (answer: WorkerAnswer) => {
      const pending = this.#release(worker);
      if ("error" in answer) pending?.reject(Object.assign(new Error(answer.error), answer.fields));
      else pending?.resolve(answer.result);
      this.#dispatch();
    });
    // Where threads cannot run (a bundle without the worker's file, say), the work is done here instead.
    worker.on("error", () => {
      this.#usable = false;
      const pending = this.#release(worker);
      this.#workers.delete(worker);
      if (pending !== undefined) this.#queue.unshift(pending);
      this.#dispatch();
    });
    return worker;
  }

  #release(worker: Worker): Pending | undefined {
    const pending = this.#workers.get(worker);
    this.#workers.set(worker, undefined);
    worker.unref();
    return pending;
  }
}

function runHere({ job, resolve, reject }: Pending): void {
  try {
    resolve(runDigestJob(job));
  } catch (error) {
    reject(error);
  }
}

const pool = new DigestPool();

/** Content digest of a large open file, read by several threads; undefined where it is shorter than `size`. */
export async function digestLarge(fd: number, size: number): Promise<Uint8Array | undefined> {
  const jobs = segmentsOf(size).map(({ offset, length }) => pool.run({ kind: "range", fd, offset, length }));
  // All must end before the descriptor may be closed, also where one fails.
  const ended = await Promise.allSettled(jobs);
  const digests: Uint8Array[] = [];
  for (const segment of ended) {
    if (segment.status === "rejected") throw segment.reason;
    if (!(segment.value instanceof Uint8Array)) return undefined;
    digests.push(segment.value);
  }
  return combineSegments(size, digests);
}

/** Reads files in another thread. */
export function readFiles(paths: readonly (string | Buffer)[]): Promise<FilesRead> {
  return pool.run({ kind: "files", paths }) as Promise<FilesRead>;
}
