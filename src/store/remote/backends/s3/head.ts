import type { ObjectInfo, Operation } from "../object-store.ts";
import { ask, isNothingThere } from "./ask.ts";
import type { Bucket } from "./bucket.ts";

/** What is known of an object without reading it; undefined where there is none. */
export async function head(bucket: Bucket, name: string, operation: Operation): Promise<ObjectInfo | undefined> {
  const quick = await bucket.direct.ask({ method: "HEAD", name, most: 0 }, operation);
  if (quick?.status === 404) return undefined;
  if (quick?.status === 200) {
    const bytes = Number(quick.headers["content-length"]);
    const modifiedAt = Date.parse(quick.headers["last-modified"] ?? "");
    if (!Number.isNaN(bytes) && !Number.isNaN(modifiedAt)) return { name, bytes, modifiedAt };
  }
  const { s3, client } = bucket.connection;
  const command = new s3.HeadObjectCommand(bucket.target(name));
  try {
    const found = await ask(bucket.connection, (options) => client.send(command, options), operation);
    return { name, bytes: found.ContentLength ?? 0, modifiedAt: found.LastModified?.getTime() ?? 0 };
  } catch (error) {
    if (isNothingThere(error)) return undefined;
    throw error;
  }
}
