import fs from "node:fs";
import { DIGEST_BYTES } from "./hasher.ts";
import { digestRange, LARGE_BYTES, NOT_THROUGH_LINKS, openFile } from "./reader.ts";
import { StampList } from "./stamps.ts";

/** Work that can be done in any thread. */
export type DigestJob =
  /** A range of a file that this process has open: descriptors are shared by all threads of a process. */
  | { readonly kind: "range"; readonly fd: number; readonly offset: number; readonly length: number }
  /** Files to be read whole. */
  | { readonly kind: "files"; readonly paths: readonly (string | Uint8Array)[] };

/** How the reading of one file ended. */
export const READ = {
  /** Its metadata changed meanwhile. */
  unsteady: 0,
  steady: 1,
  /** It was not read: it is long enough for several threads. */
  large: 2,
} as const;

/** What was read of some files, in their order. */
export interface FilesRead {
  /** The metadata that each had before it was read, as fields of a {@link StampList}. */
  readonly stamps: BigInt64Array<ArrayBuffer>;
  readonly digests: Uint8Array<ArrayBuffer>;
  /** Of {@link READ}. */
  readonly ends: Uint8Array<ArrayBuffer>;
}

/** A digest; undefined where the file is shorter than the range. */
export type DigestResult = Uint8Array | FilesRead | undefined;

export function runDigestJob(job: DigestJob): DigestResult {
  return job.kind === "range" ? digestRange(job.fd, job.offset, job.length) : readFiles(job.paths);
}

/** The memory of a result, which goes from thread to thread without a copy. */
export function transferable(result: DigestResult): ArrayBuffer[] {
  if (result === undefined || result instanceof Uint8Array) return [];
  return [result.stamps.buffer, result.digests.buffer, result.ends.buffer];
}

function readFiles(paths: readonly (string | Uint8Array)[]): FilesRead {
  const before = StampList.of(paths.length);
  const after = new StampList();
  after.add();
  const digests = new Uint8Array(paths.length * DIGEST_BYTES);
  const ends = new Uint8Array(paths.length);
  for (const [place, path] of paths.entries()) {
    // A Buffer arrives in another thread as a plain Uint8Array.
    const { fd, stat } = openFile(typeof path === "string" ? path : Buffer.from(path), NOT_THROUGH_LINKS);
    try {
      before.set(place, stat);
      if (stat.size > LARGE_BYTES) {
        ends[place] = READ.large;
        continue;
      }
      const digest = digestRange(fd, 0, Number(stat.size));
      after.set(0, fs.fstatSync(fd, { bigint: true }));
      if (digest === undefined || !before.same(place, after, 0)) continue;
      digests.set(digest, place * DIGEST_BYTES);
      ends[place] = READ.steady;
    } finally {
      fs.closeSync(fd);
    }
  }
  return { stamps: before.fields(), digests, ends };
}
