import { createHasher, DIGEST_BYTES, digestOf, type Hasher } from "./hasher.ts";

/** Content longer than this is hashed in segments of this length, so that several cores can share the work. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;

let hasher: Hasher | undefined;
let loading: Promise<void> | undefined;

/** Compiles the hash once in this thread. Everything below needs it. */
export function loadContentHasher(): Promise<void> | undefined {
  if (hasher !== undefined) return undefined;
  loading ??= createHasher(0n).then((created) => {
    hasher = created;
  });
  return loading;
}

/** XXH3-128 with seed 0, which does not depend on `SCALABLE_SEED`. */
export function contentHasher(): Hasher {
  if (hasher === undefined) throw new Error("The hash is used before it was loaded.");
  return hasher;
}

/** The content digest of bytes in memory. */
export function digestContent(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= SEGMENT_BYTES) return digestOf(contentHasher(), bytes);
  const digests: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
    digests.push(digestOf(contentHasher(), bytes.subarray(at, at + SEGMENT_BYTES)));
  }
  return combineSegments(bytes.length, digests);
}

/** The content digest of `length` bytes, from those of its segments. */
export function combineSegments(length: number, digests: readonly Uint8Array[]): Uint8Array {
  const [only] = digests;
  if (digests.length === 1 && only !== undefined) return only;
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(length));
  const state = contentHasher();
  state.init();
  state.update(head);
  for (const digest of digests) state.update(digest);
  return state.digest("binary");
}

/** Where each segment of `length` bytes begins and how long it is. Empty content has one empty segment. */
export function segmentsOf(length: number): { readonly offset: number; readonly length: number }[] {
  const count = Math.max(1, Math.ceil(length / SEGMENT_BYTES));
  return Array.from({ length: count }, (_, place) => {
    const offset = place * SEGMENT_BYTES;
    return { offset, length: Math.min(SEGMENT_BYTES, length - offset) };
  });
}

export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < DIGEST_BYTES; i += 1) if (a[i] !== b[i]) return false;
  return a.length === DIGEST_BYTES && b.length === DIGEST_BYTES;
}
