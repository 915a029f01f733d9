import { digestFiles } from "./digest-pool.ts";
import { LARGE_BYTES, readContent } from "./file.ts";
import { type FileMember, joinPath } from "./folder-listing.ts";
import type { StampList } from "./stamps.ts";

/** Below this many files, starting threads costs more than they save. */
const THREADED_FILES = 500;
const BATCH_FILES = 250;

/**
 * Reads the files of a folder in other threads, while the folder is still being listed.
 *
 * Few files are read in this thread, at the end; large ones are split among the threads.
 */
export class ContentReader {
  readonly #root: string;
  readonly #stamps: StampList;
  readonly #digests = new Map<number, Uint8Array>();
  readonly #running: Promise<void>[] = [];
  readonly #large: FileMember[] = [];
  #waiting: FileMember[] = [];
  #threaded = false;

  constructor(root: string, stamps: StampList) {
    this.#root = root;
    this.#stamps = stamps;
  }

  add(file: FileMember): void {
    if (this.#stamps.sizeAt(file.place) > LARGE_BYTES) {
      this.#large.push(file);
      return;
    }
    this.#waiting.push(file);
    this.#threaded ||= this.#waiting.length >= THREADED_FILES;
    if (this.#threaded && this.#waiting.length >= BATCH_FILES) this.#dispatch();
  }

  #dispatch(): void {
    const paths = this.#waiting.map(({ path }) => joinPath(this.#root, path));
    const places = this.#waiting.map(({ place }) => place);
    this.#waiting = [];
    const reading = digestFiles(paths, this.#stamps.packed(places)).then((digests) => {
      for (const [index, digest] of digests.entries()) {
        const place = places[index];
        if (digest !== undefined && place !== undefined) this.#digests.set(place, digest);
      }
    });
    reading.catch(() => undefined); // Told at the end.
    this.#running.push(reading);
  }

  /**
   * Content digests by the files' places. One is missing where a file changed after it was listed or while it was read.
   *
   * @throws the system's error where a file cannot be read.
   */
  async end(): Promise<ReadonlyMap<number, Uint8Array>> {
    if (this.#threaded && this.#waiting.length > 0) this.#dispatch();
    for (const file of [...this.#waiting, ...this.#large]) {
      const content = await readContent(joinPath(this.#root, file.path));
      if (content.steady && this.#stamps.matches(file.place, content.stat)) {
        this.#digests.set(file.place, content.digest);
      }
    }
    await Promise.all(this.#running);
    return this.#digests;
  }
}
