import { RemoteError } from "../../remote-error.ts";
import type { Operation } from "../object-store.ts";
import type { Bucket } from "./bucket.ts";
import type { DirectAnswer } from "./direct.ts";
import { changed, openBody } from "./open-body.ts";
import { ObjectChanged, receive } from "./receive.ts";

/** How often it is begun with anew where the object was replaced meanwhile. */
const TRIES = 5;

export interface GetOptions {
  /** An object of more bytes is an error. */
  readonly most: number;
  readonly operation: Operation;
}

/** The content of a small object, in memory; undefined where there is none. */
export async function get(bucket: Bucket, name: string, options: GetOptions): Promise<Uint8Array | undefined> {
  const { most, operation } = options;
  const quick = await bucket.direct.ask({ method: "GET", name, most }, operation);
  if (quick?.status === 200) return quick.body;
  if (quick?.status === 404 && isNoSuchKey(quick)) return undefined;
  const found = await getByClient(bucket, name, options);
  if (quick !== undefined && REFUSED.includes(quick.status)) bucket.direct.giveUp();
  return found;
}

/** How a server refuses a request that it does not like. */
const REFUSED = [400, 401, 403];

function isNoSuchKey({ body }: DirectAnswer): boolean {
  return new TextDecoder().decode(body).includes("<Code>NoSuchKey</Code>");
}

async function getByClient(
  bucket: Bucket,
  name: string,
  { most, operation }: GetOptions,
): Promise<Uint8Array | undefined> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const opened = await openBody(bucket, name, { operation });
    if (opened === undefined) return undefined;
    if (opened === "changed") continue;
    const { total, etag, stream } = opened;
    if (total > most) {
      stream.destroy();
      throw tooLarge(bucket, name, { total, most });
    }
    const content = new Uint8Array(total);
    const range = { from: 0, until: total };
    const write = (chunk: Uint8Array, at: number): void => content.set(chunk, at);
    try {
      await receive(bucket, name, { range, etag, opened, write, operation });
      return content;
    } catch (error) {
      if (!(error instanceof ObjectChanged)) throw error;
    }
  }
  throw changed(bucket, name);
}

interface Sizes {
  readonly total: number;
  readonly most: number;
}

function tooLarge({ connection }: Bucket, name: string, { total, most }: Sizes): RemoteError {
  const what = `${name} has ${total} bytes, and ${most} are the most that it can have`;
  return new RemoteError("damaged", `${connection.location.url}: ${what}: something else has written it.`);
}
