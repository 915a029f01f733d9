import { existsSync } from "node:fs";
import { parseLocation } from "../../../remote-location.ts";
import { useCache } from "../../../session/use-cache.ts";
import { cacheRemote, cacheRemoteMode } from "../../../settings.ts";
import { Cache } from "../../../store/cache.ts";
import type { SharedStore } from "../../../store/remote/shared-store.ts";
import { UsageError } from "../../usage-error.ts";
import { type CacheOptions, folderOf } from "../folder.ts";

export interface RemoteOptions extends CacheOptions {
  /** Its URL; `true` where only the option stands there. */
  readonly remote?: string | true;
}

/** What `--remote` means in help texts. */
export const REMOTE_OPTION = "--remote [url]";
export const REMOTE_DEFAULT = "SCALABLE_CACHE_REMOTE, or remote_cache of the manifest";

/**
 * Does something with a shared cache and the local one beside it. Both are those that a session of the manifest uses, where
 * there is one; options go before it.
 *
 * @param needs - what the mode of the shared cache has to allow.
 */
export async function withRemote<T>(
  options: RemoteOptions,
  needs: "read" | "write",
  act: (shared: SharedStore, cache: Cache) => Promise<T>,
): Promise<T> {
  const undo = await useManifest();
  try {
    const url = typeof options.remote === "string" ? options.remote : cacheRemote();
    if (url === undefined) {
      throw new UsageError(
        "no shared cache is named: give its URL (--remote s3://bucket/prefix), set SCALABLE_CACHE_REMOTE, or write remote_cache into the manifest.",
      );
    }
    const setting = typeof options.remote === "string" ? "--remote" : "SCALABLE_CACHE_REMOTE";
    const location = parseLocation(url, setting);
    const mode = location.mode ?? cacheRemoteMode() ?? "readwrite";
    if (mode !== "readwrite" && mode !== needs) {
      throw new UsageError(
        `the shared cache ${location.url} is there for this machine to ${mode} only, by ${location.mode === undefined ? "SCALABLE_CACHE_REMOTE_MODE" : `?mode=${mode}`}.`,
      );
    }
    await using cache = new Cache(folderOf(options), { remote: url });
    const { remote } = cache;
    if (remote === undefined) throw new Error("A cache with a remote has none.");
    return await act(await remote.load("command"), cache);
  } finally {
    undo();
  }
}

async function useManifest(): Promise<() => void> {
  const { defaultManifestPath, readManifest, resolveTarget } = await import("../../../manifest/manifest.ts");
  const file = defaultManifestPath();
  if (!existsSync(file)) return () => undefined;
  return useCache(resolveTarget(await readManifest(file)).project);
}
