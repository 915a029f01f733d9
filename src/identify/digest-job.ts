import { matchesPacked } from "./memo.ts";
import { digestRange, openFile, readHere } from "./reader.ts";

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
  return job.paths.map((path, place) => {
    // A Buffer arrives in another thread as a plain Uint8Array.
    const { fd, stat } = openFile(typeof path === "string" ? path : Buffer.from(path));
    const content = readHere(fd, stat);
    return content.steady && matchesPacked(job.stamps, place, content.stat) ? content.digest : undefined;
  });
}
