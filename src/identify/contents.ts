import { READ } from "./digest-job.ts";
import { readFiles } from "./digest-pool.ts";
import { readContent } from "./file.ts";
import { type FileMember, joinPath } from "./folder-listing.ts";
import { DIGEST_BYTES } from "./hasher.ts";
import { NOT_THROUGH_LINKS } from "./reader.ts";
import { StampList } from "./stamps.ts";

/** Below this many files, starting threads costs more than they save. */
const THREADED_FILES = 500;
const BATCH_FILES = 250;

/** Whether the metadata of a listing's files is known before they are read, or taken note of then. */
export type StampsOf = "listing" | "reading";

/**
 * Reads the files of a folder in other threads, while the folder is still being listed.
 *
 * Few files are read in this thread, at the end; large ones are split among the threads.
 */
export class ContentReader {
  readonly #root: string;
  readonly #stamps: StampList;
  readonly #stampsOf: StampsOf;
  readonly #digests = new Map<number, Uint8Array>();
  readonly #running: Promise<void>[] = [];
  readonly #large: FileMember[] = [];
  #waiting: FileMember[] = [];
  #threaded = false;

  constructor(root: string, stamps: StampList, stampsOf: StampsOf) {
    this.#root = root;
    this.#stamps = stamps;
    this.#stampsOf = stampsOf;
  }

  add(file: FileMember): void {
    this.#waiting.push(file);
    this.#threaded ||= this.#waiting.length >= THREADED_FILES;
    if (this.#threaded && this.#waiting.length >= BATCH_FILES) this.#dispatch();
  }

  #dispatch(): void {
    const files = this.#waiting;
    this.#waiting = [];
    const reading = readFiles(files.map(({ path }) => joinPath(this.#root, path))).then(({ stamps, digests, ends }) => {
      const read = new StampList(stamps);
      for (const [place, file] of files.entries()) {
        if (ends[place] === READ.large) this.#large.push(file);
        else if (this.#agrees(file, read, place) && ends[place] === READ.steady) {
          this.#digests.set(file.place, digests.subarray(place * DIGEST_BYTES, (place + 1) * DIGEST_BYTES));
        }
      }
    });
    reading.catch(() => undefined); // Told at the end.
    this.#running.push(reading);
  }

  /** Whether a file is what it was when it was listed; what it is now, is taken note of where nothing was. */
  #agrees(file: FileMember, read: StampList, place: number): boolean {
    if (this.#stampsOf === "listing") return this.#stamps.same(file.place, read, place);
    this.#stamps.copy(file.place, read, place);
    return true;
  }

  /**
   * Content digests by the files' places. One is missing where a file changed after it was listed or while it was read.
   *
   * @throws the system's error where a file cannot be read.
   */
  async end(): Promise<ReadonlyMap<number, Uint8Array>> {
    if (this.#threaded && this.#waiting.length > 0) this.#dispatch();
    const one = StampList.of(1);
    const readHere = async (file: FileMember): Promise<void> => {
      const content = await readContent(joinPath(this.#root, file.path), NOT_THROUGH_LINKS);
      one.set(0, content.stat);
      if (this.#agrees(file, one, 0) && content.steady) this.#digests.set(file.place, content.digest);
    };
    for (const file of this.#waiting) await readHere(file);
    await Promise.all(this.#running);
    for (const file of this.#large) await readHere(file);
    return this.#digests;
  }
}
