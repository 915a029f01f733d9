import { createRequire } from "node:module";
import type { createXXHash128, IHasher } from "hash-wasm";

/** Length of a digest in bytes. */
export const DIGEST_BYTES = 16;

/** One XXH3-128 state, used over and over. Not reentrant: a digest is begun, fed and ended without a pause. */
export type Hasher = IHasher;

/** XXH3 with 128 bits and the given 64-bit seed. Compiling takes some milliseconds, so keep what this returns. */
export function createHasher(seed: bigint): Promise<Hasher> {
  // The package's main file holds each of its many algorithms, and would take longer to load than all else together.
  const hashes: { readonly createXXHash128: typeof createXXHash128 } = createRequire(import.meta.url)(
    "hash-wasm/dist/xxhash128.umd.min.js",
  );
  return hashes.createXXHash128(Number(seed & 0xffffffffn), Number(seed >> 32n));
}

/** The digest of `bytes`, 16 bytes long. */
export function digestOf(hasher: Hasher, bytes: Uint8Array): Uint8Array {
  hasher.init();
  hasher.update(bytes);
  return hasher.digest("binary");
}

/** Hexadecimal digits of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
