import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import { encodeValue } from "../../src/store/codec.ts";
import { LocalStore, type LocalStoreOptions, type Publication } from "../../src/store/local/local-store.ts";
import { judgeStorable } from "../../src/store/storable.ts";
import { Workspace } from "../rig/workspace.ts";

/** A folder that does not exist yet, in a workspace that ends with the test. */
export async function emptyFolder(): Promise<string> {
  const ws = await Workspace.create();
  onTestFinished(() => ws.remove());
  return ws.resolve("cache");
}

/** The store of a folder; closed when the test ends. Each call opens one of its own, as another process does. */
export async function openStore(dir: string, options: LocalStoreOptions = {}): Promise<LocalStore> {
  await LocalStore.ready();
  const store = new LocalStore(dir, options);
  onTestFinished(() => store.close());
  return store;
}

/** Stores a value; fails where it cannot be stored. */
export async function put(
  store: LocalStore,
  key: string,
  value: unknown,
  more: Partial<Publication> = {},
): Promise<void> {
  const verdict = judgeStorable(value);
  if (!verdict.storable) throw new Error(verdict.reason);
  const common = { functionName: "f", captured: [], durationMs: 1, call: undefined };
  await store.publish({ ...common, key, value: encodeValue(value), bare: verdict.bare, ...more }, undefined);
}

/** Reads a value as a call does; undefined where there is none. */
export async function get(store: LocalStore, key: string): Promise<{ readonly value: unknown } | undefined> {
  const found = store.lookup(key);
  return typeof found === "string" ? undefined : { value: await store.value(found) };
}

/** Something done to the index by other means than the store's. */
export function withIndex<T>(dir: string, change: (db: DatabaseSync) => T): T {
  // Newer versions of Node would otherwise not let the schema be changed.
  const options: object = { defensive: false };
  const db = new DatabaseSync(path.join(dir, "cache.db"), options);
  try {
    return change(db);
  } finally {
    db.close();
  }
}
