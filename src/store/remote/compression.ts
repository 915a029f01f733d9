import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { constants, createZstdCompress, createZstdDecompress, zstdCompress, zstdDecompress } from "node:zlib";

/*
 * Content is compressed where that pays: where it makes a tenth less of it. What is long is judged by samples, so that an
 * hour of incompressible floats is not spent on finding that out.
 */

const WORTH = 0.9;
const SAMPLE_BYTES = 128 * 1024;
const SAMPLES = 8;
/** What is shorter travels as fast as it is: decompressing a thousand small results takes longer than fetching them. */
const SHORTEST = 4 * 1024;
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } };

/**
 * How far back content may refer, as a power of two: eight times as far as level 3 does, and no more, as whoever
 * decompresses needs that much memory.
 */
const DECOMPRESSION = { params: { [constants.ZSTD_d_windowLogMax]: 24 } };
/** Each chunk takes a turn of another thread. */
const LARGE = { highWaterMark: 1024 * 1024 };

const compressAll = promisify(zstdCompress);
const decompressAll = promisify(zstdDecompress);

/** The compressed content; undefined where that does not pay. */
export async function compress(content: Uint8Array): Promise<Uint8Array | undefined> {
  if (content.length < SHORTEST) return undefined;
  const compressed = await compressAll(content, OPTIONS);
  return compressed.length <= content.length * WORTH ? compressed : undefined;
}

/** @throws Error where it is not compressed content, or is more than `most` bytes. */
export async function decompress(content: Uint8Array, most: number): Promise<Uint8Array> {
  return decompressAll(content, { ...DECOMPRESSION, maxOutputLength: Math.max(1, most) });
}

/** Whether compressing a file pays, by samples of it. */
export async function isWorthCompressing(file: string): Promise<boolean> {
  const { size } = await stat(file);
  const handle = await open(file, "r");
  try {
    const step = Math.max(SAMPLE_BYTES, Math.floor(size / SAMPLES));
    const samples: Uint8Array[] = [];
    for (let at = 0; at < size && samples.length < SAMPLES; at += step) {
      const sample = Buffer.allocUnsafe(Math.min(SAMPLE_BYTES, size - at));
      const { bytesRead } = await handle.read(sample, 0, sample.length, at);
      samples.push(sample.subarray(0, bytesRead));
    }
    return (await compress(Buffer.concat(samples))) !== undefined;
  } finally {
    await handle.close();
  }
}

export async function compressFile(from: string, to: string): Promise<void> {
  const target = createWriteStream(to, { flags: "wx", ...LARGE });
  await pipeline(
    createReadStream(from, LARGE),
    createZstdCompress({ ...OPTIONS, chunkSize: LARGE.highWaterMark }),
    target,
  );
}

export interface DecompressOptions {
  /** Bytes of the content at most. */
  readonly most: number;
  /** Is told what the content is, and where, in its order. */
  readonly seen?: ((chunk: Uint8Array, at: number) => void) | undefined;
}

/** @throws Error where it is not compressed content, or is more than `most` bytes. */
export async function decompressFile(from: string, to: string, { most, seen }: DecompressOptions): Promise<void> {
  let length = 0;
  const bound = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      const at = length;
      length += chunk.length;
      if (length > most) {
        done(new RangeError("it is longer than it should be"));
        return;
      }
      seen?.(chunk, at);
      done(null, chunk);
    },
  });
  const target = createWriteStream(to, { flags: "wx", ...LARGE });
  await pipeline(
    createReadStream(from, LARGE),
    createZstdDecompress({ ...DECOMPRESSION, chunkSize: LARGE.highWaterMark }),
    bound,
    target,
  );
}
