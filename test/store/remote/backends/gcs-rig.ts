import { onTestFinished } from "vitest";
import { openGcs } from "../../../../src/store/remote/backends/gcs/open-gcs.ts";
import type { ObjectStore, Operation } from "../../../../src/store/remote/backends/object-store.ts";
import { type GcsOptions, type GcsServer, startGcs } from "../../../rig/gcs-server.ts";

export interface GcsRig {
  readonly server: GcsServer;
  readonly store: ObjectStore;
  /** The same bucket below another prefix. */
  readonly at: (prefix: string) => Promise<ObjectStore>;
}

/** A server and a store on its bucket `team`, below `some/where/`, until the test ends. */
export async function gcsRig(options: GcsOptions = {}): Promise<GcsRig> {
  const server = await startGcs(options);
  onTestFinished(() => server.close());
  const at = (prefix: string): Promise<ObjectStore> => openAt(server.url, prefix);
  return { server, store: await at("some/where/"), at };
}

/** A store on the bucket `team` of the server at `endpoint`, until the test ends. */
export async function openAt(endpoint: string, prefix = ""): Promise<ObjectStore> {
  const url = `gs://team/${prefix}`.replace(/\/$/, "");
  const store = await openGcs({ scheme: "gs", bucket: "team", prefix, url, endpoint });
  onTestFinished(() => store.close());
  return store;
}

/** An operation that is never aborted. */
export function calm(): Operation {
  return { signal: new AbortController().signal, progress: () => undefined };
}

/** An operation that counts what moved. */
export function counted(): Operation & { readonly moved: () => number; readonly calls: () => number } {
  let bytes = 0;
  let calls = 0;
  const progress = (more: number): void => {
    bytes += more;
    calls += 1;
  };
  return { ...calm(), progress, moved: () => bytes, calls: () => calls };
}

/** Bytes in which no two stretches of 16 MiB are alike. */
export function noise(bytes: number): Uint8Array {
  const content = new Uint8Array(bytes);
  let state = 0x9e3779b9;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    content[at] = state >>> 24;
  }
  return content;
}

/** Whether two contents are alike, without a listing of their differences. */
export function same(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}
