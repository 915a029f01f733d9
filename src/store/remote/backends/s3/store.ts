import type { ObjectStore } from "../object-store.ts";
import { bucketOf } from "./bucket.ts";
import type { Connection } from "./connect.ts";
import { deleteAll } from "./delete.ts";
import { download } from "./download.ts";
import { get } from "./get.ts";
import { head } from "./head.ts";
import { list } from "./list.ts";
import { put } from "./put.ts";

/** Operations at once. Each has a connection of its own. */
const CONCURRENCY = 64;

/** Connections for the further parts of large objects, for all operations together. */
const LANES = 32;

export const SOCKETS = CONCURRENCY + LANES;

/** The bucket behind a connection, as a place for objects. */
export function storeOf(connection: Connection): ObjectStore {
  const bucket = bucketOf(connection, LANES);
  const { client, location, agents } = connection;
  return {
    url: location.url,
    concurrency: CONCURRENCY,
    // A listing, as the answer to it says what is wrong in words; that to HeadBucket has none.
    check: async (operation) => void (await list(bucket, "", { limit: 1, operation })),
    get: (name, most, operation) => get(bucket, name, { most, operation }),
    download: (name, file, operation) => download(bucket, name, { file, operation }),
    head: (name, operation) => head(bucket, name, operation),
    put: (name, content, options) => put(bucket, name, { content, ...options }),
    list: (prefix, options) => list(bucket, prefix, options),
    delete: (names, operation) => deleteAll(bucket, names, operation),
    close: () => {
      client.destroy();
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
