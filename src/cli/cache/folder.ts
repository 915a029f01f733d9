import path from "node:path";
import { escapeUnprintable } from "../../escape.ts";
import { cacheDir } from "../../settings.ts";
import { Cache } from "../../store/cache.ts";
import { note } from "../terminal/output.ts";
import { UsageError } from "../usage-error.ts";

/** The options of `scalable cache` itself, which each of its commands has. */
export interface CacheOptions {
  readonly dir?: string;
  readonly json?: true;
}

/** The cache folder, absolute, whether it exists or not. */
export function folderOf(options: CacheOptions): string {
  if (options.dir === "") throw new UsageError("--dir is empty, but must be a folder.");
  return options.dir === undefined ? cacheDir() : path.resolve(options.dir);
}

/**
 * The cache. Where there is none, this says so, and the cache is an empty one: looking at it does not create the folder.
 */
export function openCache(options: CacheOptions): Cache {
  const dir = folderOf(options);
  if (!Cache.exists(dir)) note(`no cache at ${escapeUnprintable(dir)}`);
  return new Cache(dir);
}
