import { RemoteError } from "../../remote-error.ts";
import type { Operation } from "../object-store.ts";
import type { Bucket } from "./bucket.ts";
import { type Body, openBody, type Range } from "./open-body.ts";

/** How often a body may break off without one more byte. */
const BREAKS = 3;

export interface Receiving {
  readonly range: Range;
  /** The version that is read. */
  readonly etag: string | undefined;
  /** What has begun to arrive already, from the beginning of the range on. */
  readonly opened?: Body;
  readonly write: (chunk: Uint8Array, at: number) => Promise<void> | void;
  readonly operation: Operation;
}

/** Thrown where the object is not the one any more that was begun with. */
export class ObjectChanged extends Error {}

/** Reads a range of an object to its end, and goes on from where it broke off. */
export async function receive(bucket: Bucket, name: string, options: Receiving): Promise<void> {
  const { range, etag, operation } = options;
  const { until } = range;
  let at = range.from;
  let breaks = 0;
  let body: Body | undefined = options.opened;
  while (at < until || body !== undefined) {
    body ??= await reopen(bucket, name, { range: { from: at, until }, etag, operation });
    const before = at;
    const { end, broken } = await readOn(body, { ...options, at });
    body = undefined;
    at = end;
    breaks = at > before ? 0 : breaks + 1;
    if (at < until && breaks === BREAKS) throw cutOff(bucket, name, broken);
  }
}

interface Position extends Receiving {
  readonly at: number;
}

/** Reads until the end of a body or until it breaks off, and says where that was. */
async function readOn(
  { stream }: Body,
  { at, range, write, operation }: Position,
): Promise<{ readonly end: number; readonly broken?: unknown }> {
  const { signal, progress } = operation;
  const stop = (): unknown => stream.destroy();
  signal.addEventListener("abort", stop, { once: true });
  const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  let end = at;
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await chunks.next();
      } catch (broken) {
        signal.throwIfAborted();
        return { end, broken };
      }
      signal.throwIfAborted();
      if (next.done === true) return { end };
      const wanted = next.value.subarray(0, range.until - end);
      if (wanted.length === 0) return { end };
      await write(wanted, end);
      end += wanted.length;
      progress(wanted.length);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stream.destroy();
  }
}

async function reopen(
  bucket: Bucket,
  name: string,
  request: { readonly range: Range; readonly etag: string | undefined; readonly operation: Operation },
): Promise<Body> {
  const body = await openBody(bucket, name, request);
  if (body === undefined || body === "changed") throw new ObjectChanged();
  if (body.from === request.range.from) return body;
  body.stream.destroy();
  const what = `the server ignored that only a part of ${name} was asked for`;
  throw new RemoteError("unsupported", `${bucket.connection.location.url}: ${what}: use one that knows Range`);
}

function cutOff({ connection }: Bucket, name: string, cause: unknown): RemoteError {
  const what = `the connection was cut ${BREAKS} times in a row while ${name} was read`;
  return new RemoteError(
    "unreachable",
    `${connection.location.url}: ${what}: check the network, or the proxy in between`,
    cause,
  );
}
