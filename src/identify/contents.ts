import type { BigIntStats } from "node:fs";
import { digestFiles } from "./digest-pool.ts";
import { LARGE_BYTES, readContent } from "./file.ts";
import { packStamps, sameStamp } from "./memo.ts";

interface ListedFile {
  readonly path: string | Buffer;
  readonly stat: BigIntStats;
}

/** Below this many files, starting threads costs more than they save. */
const THREADED_FILES = 500;
const BATCH_FILES = 250;

/**
 * Content digests of many files, in their order. An element is undefined where the file changed after it was listed or
 * while it was read.
 *
 * @throws the system's error where a file cannot be read.
 */
export async function readContents(files: readonly ListedFile[]): Promise<(Uint8Array | undefined)[]> {
  const digests = new Array<Uint8Array | undefined>(files.length);
  const small: number[] = [];
  const waiting: Promise<void>[] = [];
  const threaded = files.length >= THREADED_FILES;
  for (const [place, file] of files.entries()) {
    if (threaded && file.stat.size <= LARGE_BYTES) small.push(place);
    else {
      const content = await readContent(file.path);
      digests[place] = content.steady && sameStamp(content.stat, file.stat) ? content.digest : undefined;
    }
  }
  for (let at = 0; at < small.length; at += BATCH_FILES) {
    const places = small.slice(at, at + BATCH_FILES);
    const batch = places.flatMap((place) => files[place] ?? []);
    const paths = batch.map((file) => file.path);
    const stamps = packStamps(batch.map((file) => file.stat));
    waiting.push(
      digestFiles(paths, stamps).then((found) => {
        places.forEach((place, index) => {
          digests[place] = found[index];
        });
      }),
    );
  }
  await Promise.all(waiting);
  return digests;
}
