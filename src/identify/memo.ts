import type { BigIntStats } from "node:fs";

/**
 * Digests of files and folders, kept so that unchanged ones are not read again. What it answers is believed only
 * where the file's metadata is what it was, so losing it costs time and nothing else.
 */
export interface DigestMemo {
  /** What was remembered under `name`, if anything; checked against its own digest. */
  recall(name: string): Uint8Array | undefined;
  remember(name: string, record: Uint8Array): void;
}

/**
 * How old a file's last change must be when its hashing begins, for its digest to be remembered: 2 s.
 *
 * A file that is written again within one tick of the clock behind its timestamps has the same metadata with another
 * content (Git calls such a file racily clean). The coarsest clock in use is that of FAT, with 2 s.
 */
export const SETTLED_MS = 2_000;

/** Whether a file with this metadata, hashed from `startedAt` on, can be told from a later rewrite. */
export function isSettled(stat: { readonly mtimeMs: bigint; readonly ctimeMs: bigint }, startedAt: number): boolean {
  const changed = Number(stat.ctimeMs > stat.mtimeMs ? stat.ctimeMs : stat.mtimeMs);
  return changed + SETTLED_MS < startedAt;
}

/** The metadata that tells one state of a file from another. */
export function stampOf(stat: BigIntStats): readonly bigint[] {
  return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs];
}

export function sameStamp(a: BigIntStats, b: BigIntStats): boolean {
  const stamp = stampOf(b);
  return stampOf(a).every((value, place) => value === stamp[place]);
}
