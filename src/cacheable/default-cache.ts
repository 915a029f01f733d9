import { Cache } from "../store/cache.ts";

const caches = new Map<string, Cache>();
let recent: { readonly id: string; readonly cache: Cache } | undefined;

/**
 * The cache of `SCALABLE_CACHE_DIR` and `SCALABLE_CACHE_SIZE_LIMIT` as they are now; one for each pair in this thread. A
 * relative folder is one of the working directory at its first use: a later change of that does not lose the results.
 */
export function defaultCache(): Cache {
  const id = `${process.env["SCALABLE_CACHE_DIR"] ?? ""}\0${process.env["SCALABLE_CACHE_SIZE_LIMIT"] ?? ""}`;
  if (recent?.id === id) return recent.cache;
  const cache = caches.get(id) ?? new Cache();
  caches.set(id, cache);
  recent = { id, cache };
  return cache;
}

/** Where the results of a function are kept. */
export function cacheOf({ settings }: { readonly settings: { readonly cache: Cache | undefined } }): Cache {
  return settings.cache ?? defaultCache();
}
