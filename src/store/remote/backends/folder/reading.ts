import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import path from "node:path";
import { RemoteError } from "../../remote-error.ts";
import type { ObjectInfo } from "../object-store.ts";
import { afresh } from "./afresh.ts";
import { type Folders, isAbsence } from "./folders.ts";
import type { Job } from "./job.ts";
import { partsOf } from "./object-name.ts";
import { SharedFile } from "./shared-file.ts";

/** Bytes of a piece of a download, which is read while the one before is written. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** A link is not followed, and a pipe in an object's place holds nobody up. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export class Reading {
  readonly #folders: Folders;

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  get(name: string, most: number, job: Job): Promise<Uint8Array | undefined> {
    return this.#withObject(name, job, async (file, bytes) => {
      if (bytes > most) {
        throw new RemoteError(
          "damaged",
          `The object ${name} has ${bytes} bytes, where ${most} are the most it can have.`,
        );
      }
      const content = new Uint8Array(bytes);
      if (!(await file.read(content, 0))) throw cutShort(name);
      job.progress(bytes);
      return content;
    });
  }

  download(name: string, file: string, job: Job): Promise<number | undefined> {
    return this.#withObject(name, job, async (object, bytes) => {
      const copy = await job.elsewhere(() => open(file, "w"));
      try {
        for await (const piece of piecesOf(object, bytes)) {
          if (piece === undefined) throw cutShort(name);
          await job.elsewhere(() => copy.writeFile(piece));
          job.progress(piece.length);
        }
      } finally {
        await copy.close();
      }
      return bytes;
    });
  }

  head(name: string, job: Job): Promise<ObjectInfo | undefined> {
    const parts = partsOf(name);
    const look = async (place: string): Promise<ObjectInfo | undefined> => {
      const stat = await job.call(() => lstat(place));
      return stat.isFile() ? { name, bytes: stat.size, modifiedAt: Math.floor(stat.mtimeMs) } : undefined;
    };
    return afresh(this.#folders, () => this.#lookTwice(parts, job, look));
  }

  #withObject<T>(name: string, job: Job, use: (file: SharedFile, bytes: number) => Promise<T>): Promise<T | undefined> {
    const parts = partsOf(name);
    return afresh(this.#folders, async () => {
      const file = await this.#lookTwice(parts, job, (place) => SharedFile.open(place, FLAGS, { job }));
      if (file === undefined) return undefined;
      try {
        const stat = await file.stat();
        if (stat.isDirectory()) return undefined;
        if (!stat.isFile()) throw new RemoteError("damaged", `The object ${name} is not a plain file: remove it.`);
        return await use(file, Number(stat.size));
      } finally {
        await file.close();
      }
    });
  }

  /** What is missing is looked for again before that is said, see {@link Folders.refresh}. */
  async #lookTwice<T>(
    parts: readonly string[],
    job: Job,
    look: (place: string) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const above = parts.slice(0, -1);
    const once = async (): Promise<T | undefined> => {
      const folder = await this.#folders.find(above, job);
      if (folder === undefined) return undefined;
      return await look(path.join(folder, parts.at(-1) ?? "")).catch((error: unknown) => {
        if (isAbsence(error)) return undefined;
        throw error;
      });
    };
    const found = await once();
    if (found !== undefined) return found;
    await this.#folders.refresh(above, job);
    return await once();
  }
}

function cutShort(name: string): RemoteError {
  return new RemoteError(
    "damaged",
    `The object ${name} became shorter while it was read: something else writes to it.`,
  );
}

/** The content, piece by piece; undefined where it ends too early. A piece is good until the next is asked for. */
async function* piecesOf(file: SharedFile, bytes: number): AsyncGenerator<Uint8Array | undefined> {
  const buffers = [0, 1].map(() => Buffer.allocUnsafe(Math.min(bytes, PIECE_BYTES)));
  const read = (position: number): { readonly piece: Uint8Array; readonly whole: Promise<boolean> } => {
    const buffer = buffers[(position / PIECE_BYTES) % 2] ?? Buffer.alloc(0);
    const piece = buffer.subarray(0, bytes - position);
    const whole = file.read(piece, position);
    // Nobody may be there any more to hear of it.
    whole.catch(() => undefined);
    return { piece, whole };
  };
  let ahead = read(0);
  for (let position = 0; position < bytes; position += PIECE_BYTES) {
    const { piece, whole } = ahead;
    const complete = await whole;
    if (position + PIECE_BYTES < bytes) ahead = read(position + PIECE_BYTES);
    yield complete ? piece : undefined;
  }
}
