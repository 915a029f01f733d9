import { type FileHandle, open } from "node:fs/promises";
import { RemoteError } from "../../remote-error.ts";
import type { Operation } from "../object-store.ts";
import { Crc32c } from "./crc32c.ts";
import type { GcsApi } from "./gcs-api.ts";
import { checkCrc } from "./get-object.ts";
import { inParallel } from "./in-parallel.ts";
import { type Opened, openObject, readOpened, readVersion } from "./reading.ts";

const MIB = 1024 * 1024;
/** An object of at most so many bytes comes in one piece. */
const PART = 16 * MIB;
const PARTS_AT_ONCE = 4;

interface Download {
  readonly api: GcsApi;
  readonly name: string;
  readonly handle: FileHandle;
}

/** An object of any size, into a file; undefined where there is none. */
export function downloadObject(
  api: GcsApi,
  name: string,
  file: string,
  operation: Operation,
): Promise<number | undefined> {
  return readVersion(api, name, async () => {
    const opened = await openObject(api, name, { from: 0, to: PART }, operation);
    if (opened === undefined) return undefined;
    let handle: FileHandle;
    try {
      handle = await open(file, "w");
    } catch (error) {
      opened.body?.destroy();
      throw error;
    }
    try {
      const download = { api, name, handle };
      if (opened.to < opened.total) await loadParts(download, opened, operation);
      else await loadWhole(download, opened, operation);
    } finally {
      await handle.close();
    }
    return opened.total;
  });
}

async function loadWhole(download: Download, opened: Opened, operation: Operation): Promise<void> {
  const crc = await Crc32c.create();
  await save(download, opened, { operation, seen: (chunk) => crc.update(chunk) });
  checkCrc(download.api, download.name, opened, crc);
}

/** The part that was opened, and all others of the same generation. */
async function loadParts(download: Download, opened: Opened, operation: Operation): Promise<void> {
  const { total, generation } = opened;
  if (generation === undefined) {
    opened.body?.destroy();
    throw new RemoteError(
      "unsupported",
      `${download.api.remote}: the server does not say which generation an object has.`,
    );
  }
  let next = opened.to;
  await inParallel(PARTS_AT_ONCE, operation, async (inner, worker) => {
    if (worker === 0) await save(download, opened, { operation: inner });
    while (next < total) {
      const from = next;
      const to = Math.min(from + PART, total);
      next = to;
      const part = await openObject(download.api, download.name, { from, to, generation }, inner);
      if (part !== undefined) await save(download, part, { operation: inner });
    }
  });
}

async function save(
  { api, name, handle }: Download,
  opened: Opened,
  { operation, seen }: { readonly operation: Operation; readonly seen?: (chunk: Uint8Array) => void },
): Promise<void> {
  let at = opened.from;
  for await (const chunk of readOpened(api, name, opened, operation)) {
    seen?.(chunk);
    for (let written = 0; written < chunk.length; ) {
      written += (await handle.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
    }
    at += chunk.length;
  }
}
