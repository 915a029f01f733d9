import pLimit from "p-limit";
import { LeftAlone } from "./access.ts";
import type { Uploaded } from "./upload-entry.ts";

/** Entries that are uploaded at once. */
const AT_ONCE = 8;
/** How often one is tried that failed, in all. */
const TRIES = 3;

export interface UploadJob {
  readonly key: string;
  readonly functionName: string;
  readonly how: "missing" | "again";
}

export interface UploadCounts {
  /** Uploads that are not at their end. */
  readonly open: number;
  readonly uploaded: number;
  readonly bytes: number;
  /** Those that were given up. */
  readonly left: number;
}

/** What an upload came to. Nothing is uploaded where the entry is not in the local store any more. */
export type UploadEnd = { readonly uploaded: Uploaded | undefined } | { readonly error: unknown };

interface Options {
  readonly upload: (job: UploadJob) => Promise<Uploaded | undefined>;
  /** Whether the remote takes uploads at present. */
  readonly usable: () => boolean;
  readonly ended: (job: UploadJob, end: UploadEnd, ms: number) => void;
}

/**
 * Uploads that run behind the computation. What cannot be uploaded is not lost: it is in the local store, and a later
 * `scalable cache push` finds it there.
 */
export class Uploads {
  readonly #options: Options;
  readonly #limit = pLimit(AT_ONCE);
  readonly #open = new Map<string, UploadJob>();
  /** What failed, with how often it was tried. */
  readonly #left = new Map<string, { readonly job: UploadJob; readonly tries: number }>();
  #uploaded = 0;
  #bytes = 0;
  readonly #whenIdle: (() => void)[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  get counts(): UploadCounts {
    return { open: this.#open.size, uploaded: this.#uploaded, bytes: this.#bytes, left: this.#left.size };
  }

  /** Whether an entry is to be uploaded, or is being uploaded. */
  isOpen(key: string): boolean {
    return this.#open.has(key);
  }

  add(job: UploadJob, tries = 0): void {
    const waiting = this.#open.get(job.key);
    if (waiting !== undefined && (waiting.how === "again" || job.how === "missing")) return;
    this.#left.delete(job.key);
    this.#open.set(job.key, job);
    void this.#limit(() => this.#run(job, tries + 1));
  }

  /**
   * Resolves when nothing is open any more. What failed before is tried once more first, where the remote takes uploads
   * again.
   */
  async flush(): Promise<UploadCounts> {
    if (this.#options.usable()) {
      for (const { job, tries } of [...this.#left.values()]) if (tries < TRIES) this.add(job, tries);
    }
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    return this.counts;
  }

  async #run(job: UploadJob, tries: number): Promise<void> {
    const startedAt = performance.now();
    try {
      const uploaded = await this.#options.upload(job);
      this.#left.delete(job.key);
      if (uploaded !== undefined) {
        this.#uploaded += 1;
        this.#bytes += uploaded.bytes;
      }
      this.#options.ended(job, { uploaded }, performance.now() - startedAt);
    } catch (error) {
      this.#left.set(job.key, { job, tries: error instanceof LeftAlone ? tries - 1 : tries });
      this.#options.ended(job, { error }, performance.now() - startedAt);
    } finally {
      if (this.#open.get(job.key) === job) this.#open.delete(job.key);
      if (this.#open.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
  }
}
