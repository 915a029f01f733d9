import type { IncomingMessage } from "node:http";
import { messageOf } from "../../../../errors.ts";
import { RemoteError } from "../../remote-error.ts";
import type { Operation } from "../object-store.ts";
import { crc32cIn } from "./crc32c.ts";
import { type GcsApi, pause } from "./gcs-api.ts";

/** A connection that breaks so often, without a byte in between, is not made again. */
const BREAKS = 3;

/** Bytes `from` to `to` (exclusive) of one generation of an object, of which the body has begun to arrive. */
export interface Opened {
  readonly from: number;
  readonly to: number;
  /** Bytes of the whole object. */
  readonly total: number;
  readonly generation: string | undefined;
  /** Of the whole object, if known. */
  readonly crc32c: string | undefined;
  /** Undefined where there is nothing to read. */
  readonly body: IncomingMessage | undefined;
}

export interface Extent {
  readonly from: number;
  /** Exclusive; all the rest where it is undefined. */
  readonly to?: number;
  /** Of this generation only. */
  readonly generation?: string | undefined;
}

/** Another object took the name while this one was read, or it was deleted. */
export class Replaced extends Error {
  override readonly name = "Replaced";
}

/**
 * Begins to read an object; undefined where there is none.
 *
 * @throws Replaced where the generation that was asked for is gone.
 */
export async function openObject(
  api: GcsApi,
  name: string,
  { from, to, generation }: Extent,
  operation: Operation,
): Promise<Opened | undefined> {
  const whole = from === 0 && to === undefined;
  const answer = await api.send(
    {
      method: "GET",
      name,
      query: { alt: "media", ...(generation === undefined ? {} : { generation }) },
      headers: whole ? {} : { range: `bytes=${from}-${to === undefined ? "" : to - 1}` },
      expected: [404, 416],
    },
    operation,
  );
  const { status, headers, body } = answer;
  if (status === 404 && generation !== undefined) throw new Replaced();
  if (status === 404) return undefined;
  const has = {
    generation: headers["x-goog-generation"]?.toString(),
    crc32c: crc32cIn(headers["x-goog-hash"]),
  };
  const span = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(headers["content-range"] ?? "");
  const total = Number(span?.[3] ?? headers["content-length"] ?? Number.NaN);
  // No byte of an empty object can be asked for.
  if (status === 416 && from === 0) return { ...has, from, to: 0, total: 0, body: undefined };
  const [start, end] = status === 206 ? [Number(span?.[1]), Number(span?.[2]) + 1] : [0, total];
  const wanted = status === 206 ? Math.min(to ?? total, total) : total;
  if (start !== from || end !== wanted || !Number.isSafeInteger(total)) {
    body.destroy();
    throw new RemoteError("unsupported", `${api.remote}: the server does not answer requests for a part of an object.`);
  }
  return { ...has, from, to: end, total, body };
}

/** What was opened, to its end, however often the connection breaks. */
export async function* readOpened(
  api: GcsApi,
  name: string,
  opened: Opened,
  operation: Operation,
): AsyncGenerator<Uint8Array, void> {
  const { to, generation } = opened;
  let at = opened.from;
  let body = opened.body;
  for (let breaks = 0; ; ) {
    const before = at;
    let trouble: unknown = "it ended too early";
    try {
      for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
        at += chunk.length;
        operation.progress(chunk.length);
        yield chunk;
      }
    } catch (error) {
      if (operation.signal.aborted) throw operation.signal.reason;
      trouble = error;
    } finally {
      body?.destroy();
    }
    if (at === to) return;
    breaks = at > before ? 0 : breaks + 1;
    // Without a generation, what comes next may belong to another object of that name.
    if (breaks === BREAKS || generation === undefined || at > to) {
      const why = messageOf(trouble);
      throw new RemoteError("unreachable", `${api.remote}: "${name}" cannot be read to its end (${why}).`, trouble);
    }
    await pause(breaks + 1, operation.signal);
    body = (await openObject(api, name, { from: at, to, generation }, operation))?.body;
  }
}

const VERSIONS = 3;

/** Reads again, from the beginning, where the object was replaced meanwhile: no two versions are ever mixed. */
export async function readVersion<T>(api: GcsApi, name: string, read: () => Promise<T>): Promise<T> {
  for (let versions = 1; ; versions += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Replaced)) throw error;
      if (versions === VERSIONS) {
        throw new RemoteError("other", `${api.remote}: "${name}" was replaced ${versions} times while it was read.`);
      }
    }
  }
}
