import type { ListOptions, ObjectInfo, Operation, Page } from "../object-store.ts";
import { ask } from "./ask.ts";
import type { Bucket } from "./bucket.ts";

const MOST = 1_000;

/** A page of the objects whose names begin with `prefix`. */
export async function list(
  { connection }: Bucket,
  prefix: string,
  { after, limit = MOST, operation }: ListOptions & { readonly operation: Operation },
): Promise<Page> {
  const { s3, client, location } = connection;
  // Without `after` too: consoles make an object of the prefix itself, as a folder, and it has no name here.
  const start = location.prefix + (after ?? "");
  const command = new s3.ListObjectsV2Command({
    Bucket: location.bucket,
    Prefix: location.prefix + prefix,
    MaxKeys: Math.min(limit, MOST),
    ...(start === "" ? {} : { StartAfter: start }),
  });
  const { Contents = [], IsTruncated } = await ask(connection, (options) => client.send(command, options), operation);
  const objects = Contents.map(
    ({ Key = "", Size = 0, LastModified }): ObjectInfo => ({
      name: Key.slice(location.prefix.length),
      bytes: Size,
      modifiedAt: LastModified?.getTime() ?? 0,
    }),
  );
  return { objects, more: IsTruncated === true };
}
