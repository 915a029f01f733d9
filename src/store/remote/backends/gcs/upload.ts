import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { ScalableError } from "../../../../errors.ts";
import type { Content } from "../object-store.ts";
import type { Crc32c } from "./crc32c.ts";
import type { Body } from "./transport.ts";

const MIB = 1024 * 1024;
/** A file of at most so many bytes is read at once, so that its checksum can be sent ahead and the service compares it. */
const SMALL = 8 * MIB;

/** A file could not be read as announced. Nothing that the service is to blame for. */
function unreadable(file: string, why: string, cause?: unknown): ScalableError {
  return new ScalableError("E_FILE_UNREADABLE", `"${file}" ${why}, so it was not uploaded.`, { path: file }, cause);
}

export interface Upload {
  readonly contentType: string;
  readonly body: Body;
  /** Those of the content. */
  readonly bytes: number;
  /** Of what was sent last, as a whole. */
  readonly crc: { digest(): string };
}

/** The content, in memory where it is small. */
export async function inMemory(content: Content): Promise<Content> {
  if (content instanceof Uint8Array || content.bytes > SMALL) return content;
  const bytes = await readFile(content.file).catch((error: unknown) => {
    throw unreadable(content.file, "cannot be read", error);
  });
  if (bytes.length !== content.bytes) throw unreadable(content.file, "has another size than it had");
  return bytes;
}

/** The body of a multipart upload: what the object is called, then its content. */
export function uploadOf(
  content: Content,
  name: string,
  { writer, crc }: { readonly writer: string; readonly crc: Crc32c },
): Upload {
  const memory = content instanceof Uint8Array;
  if (memory) crc.update(content);
  const metadata = {
    name,
    contentType: "application/octet-stream",
    // Of a bucket that is open to everybody, others may otherwise get an old version for an hour.
    cacheControl: "no-cache",
    metadata: { writer },
    ...(memory ? { crc32c: crc.digest() } : {}),
  };
  const part = (type: string): string => `--${writer}\r\nContent-Type: ${type}\r\n\r\n`;
  const before = Buffer.from(
    `${part("application/json; charset=UTF-8")}${JSON.stringify(metadata)}\r\n${part(metadata.contentType)}`,
  );
  const after = Buffer.from(`\r\n--${writer}--\r\n`);
  const bytes = memory ? content.length : content.bytes;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (memory) {
      // In one piece where it is small: one packet instead of three.
      if (bytes <= MIB) yield Buffer.concat([before, content, after]);
      else yield* [before, content, after];
      return;
    }
    yield before;
    crc.reset();
    for await (const chunk of readAll(content)) {
      crc.update(chunk);
      yield chunk;
    }
    yield after;
  }
  return {
    contentType: `multipart/related; boundary=${writer}`,
    body: { bytes: before.length + bytes + after.length, chunks },
    bytes,
    crc,
  };
}

async function* readAll({ file, bytes }: Exclude<Content, Uint8Array>): AsyncGenerator<Uint8Array> {
  let sent = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: MIB }) as AsyncIterable<Buffer>) {
      sent += chunk.length;
      if (sent > bytes) break;
      yield chunk;
    }
  } catch (error) {
    throw unreadable(file, "cannot be read", error);
  }
  if (sent !== bytes) throw unreadable(file, "has another size than it had");
}
