import fs, { type BigIntStats } from "node:fs";
import path from "node:path";
import { contentHasher, loadContentHasher, sameDigest } from "./content.ts";
import { digestLarge } from "./digest-pool.ts";
import { DIGEST_BYTES } from "./hasher.ts";
import { type DigestMemo, isSettled, sameStamp, stampOf } from "./memo.ts";
import { describeKind, kindError, type Observed, pathError } from "./observed.ts";
import { type FileContent, LARGE_BYTES, openFile, readElsewhere, readHere } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Digest of a file's content. Throws the system's error where it cannot be read. */
export function readContent(file: string | Buffer, flags?: number): FileContent | Promise<FileContent> {
  const { fd, stat } = openFile(file, flags);
  return stat.size > LARGE_BYTES ? readElsewhere(fd, stat, digestLarge) : readHere(fd, stat);
}

const writer = new Writer(() => {
  throw new Error("A name is longer than a name can be.");
});

function fileDigest(name: string, size: number, content: Uint8Array): Uint8Array {
  writer.length = 0;
  writer.ascii("scalable/file/1");
  writer.bytes(Buffer.from(name, "utf8"));
  writer.u64(size);
  writer.raw(content);
  const hasher = contentHasher();
  hasher.init();
  hasher.update(writer.region(0));
  return hasher.digest("binary");
}

const STAMPS = 5;
const RECORD_BYTES = STAMPS * 8 + DIGEST_BYTES;

/**
 * Hashes the file for a key: its base name and its content.
 *
 * @param memo - where digests are remembered; without one the file is read each time.
 * @throws ScalableError with `E_FILE_NOT_FOUND`, `E_FILE_UNREADABLE` or `E_FILE_KIND`.
 */
export async function observeFile(file: string, memo?: DigestMemo): Promise<Observed> {
  const loading = loadContentHasher();
  if (loading !== undefined) await loading;
  const absolute = path.resolve(file);
  const content = await contentOf(file, absolute, memo);
  const size = Number(content.stat.size);
  return {
    digest: fileDigest(path.basename(absolute), size, content.digest),
    async isUnchanged() {
      if (!content.steady) return false;
      try {
        const now = await contentOf(file, absolute, memo);
        return now.steady && sameDigest(now.digest, content.digest) && sameStamp(content.stat, now.stat);
      } catch {
        return false;
      }
    },
  };
}

/**
 * A file's content, from the memo where that knows it.
 *
 * @param file - the path as the user gave it, for errors.
 */
export async function contentOf(file: string, absolute: string, memo: DigestMemo | undefined): Promise<FileContent> {
  try {
    const stat = fs.statSync(absolute, { bigint: true });
    if (stat.isDirectory()) throw kindError(file, "a folder, not a file; declare it as DirType");
    if (!stat.isFile()) throw kindError(file, describeKind(stat));
    const known = memo?.recall(`file ${absolute}`);
    const digest = known === undefined ? undefined : digestIfSame(known, stat);
    if (digest !== undefined) return { digest, stat, steady: true };
    const startedAt = Date.now();
    const content = await readContent(absolute);
    if (memo !== undefined && content.steady && isSettled(content.stat, startedAt)) {
      memo.remember(`file ${absolute}`, recordOf(content));
    }
    return content;
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? pathError(file, error) : error;
  }
}

function recordOf({ stat, digest }: FileContent): Uint8Array {
  const record = Buffer.alloc(RECORD_BYTES);
  stampOf(stat).forEach((value, place) => void record.writeBigInt64LE(BigInt.asIntN(64, value), place * 8));
  record.set(digest, STAMPS * 8);
  return record;
}

function digestIfSame(record: Uint8Array, stat: BigIntStats): Uint8Array | undefined {
  if (record.length !== RECORD_BYTES) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const same = stampOf(stat).every((value, place) => view.getBigInt64(place * 8, true) === BigInt.asIntN(64, value));
  return same ? record.slice(STAMPS * 8) : undefined;
}
