import { open, rm } from "node:fs/promises";
import type { Downloading, Operation } from "../object-store.ts";
import { BlockWriter } from "./block-writer.ts";
import type { Bucket } from "./bucket.ts";
import { inParts } from "./in-parts.ts";
import { type Body, changed, openBody, type Range } from "./open-body.ts";
import { ObjectChanged, receive } from "./receive.ts";

const MIB = 1024 * 1024;

/** Asked for first, as nobody knows yet how much there is. Most objects are smaller, and take one request. */
const FIRST = 16 * MIB;
const PART = 8 * MIB;

/** How often it is begun with anew where the object was replaced meanwhile. */
const TRIES = 5;

export interface DownloadOptions {
  readonly file: string;
  readonly operation: Downloading;
}

/** Writes an object into a file. @returns its bytes; undefined where there is none. */
export async function download(bucket: Bucket, name: string, options: DownloadOptions): Promise<number | undefined> {
  const { file, operation } = options;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const first = await openBody(bucket, name, { range: { from: 0, until: FIRST }, operation });
    if (first === undefined) {
      if (tries > 1) await rm(file, { force: true });
      return undefined;
    }
    if (first === "changed") continue;
    try {
      // Another version would be mixed with what was seen of the first one.
      const { seen } = tries === 1 ? operation : {};
      await writeAll(bucket, name, { ...options, first, seen });
      return first.total;
    } catch (error) {
      if (!(error instanceof ObjectChanged)) throw error;
    } finally {
      first.stream.destroy();
    }
  }
  throw changed(bucket, name);
}

interface Part {
  readonly range: Range;
  readonly opened?: Body;
}

async function writeAll(
  bucket: Bucket,
  name: string,
  { first, file, seen, operation }: DownloadOptions & { readonly first: Body; readonly seen: Downloading["seen"] },
): Promise<void> {
  const handle = await open(file, "w");
  try {
    const work = async ({ range, opened }: Part, operation: Operation): Promise<void> => {
      const writer = new BlockWriter(handle, range.from);
      const write = (chunk: Uint8Array, at: number): Promise<void> => {
        seen?.(chunk, at);
        return writer.write(chunk);
      };
      const begun = opened === undefined ? {} : { opened };
      try {
        await receive(bucket, name, { range, ...begun, etag: first.etag, write, operation });
        await writer.end();
      } finally {
        await writer.idle();
      }
    };
    await inParts(partsOf(first), work, { lanes: bucket.lanes, operation });
  } finally {
    await handle.close();
  }
}

function partsOf(first: Body): readonly Part[] {
  const parts: Part[] = [{ range: { from: 0, until: Math.min(FIRST, first.total) }, opened: first }];
  for (let from = FIRST; from < first.total; from += PART) {
    parts.push({ range: { from, until: Math.min(from + PART, first.total) } });
  }
  return parts;
}
