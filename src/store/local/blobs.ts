import fs from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { digestContent, sameDigest } from "../../identify/content.ts";
import { RunningDigest } from "../../identify/running-digest.ts";
import { allocateParts, type Layout as ValueLayout } from "../codec.ts";
import { blobPath, type Layout } from "./layout.ts";

/** Content that is not what its digest says, or not there. */
export class DamagedBlob extends Error {
  readonly kind: "blob-missing" | "blob-damaged";

  constructor(kind: "blob-missing" | "blob-damaged", file: string) {
    super(kind === "blob-missing" ? `${file} is missing` : `${file} does not have the content that its name says`);
    this.kind = kind;
  }
}

/** Reads in flight while the digest is made of what has arrived. */
const READS_AHEAD = 4;
const READ_BYTES = 4 * 1024 * 1024;

/** Content in files that are named by their digest. Written once, by rename, and never changed. */
export class Blobs {
  readonly #layout: Layout;
  readonly #stagingPrefix: () => string;
  #staged = 0;

  constructor(layout: Layout, stagingPrefix: () => string) {
    this.#layout = layout;
    this.#stagingPrefix = stagingPrefix;
  }

  /** A new name in the staging folder. Everything there that no living owner has begun is refuse. */
  stagingFile(): string {
    this.#staged += 1;
    return path.join(this.#layout.staging, `${this.#stagingPrefix()}.${this.#staged}.tmp`);
  }

  pathOf(digest: Uint8Array): string {
    return path.join(this.#layout.dir, blobPath(digest));
  }

  /** Whether there is a blob of this name and length. Its content is checked when it is read. */
  has(digest: Uint8Array, bytes: number): boolean {
    return fs.statSync(this.pathOf(digest), { throwIfNoEntry: false })?.size === bytes;
  }

  /** Stores content that is in memory, and returns its digest. */
  async put(pieces: readonly Uint8Array[], bytes: number): Promise<Uint8Array> {
    const digest = digestPieces(pieces, bytes);
    if (this.has(digest, bytes)) return digest;
    const staged = this.stagingFile();
    try {
      const file = await open(staged, "wx");
      try {
        for (const piece of pieces) await writeFully(file, piece);
        await file.sync();
      } finally {
        await file.close();
      }
      this.adopt(staged, digest);
    } catch (error) {
      fs.rmSync(staged, { force: true });
      throw error;
    }
    return digest;
  }

  /** Moves a complete, synced file of the staging folder to its place. */
  adopt(staged: string, digest: Uint8Array): void {
    const place = this.pathOf(digest);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.renameSync(staged, place);
  }

  /**
   * Reads a value and checks it.
   *
   * @throws DamagedBlob where the content is not there or not what it should be.
   */
  async readValue(digest: Uint8Array, bytes: number, layout: ValueLayout): Promise<unknown> {
    const place = this.pathOf(digest);
    const file = await open(place, "r").catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT" ? new DamagedBlob("blob-missing", place) : error;
    });
    try {
      if ((await file.stat()).size !== bytes) throw new DamagedBlob("blob-damaged", place);
      const { pieces, decode } = allocateParts(layout);
      const found = await readPieces(file, pieces, bytes);
      if (found === undefined || !sameDigest(found, digest)) throw new DamagedBlob("blob-damaged", place);
      return decode();
    } finally {
      await file.close();
    }
  }

  remove(digest: Uint8Array): void {
    fs.rmSync(this.pathOf(digest), { force: true });
  }
}

async function writeFully(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    // Half-written content on a full disk is an error of the next write, not of this one.
    const { bytesWritten } = await file.write(piece, at, Math.min(piece.length - at, 1 << 30));
    at += bytesWritten;
  }
}

/** The content digest of pieces that follow each other. */
function digestPieces(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return digestContent(only);
  const digest = new RunningDigest(bytes);
  for (const piece of pieces) digest.update(piece);
  return digest.end();
}

/** Fills the pieces from the file. Other threads read ahead while this one makes the digest. */
async function readPieces(
  file: FileHandle,
  pieces: readonly Uint8Array[],
  bytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: { readonly into: Uint8Array; readonly at: number }[] = [];
  let at = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += READ_BYTES) {
      const into = piece.subarray(from, from + READ_BYTES);
      chunks.push({ into, at });
      at += into.length;
    }
  }
  if (at !== bytes) return undefined;
  const digest = new RunningDigest(bytes);
  const reads: Promise<boolean>[] = [];
  for (let place = 0; place < chunks.length; place += 1) {
    for (let ahead = reads.length; ahead < Math.min(chunks.length, place + READS_AHEAD); ahead += 1) {
      const chunk = chunks[ahead];
      if (chunk === undefined) continue;
      const read = readFully(file, chunk.into, chunk.at);
      // The first that fails is the one to tell.
      read.catch(() => undefined);
      reads.push(read);
    }
    const [complete, into] = [await reads[place], chunks[place]?.into];
    if (complete !== true || into === undefined) {
      await Promise.allSettled(reads);
      return undefined;
    }
    digest.update(into);
  }
  return digest.end();
}

async function readFully(file: FileHandle, into: Uint8Array, position: number): Promise<boolean> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}
