import fs from "node:fs";
import { digestRange, OPEN_FLAGS } from "./reader.ts";
import { StampList } from "./stamps.ts";

/** Work that can be done in any thread. */
export type DigestJob =
  /** A range of a file that this process has open: descriptors are shared by all threads of a process. */
  | { readonly kind: "range"; readonly fd: number; readonly offset: number; readonly length: number }
  /** Small files, each with the metadata that it had when it was listed. */
  | { readonly kind: "files"; readonly paths: readonly (string | Uint8Array)[]; readonly stamps: BigInt64Array };

/** One digest for a range, or one for each file; undefined where the file was not as it had been before. */
export type DigestResult = readonly (Uint8Array | undefined)[];

export function runDigestJob(job: DigestJob): DigestResult {
  if (job.kind === "range") return [digestRange(job.fd, job.offset, job.length)];
  const stamps = new StampList(job.stamps);
  return job.paths.map((path, place) => {
    // A Buffer arrives in another thread as a plain Uint8Array.
    return readListed(typeof path === "string" ? path : Buffer.from(path), stamps, place);
  });
}

/** Reads a file that was listed before; what it was then, it must still be when it has been read. */
function readListed(path: string | Buffer, stamps: StampList, place: number): Uint8Array | undefined {
  const fd = fs.openSync(path, OPEN_FLAGS);
  try {
    const digest = digestRange(fd, 0, stamps.sizeAt(place));
    return stamps.matches(place, fs.fstatSync(fd, { bigint: true })) ? digest : undefined;
  } finally {
    fs.closeSync(fd);
  }
}
