import { Readable } from "node:stream";
import { RemoteError } from "../../remote-error.ts";
import type { Operation } from "../object-store.ts";
import { answeredStatus, ask, isNoSuchObject } from "./ask.ts";
import type { Bucket } from "./bucket.ts";

/** The content of an object that has begun to arrive. */
export interface Body {
  readonly stream: Readable;
  /** Where in the object it begins. */
  readonly from: number;
  /** Of the whole object. */
  readonly total: number;
  /** Tells one version of the object from another. */
  readonly etag: string | undefined;
}

export interface Range {
  readonly from: number;
  /** The first byte that is not wanted. */
  readonly until: number;
}

export interface BodyRequest {
  /** All of it by default. */
  readonly range?: Range;
  /** Only this version. */
  readonly etag?: string | undefined;
}

/** Asks for the content of an object, or for a range of it. Where there is no such object any more: undefined. */
export async function openBody(
  bucket: Bucket,
  name: string,
  { range, etag, operation }: BodyRequest & { readonly operation: Operation },
): Promise<Body | "changed" | undefined> {
  const { s3, client } = bucket.connection;
  const command = new s3.GetObjectCommand({
    ...bucket.target(name),
    ...(range === undefined ? {} : { Range: `bytes=${range.from}-${range.until - 1}` }),
    ...(etag === undefined ? {} : { IfMatch: etag }),
  });
  try {
    const { Body, ContentRange, ContentLength, ETag } = await ask(
      bucket.connection,
      (options) => client.send(command, options),
      operation,
    );
    if (!(Body instanceof Readable)) throw new Error("The client gave no stream.");
    // Who reads it is told of an error by the iterator; until then, and after, it must not end the process.
    Body.on("error", () => undefined);
    const [, from = "0", total = String(ContentLength)] = /^bytes (\d+)-\d+\/(\d+)$/.exec(ContentRange ?? "") ?? [];
    return { stream: Body, from: Number(from), total: Number(total), etag: ETag };
  } catch (error) {
    if (isNoSuchObject(error)) return undefined;
    const status = answeredStatus(error);
    if (status === 412) return "changed";
    // An empty object has no range, not even one that begins at 0.
    if (status === 416 && range?.from === 0) return await openBody(bucket, name, { etag, operation });
    throw error;
  }
}

/** That no version of an object stayed for long enough. */
export function changed({ connection }: Bucket, name: string): RemoteError {
  return new RemoteError(
    "damaged",
    `${connection.location.url}: ${name} was replaced again and again while it was read.`,
  );
}
