/** Digests of files and folders, as a call sees them: the key of a cacheable that takes a path. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cache, cacheable, DirType, FileType } from "scalable";
import { timed } from "../measure.ts";
import { serve } from "./serve.ts";

function open(kind: "file" | "folder", store: string) {
  const small = `${store}-small`;
  mkdirSync(small);
  writeFileSync(join(small, "small.txt"), "small");
  const cache = new Cache(store);
  const path = kind === "file" ? FileType : DirType;
  const cached = cacheable({ name: "read", args: { path }, cache }, function read(path: string) {
    return path.length;
  });
  return { cache, cached, small: kind === "file" ? join(small, "small.txt") : small };
}

let warm: ReturnType<typeof open> | undefined;

await serve({
  /** A memo that holds nothing of `path` yet; the store is open and the code is warm, as in a process that is up. */
  async first(kind: "file" | "folder", store: string, path: string) {
    const { cache, cached, small } = open(kind, store);
    await cached.key(small);
    let key = "";
    const seconds = await timed(async () => {
      key = await cached.key(path);
    });
    await cache.close();
    return { seconds, key };
  },
  async unchanged(kind: "file" | "folder", store: string, path: string, n: number) {
    if (warm === undefined) {
      warm = open(kind, store);
      await warm.cached.key(path);
    }
    const { cached } = warm;
    const seconds = await timed(async () => {
      for (let i = 0; i < n; i++) await cached.key(path);
    });
    return { seconds: seconds / n };
  },
});
