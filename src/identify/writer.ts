import type { Hasher } from "./hasher.ts";

const FLUSH_BYTES = 1 << 20;
const SHORT_STRING = 48;

/** Content longer than this is represented by its content digest. */
export const INLINE_BYTES = 65_536;

/** A growing buffer for the encodings of the key format. All numbers are little-endian. */
export class Writer {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #view = new DataView(this.#bytes.buffer);
  readonly #contentDigest: (content: Uint8Array) => Uint8Array;
  length = 0;

  /** @param contentDigest - the digest that stands for content above {@link INLINE_BYTES}. */
  constructor(contentDigest: (content: Uint8Array) => Uint8Array) {
    this.#contentDigest = contentDigest;
  }

  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.length);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  u8(value: number): void {
    this.reserve(1);
    this.#view.setUint8(this.length, value);
    this.length += 1;
  }

  u32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  u64(value: number): void {
    this.reserve(8);
    this.#view.setUint32(this.length, value >>> 0, true);
    this.#view.setUint32(this.length + 4, Math.floor(value / 2 ** 32), true);
    this.length += 8;
  }

  f64(value: number): void {
    this.reserve(8);
    if (Number.isNaN(value)) {
      // JavaScript does not say which NaN setFloat64 writes.
      this.#view.setUint32(this.length, 0, true);
      this.#view.setUint32(this.length + 4, 0x7ff80000, true);
    } else this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** A tag and a number in one step: the inner loop of numeric arrays. */
  tagged(tag: number, value: number): void {
    this.reserve(9);
    this.#view.setUint8(this.length, tag);
    this.length += 1;
    this.f64(value);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  ascii(text: string): void {
    this.reserve(text.length);
    this.#bytes.write(text, this.length, "latin1");
    this.length += text.length;
  }

  /** Length and content, or length and digest where the content is long. */
  bytes(content: Uint8Array): void {
    this.u64(content.length);
    this.raw(content.length > INLINE_BYTES ? this.#contentDigest(content) : content);
  }

  /** The UTF-8 form of a text, as {@link bytes} writes it. */
  utf8(text: string): void {
    this.reserve(8 + text.length * 3);
    const start = this.length;
    this.u64(text.length);
    const size = this.#bytes.write(text, this.length, "utf8");
    if (size !== text.length) {
      this.length = start;
      this.u64(size);
    }
    this.length += size;
  }

  str(text: string): void {
    const size = text.length * 2;
    if (size > INLINE_BYTES) {
      this.bytes(Buffer.from(text, "utf16le"));
      return;
    }
    this.u64(size);
    this.reserve(size);
    if (text.length <= SHORT_STRING) {
      let at = this.length;
      for (let i = 0; i < text.length; i += 1, at += 2) this.#view.setUint16(at, text.charCodeAt(i), true);
    } else this.#bytes.write(text, this.length, "utf16le");
    this.length += size;
  }

  /** All that was written; valid until the next write. */
  written(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, 0, this.length);
  }

  /** What was written from `start` on; valid until the next write. */
  region(start: number, end: number = this.length): Buffer {
    return this.#bytes.subarray(start, end);
  }

  /** Overwrites from `start` on. */
  replace(start: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, start);
  }

  /** Hands a full buffer to `hasher` and starts again. Only where nobody holds an offset into the buffer. */
  flushInto(hasher: Hasher, threshold: number = FLUSH_BYTES): void {
    if (this.length < threshold) return;
    hasher.update(this.written());
    this.length = 0;
  }
}
