import path from "node:path";
import { toHex } from "../../identify/hasher.ts";

/** Where everything is in a cache folder. See docs/formats/store.md. */
export interface Layout {
  readonly dir: string;
  readonly index: string;
  readonly staging: string;
}

export function layoutOf(dir: string): Layout {
  return { dir, index: path.join(dir, "cache.db"), staging: path.join(dir, "tmp") };
}

/** Path of a blob, relative to the cache folder. */
export function blobPath(digest: Uint8Array): string {
  const hex = toHex(digest);
  return path.join(hex.slice(0, 2), hex.slice(2));
}

export const SHARD = /^[0-9a-f]{2}$/;
export const BLOB = /^[0-9a-f]{30}$/;
