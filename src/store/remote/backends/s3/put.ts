import { setTimeout } from "node:timers/promises";
import { RemoteError } from "../../remote-error.ts";
import type { Content, Operation, PutOptions } from "../object-store.ts";
import { answeredStatus } from "./ask.ts";
import type { Bucket } from "./bucket.ts";
import { head } from "./head.ts";
import { md5Of } from "./piece.ts";
import { putInParts } from "./put-in-parts.ts";
import { sendPiece } from "./send-piece.ts";
import type { Whole } from "./whole.ts";

/** No larger content goes past the client. */
const SMALL = 256 * 1024;

/** What is larger goes in several parts, which costs two requests more. */
const SINGLE = 32 * 1024 * 1024;

/** How often a create is tried that met another change of the same object. */
const TRIES = 4;

export interface PutRequest extends PutOptions {
  readonly content: Content;
  readonly operation: Operation;
}

/** Writes an object: over what is there, or only where there is none. */
export async function put(
  bucket: Bucket,
  name: string,
  { content, when = "always", operation }: PutRequest,
): Promise<"stored" | "exists"> {
  const bytes = content instanceof Uint8Array ? content.byteLength : content.bytes;
  if (content instanceof Uint8Array && bytes <= SMALL) {
    const headers = { "content-length": String(bytes), ...(when === "absent" ? { "if-none-match": "*" } : {}) };
    const quick = await bucket.direct.ask({ method: "PUT", name, body: content, headers, most: 0 }, operation);
    if (quick?.status === 200) return "stored";
    if (quick?.status === 412 && when === "absent") return "exists";
  }
  if (when === "absent") {
    return await create(bucket, { name, content, bytes, condition: { IfNoneMatch: "*" } }, operation);
  }
  await write(bucket, { name, content, bytes, condition: {} }, operation);
  return "stored";
}

async function create(bucket: Bucket, whole: Whole, operation: Operation): Promise<"stored" | "exists"> {
  // The server decides once it has all of it, and some know no condition for what comes in parts. It is asked before much
  // is sent for nothing.
  if (whole.bytes > SINGLE && (await head(bucket, whole.name, operation)) !== undefined) return "exists";
  for (let tries = 1; ; tries += 1) {
    try {
      await write(bucket, whole, operation);
      return "stored";
    } catch (error) {
      const status = answeredStatus(error);
      if (status === 412) return "exists";
      if (status === 501) throw noConditions(bucket, error);
      // Another one writes or deletes it at this moment, and may fail yet.
      if (status !== 409 || tries === TRIES) throw error;
      await setTimeout(100 * tries);
      operation.signal.throwIfAborted();
    }
  }
}

async function write(bucket: Bucket, whole: Whole, operation: Operation): Promise<void> {
  const { name, condition, content, bytes } = whole;
  if (bytes > SINGLE) return await putInParts(bucket, whole, operation);
  const { connection, target } = bucket;
  const { s3, client } = connection;
  const piece = { content, from: 0, bytes };
  const ContentMD5 = await md5Of(piece);
  const command = new s3.PutObjectCommand({ ...target(name), ...condition, ContentLength: bytes, ContentMD5 });
  await sendPiece(connection, { command, piece, send: (options) => client.send(command, options) }, operation);
}

function noConditions({ connection }: Bucket, cause: unknown): RemoteError {
  const what = "the server cannot write an object only where there is none (If-None-Match)";
  return new RemoteError("unsupported", `${connection.location.url}: ${what}: use one that can, or mode=read`, cause);
}
