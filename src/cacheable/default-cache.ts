import { cacheDir } from "../settings.ts";
import { Cache } from "../store/cache.ts";

const caches = new Map<string, Cache>();

/** The cache of `SCALABLE_CACHE_DIR` and `SCALABLE_CACHE_SIZE_LIMIT` as they are now; one for each pair in this thread. */
export function defaultCache(): Cache {
  const id = `${process.env["SCALABLE_CACHE_DIR"] ?? ""}\0${process.env["SCALABLE_CACHE_SIZE_LIMIT"] ?? ""}`;
  let cache = recent?.id === id ? recent.cache : undefined;
  if (cache === undefined) {
    // The folder may be relative to a working directory that has changed.
    const name = `${cacheDir()}\0${id}`;
    cache = caches.get(name) ?? new Cache();
    caches.set(name, cache);
    recent = { id, cache };
  }
  return cache;
}

let recent: { readonly id: string; readonly cache: Cache } | undefined;
