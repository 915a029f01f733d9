import { randomBytes } from "node:crypto";
import type { Access } from "./access.ts";
import { MARKS } from "./names.ts";

/**
 * What time it is at the place of a shared store, which dates its objects: milliseconds since 1970. It is read off an
 * object that is written for that.
 *
 * @throws RemoteError, LeftAlone
 */
export async function timeOfPlace(access: Access): Promise<number> {
  // Among the marks: should it be left over, it is removed with those.
  const name = `${MARKS}time-${randomBytes(8).toString("hex")}`;
  await access.write("upload", (store, operation) => store.put(name, new Uint8Array(0), { operation }));
  const found = await access.read("look-up", (store, operation) => store.head(name, operation));
  await access.write("delete", (store, operation) => store.delete([name], operation));
  return found?.modifiedAt ?? Date.now();
}
