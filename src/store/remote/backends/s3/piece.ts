import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Content } from "../object-store.ts";

/** A range of what is uploaded: what one request carries. */
export interface Piece {
  readonly content: Content;
  readonly from: number;
  readonly bytes: number;
}

/** Small enough to see that it moves where the line is slow. */
const SENT = 256 * 1024;

/** Large enough for few reads. */
const DIGESTED = 1024 * 1024;

/** Its bytes, read anew each time: a piece of a file is never in memory as a whole. */
export async function* chunksOf({ content, from, bytes }: Piece, size: number = SENT): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) {
    for (let at = 0; at < bytes; at += size) {
      yield content.subarray(from + at, from + Math.min(at + size, bytes));
    }
    return;
  }
  const handle = await open(content.file);
  try {
    for (let at = 0; at < bytes; ) {
      const chunk = Buffer.allocUnsafe(Math.min(size, bytes - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, from + at);
      if (bytesRead === 0) throw new Error(`${content.file} became shorter while it was uploaded.`);
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** For `Content-MD5`; undefined where the policy of this machine (FIPS) does not have MD5. */
export async function md5Of(piece: Piece): Promise<string | undefined> {
  const hash = startMd5();
  if (hash === undefined) return undefined;
  for await (const chunk of chunksOf(piece, DIGESTED)) hash.update(chunk);
  return hash.digest("base64");
}

function startMd5(): Hash | undefined {
  try {
    return createHash("md5");
  } catch {
    return undefined;
  }
}
