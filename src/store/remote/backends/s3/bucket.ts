import type { Connection } from "./connect.ts";
import { Direct } from "./direct.ts";
import { Lanes } from "./lanes.ts";

/** Where the objects are, and what operations on them share. */
export interface Bucket {
  readonly connection: Connection;
  readonly direct: Direct;
  readonly lanes: Lanes;
  readonly target: (name: string) => { readonly Bucket: string; readonly Key: string };
}

/** @param lanes - connections for further parts of large objects. */
export function bucketOf(connection: Connection, lanes: number): Bucket {
  const { bucket, prefix } = connection.location;
  return {
    connection,
    direct: new Direct(connection),
    lanes: new Lanes(lanes),
    target: (name) => ({ Bucket: bucket, Key: prefix + name }),
  };
}
