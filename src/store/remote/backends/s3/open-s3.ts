import type { S3Location } from "../../../../remote-location.ts";
import type { ObjectStore } from "../object-store.ts";
import { connect } from "./connect.ts";
import { loadPackage } from "./load-package.ts";
import { SOCKETS, storeOf } from "./store.ts";

/**
 * A bucket on Amazon S3 or on any server that speaks its language.
 *
 * @throws RemoteError where the client library is missing, or nothing says in which region the bucket is.
 */
export async function openS3(location: S3Location): Promise<ObjectStore> {
  const s3 = await loadPackage();
  return storeOf(await connect(s3, { location, sockets: SOCKETS }));
}
