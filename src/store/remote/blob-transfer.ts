import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { sameDigest } from "../../identify/content.ts";
import { readContent } from "../../identify/file.ts";
import { type ArrivedValue, arrivedValue } from "../arrived-value.ts";
import { allocateParts, type Layout } from "../codec.ts";
import { type Blobs, DamagedBlob } from "../local/blobs.ts";
import type { Access } from "./access.ts";
import { Arrival } from "./arrival.ts";
import type { ObjectInfo } from "./backends/object-store.ts";
import { compress, compressFile, decompress, decompressFile, isWorthCompressing } from "./compression.ts";
import { blobName } from "./names.ts";
import type { RecordBlob } from "./record.ts";
import { RemoteError } from "./remote-error.ts";

const MOST_REMEMBERED = 100_000;
/** Content that is put together in memory at once, at most: what is beyond is read from its file when it is there. */
const MOST_ARRIVING = 512 * 1024 * 1024;

/** What an upload of a blob came to. */
export interface BlobUpload {
  readonly blob: RecordBlob;
  /** Bytes that were sent: 0 where the content was there already. */
  readonly sent: number;
}

/** Moves blobs between the local and the shared store. Content is checked on both ways, before anything refers to it. */
export class BlobTransfer {
  readonly #access: Access;
  readonly #blobs: Blobs;
  /** What this process knows to be there, by the local digest. */
  readonly #uploaded = new Map<string, Promise<BlobUpload>>();
  readonly #fetching = new Map<string, Promise<ArrivedValue | undefined>>();
  /** Bytes that are being put together in memory. */
  #arriving = 0;

  constructor(access: Access, blobs: Blobs) {
    this.#access = access;
    this.#blobs = blobs;
  }

  /**
   * Uploads a blob of the local store, unless it is there.
   *
   * @param how - `again`: also where there seems to be one, as that turned out to be damaged.
   * @throws DamagedBlob where the local one is not what it should be.
   */
  upload(digest: Uint8Array, bytes: number, how: "missing" | "again"): Promise<BlobUpload> {
    const id = Buffer.from(digest).toString("hex");
    const known = how === "again" ? undefined : this.#uploaded.get(id);
    if (known !== undefined) return known.then(({ blob }) => ({ blob, sent: 0 }));
    const uploading = this.#uploadFile(digest, bytes, how);
    this.#remember(id, uploading);
    return uploading;
  }

  /** Uploads content that is in memory, unless it is there. */
  async uploadContent(content: Uint8Array, digest: string, how: "missing" | "again"): Promise<BlobUpload> {
    const known = how === "again" ? undefined : this.#uploaded.get(digest);
    if (known !== undefined) return known.then(({ blob }) => ({ blob, sent: 0 }));
    const uploading = this.#uploadBytes(content, digest, how);
    this.#remember(digest, uploading);
    return uploading;
  }

  /** Whether a blob that was there still is. */
  async isThere({ sha256, stored }: RecordBlob): Promise<boolean> {
    if (stored === "inline") return true;
    const name = blobName(sha256, stored);
    return (await this.#access.read("look-up", (objects, operation) => objects.head(name, operation))) !== undefined;
  }

  /** Forgets that a blob is there. */
  forget({ digest }: RecordBlob): void {
    this.#uploaded.delete(digest);
  }

  #remember(id: string, uploading: Promise<BlobUpload>): void {
    if (this.#uploaded.size >= MOST_REMEMBERED) this.#uploaded.clear();
    this.#uploaded.set(id, uploading);
    uploading.catch(() => {
      // Another upload may have begun since.
      if (this.#uploaded.get(id) === uploading) this.#uploaded.delete(id);
    });
  }

  async #uploadFile(digest: Uint8Array, bytes: number, how: "missing" | "again"): Promise<BlobUpload> {
    const file = this.#blobs.pathOf(digest);
    const [content, sha256] = await Promise.all([readContent(file), sha256Of(file)]).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === "ENOENT" ? new DamagedBlob("blob-missing", file) : error;
    });
    if (!sameDigest(content.digest, digest)) throw new DamagedBlob("blob-damaged", file);
    const blob = { sha256, digest: Buffer.from(digest).toString("hex"), bytes };
    const worth = await isWorthCompressing(file);
    if (!worth) return this.#put({ ...blob, stored: "raw" }, { file, bytes }, how);
    const staged = this.#blobs.stagingFile();
    try {
      await compressFile(file, staged);
      const { size } = await stat(staged);
      return await this.#put({ ...blob, stored: "zstd" }, { file: staged, bytes: size }, how);
    } finally {
      await rm(staged, { force: true });
    }
  }

  async #uploadBytes(content: Uint8Array, digest: string, how: "missing" | "again"): Promise<BlobUpload> {
    const sha256 = createHash("sha256").update(content).digest("hex");
    const compressed = await compress(content);
    const blob = { sha256, digest, bytes: content.length, stored: compressed === undefined ? "raw" : "zstd" } as const;
    return this.#put(blob, compressed ?? content, how);
  }

  async #put(
    blob: RecordBlob & { readonly stored: "raw" | "zstd" },
    content: Uint8Array | { readonly file: string; readonly bytes: number },
    how: "missing" | "again",
  ): Promise<BlobUpload> {
    const name = blobName(blob.sha256, blob.stored);
    const bytes = content instanceof Uint8Array ? content.length : content.bytes;
    if (how === "missing") {
      const there = await this.#head(name);
      // Compressed content may have another length where another version compressed it.
      if (there !== undefined && (blob.stored === "zstd" ? there.bytes > 0 : there.bytes === bytes)) {
        return { blob, sent: 0 };
      }
    }
    await this.#access.write("upload", (objects, operation) => objects.put(name, content, { operation }));
    return { blob, sent: bytes };
  }

  async #head(name: string): Promise<ObjectInfo | undefined> {
    try {
      return await this.#access.write("look-up", (objects, operation) => objects.head(name, operation));
    } catch (error) {
      // Who may write and not look uploads what may be there already.
      if (error instanceof RemoteError && error.trouble === "forbidden") return undefined;
      throw error;
    }
  }

  /**
   * Brings a blob into the local store, unless it is there.
   *
   * @param layout - of the value that the content is.
   * @returns that value, where it has been in memory anyway.
   * @throws RemoteError with `damaged` where it is missing, or is not what the record says.
   */
  fetch(blob: RecordBlob, layout?: Layout): Promise<ArrivedValue | undefined> {
    const digest = Buffer.from(blob.digest, "hex");
    if (this.#blobs.has(digest, blob.bytes)) return Promise.resolve(undefined);
    const id = `${blob.digest} ${blob.sha256}`;
    const underWay = this.#fetching.get(id);
    if (underWay !== undefined) return underWay.then(() => undefined);
    const fetching = this.#fetch(blob, digest, layout).finally(() => this.#fetching.delete(id));
    this.#fetching.set(id, fetching);
    return fetching;
  }

  /** The text of a small blob; undefined where it is missing. Checked as `fetch` does. */
  async readText({ sha256, bytes, stored }: RecordBlob, most: number): Promise<string | undefined> {
    if (stored === "inline" || bytes > most) return undefined;
    const name = blobName(sha256, stored);
    const loaded = await this.#access.read("download", (objects, operation) => objects.get(name, most, operation));
    if (loaded === undefined) return undefined;
    const content =
      stored === "zstd" ? await decompress(loaded, bytes).catch((error: unknown) => cannotBe(name, error)) : loaded;
    if (createHash("sha256").update(content).digest("hex") !== sha256) {
      throw new RemoteError("damaged", `${name} does not have the content that its name says`);
    }
    return Buffer.from(content).toString("utf8");
  }

  #memoryFor(
    bytes: number,
    layout: Layout | undefined,
  ): { readonly pieces: readonly Uint8Array[]; readonly decode?: () => unknown } | undefined {
    if (this.#arriving + bytes > MOST_ARRIVING) return undefined;
    this.#arriving += bytes;
    return layout === undefined ? { pieces: [Buffer.allocUnsafeSlow(bytes)] } : allocateParts(layout);
  }

  async #fetch(
    { sha256, bytes, stored }: RecordBlob,
    digest: Uint8Array,
    layout: Layout | undefined,
  ): Promise<ArrivedValue | undefined> {
    if (stored === "inline") throw new Error("Content of a record is not fetched by itself.");
    const name = blobName(sha256, stored);
    const memory = this.#memoryFor(bytes, layout);
    const arrival = memory === undefined ? undefined : new Arrival(memory.pieces);
    const seen = arrival === undefined ? undefined : (chunk: Uint8Array, at: number) => arrival.add(chunk, at);
    const loaded = this.#blobs.stagingFile();
    const plain = stored === "zstd" ? this.#blobs.stagingFile() : loaded;
    try {
      const length = await this.#access.read("download", (objects, operation) =>
        objects.download(name, loaded, plain !== loaded || seen === undefined ? operation : { ...operation, seen }),
      );
      if (length === undefined) throw new RemoteError("damaged", `${name} is missing`);
      if (plain !== loaded)
        await decompressFile(loaded, plain, { most: bytes, seen }).catch((error: unknown) => {
          // A full disk says nothing of the object.
          if (error instanceof RangeError || !isSystemError(error)) cannotBe(name, error);
          throw error;
        });
      const complete = plain !== loaded || length === bytes ? arrival?.end() : undefined;
      const found = complete ?? (await digestsOf(plain, bytes));
      if (found.sha256 !== sha256) {
        throw new RemoteError("damaged", `${name} does not have the content that its name says`);
      }
      if (found.digest === undefined || !sameDigest(found.digest, digest)) {
        throw new RemoteError("damaged", `the record says something else of ${name} than is in it`);
      }
      // Not synced: content is checked whenever it is read, and what a power failure damages can be fetched again.
      this.#blobs.adopt(plain, digest);
      return complete === undefined || memory?.decode === undefined ? undefined : arrivedValue(digest, memory.decode);
    } finally {
      this.#arriving -= arrival?.bytes ?? 0;
      await rm(loaded, { force: true });
      if (plain !== loaded) await rm(plain, { force: true });
    }
  }
}

function cannotBe(name: string, error: unknown): never {
  throw new RemoteError("damaged", `${name} cannot be decompressed`, error);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Of a file's content; that of the local store is undefined where it does not have so many bytes. */
async function digestsOf(
  file: string,
  bytes: number,
): Promise<{ readonly sha256: string; readonly digest: Uint8Array | undefined }> {
  const [content, sha256] = await Promise.all([readContent(file), sha256Of(file)]);
  return { sha256, digest: Number(content.stat.size) === bytes ? content.digest : undefined };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
