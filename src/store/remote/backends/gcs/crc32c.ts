import { createRequire } from "node:module";
import type { createCRC32, IHasher } from "hash-wasm";

const CASTAGNOLI = 0x82f63b78;

/** CRC-32C of bytes that come piece by piece, as Google Cloud Storage has it: base64 of four bytes. */
export class Crc32c {
  static #shared: Promise<IHasher> | undefined;
  readonly #hasher: IHasher;
  #state: Uint8Array;

  private constructor(hasher: IHasher) {
    this.#hasher = hasher;
    this.#state = hasher.init().save();
  }

  static async create(): Promise<Crc32c> {
    // As for XXH3: the main file of the package holds all of its algorithms. That of the client is ten times slower.
    const hashes: { readonly createCRC32: typeof createCRC32 } = createRequire(import.meta.url)(
      "hash-wasm/dist/crc32.umd.min.js",
    );
    Crc32c.#shared ??= hashes.createCRC32(CASTAGNOLI);
    return new Crc32c(await Crc32c.#shared);
  }

  /** Begins anew. */
  reset(): void {
    this.#state = this.#hasher.init().save();
  }

  // One hasher serves all: it is loaded, fed and saved without a pause.
  update(bytes: Uint8Array): void {
    this.#state = this.#hasher.load(this.#state).update(bytes).save();
  }

  digest(): string {
    return Buffer.from(this.#hasher.load(this.#state).digest("binary")).toString("base64");
  }
}

/** The CRC-32C in the header `x-goog-hash`, which is `crc32c=…,md5=…` or comes twice. */
export function crc32cIn(header: string | readonly string[] | undefined): string | undefined {
  return /(?:^|[,\s])crc32c=([A-Za-z0-9+/]+=*)/.exec(String(header ?? ""))?.[1];
}
