import fs, { type BigIntStats } from "node:fs";
import { contentHasher } from "./content.ts";
import { DIGEST_BYTES } from "./hasher.ts";
import { sameStamp } from "./memo.ts";
import { describeKind, kindError } from "./observed.ts";

const CHUNK_BYTES = 1024 * 1024;
/** How often a file that changes while it is read is read again. */
const ATTEMPTS = 3;
// Without O_NONBLOCK, opening a FIFO that took the file's place would wait for a writer.
const OPEN_FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);
/** For a path that was a file when its folder was listed. */
export const NOT_THROUGH_LINKS = OPEN_FLAGS | (fs.constants.O_NOFOLLOW ?? 0);
/** Longer files are read by several threads. */
export const LARGE_BYTES = 8 * 1024 * 1024;

/** The content of a file as it was read, with its metadata at that time. */
export interface FileContent {
  readonly digest: Uint8Array;
  readonly stat: BigIntStats;
  /** Whether the metadata stayed as it was while the file was read. */
  readonly steady: boolean;
}

/** Reads content by a descriptor; undefined where the file ended early. */
type ReadContent = (fd: number, size: number) => Promise<Uint8Array | undefined>;

/**
 * Opens a regular file and gives its descriptor and metadata to `use`, which closes it.
 *
 * @param file - the path; a `Buffer` where the name is not UTF-8.
 * @throws the system's error where the file cannot be opened; `E_FILE_KIND` where it is no regular file.
 */
export function openFile(
  file: string | Buffer,
  flags = OPEN_FLAGS,
): { readonly fd: number; readonly stat: BigIntStats } {
  const fd = fs.openSync(file, flags);
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw kindError(String(file), describeKind(stat));
    return { fd, stat };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** Reads an open file in this thread, again where it changed meanwhile, and closes it. */
export function readHere(fd: number, first: BigIntStats): FileContent {
  try {
    let stat = first;
    for (let attempt = 1; ; attempt += 1) {
      const content = judge(fd, stat, digestRange(fd, 0, Number(stat.size)));
      if (content.steady || attempt >= ATTEMPTS) return content;
      stat = fs.fstatSync(fd, { bigint: true });
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** The same, with `read` doing the reading elsewhere. */
export async function readElsewhere(fd: number, first: BigIntStats, read: ReadContent): Promise<FileContent> {
  try {
    let stat = first;
    for (let attempt = 1; ; attempt += 1) {
      const content = judge(fd, stat, await read(fd, Number(stat.size)));
      if (content.steady || attempt >= ATTEMPTS) return content;
      stat = fs.fstatSync(fd, { bigint: true });
    }
  } finally {
    fs.closeSync(fd);
  }
}

function judge(fd: number, before: BigIntStats, digest: Uint8Array | undefined): FileContent {
  const steady = digest !== undefined && sameStamp(before, fs.fstatSync(fd, { bigint: true }));
  return { digest: digest ?? new Uint8Array(DIGEST_BYTES), stat: before, steady };
}

let scratch: Buffer | undefined;

/**
 * Digest of the bytes from `offset` on, read in chunks of 1 MiB.
 *
 * @returns undefined where the file ends early, as it shrank while it was read, or is not empty as it claims.
 */
export function digestRange(fd: number, offset: number, length: number): Uint8Array | undefined {
  scratch ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
  // Files under /proc, and some on remote file systems, claim to be empty and are not.
  if (length === 0 && fs.readSync(fd, scratch, 0, 1, offset) > 0) return undefined;
  const hasher = contentHasher();
  hasher.init();
  for (let done = 0; done < length; ) {
    const count = fs.readSync(fd, scratch, 0, Math.min(CHUNK_BYTES, length - done), offset + done);
    if (count === 0) return undefined;
    hasher.update(count === CHUNK_BYTES ? scratch : scratch.subarray(0, count));
    done += count;
  }
  return hasher.digest("binary");
}
