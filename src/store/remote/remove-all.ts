import type { Access } from "./access.ts";

const BATCH = 1_000;

/** Removes any number of objects. What is not there is no error. @throws RemoteError, LeftAlone */
export async function removeAll(access: Access, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = names.slice(at, at + BATCH);
    await access.write("delete", (store, operation) => store.delete(batch, operation));
  }
}
