import type { BigIntStats } from "node:fs";

const FIELDS = 5;

/** The metadata that tells one state of a file from another, of many files: compact, and quick to pass to a thread. */
export class StampList {
  #fields: BigInt64Array;
  #length = 0;

  /** @param fields - as {@link packed} gave them. */
  constructor(fields?: BigInt64Array) {
    this.#fields = fields ?? new BigInt64Array(FIELDS * 64);
    this.#length = fields === undefined ? 0 : fields.length / FIELDS;
  }

  push(stat: BigIntStats): void {
    if ((this.#length + 1) * FIELDS > this.#fields.length) {
      const grown = new BigInt64Array(this.#fields.length * 2);
      grown.set(this.#fields);
      this.#fields = grown;
    }
    const at = this.#length * FIELDS;
    // Numbers of 64 bits wrap around here, which keeps them different.
    this.#fields[at] = stat.dev;
    this.#fields[at + 1] = stat.ino;
    this.#fields[at + 2] = stat.size;
    this.#fields[at + 3] = stat.mtimeNs;
    this.#fields[at + 4] = stat.ctimeNs;
    this.#length += 1;
  }

  get length(): number {
    return this.#length;
  }

  sizeAt(place: number): number {
    return Number(this.#fields[place * FIELDS + 2] ?? 0n);
  }

  /** When the file changed last, content or metadata: milliseconds since 1970. */
  changedAt(place: number): number {
    const [mtime = 0n, ctime = 0n] = [this.#fields[place * FIELDS + 3], this.#fields[place * FIELDS + 4]];
    return Number((mtime > ctime ? mtime : ctime) / 1_000_000n);
  }

  same(place: number, other: StampList, otherPlace: number): boolean {
    for (let field = 0; field < FIELDS; field += 1) {
      if (this.#fields[place * FIELDS + field] !== other.#fields[otherPlace * FIELDS + field]) return false;
    }
    return true;
  }

  matches(place: number, stat: BigIntStats): boolean {
    const one = new StampList(new BigInt64Array(FIELDS));
    one.#length = 0;
    one.push(stat);
    return this.same(place, one, 0);
  }

  /** The numbers of the files at some places, for another thread or the memo. */
  packed(places: readonly number[]): BigInt64Array {
    const packed = new BigInt64Array(places.length * FIELDS);
    let at = 0;
    for (const place of places) {
      for (let field = 0; field < FIELDS; field += 1) packed[at + field] = this.#fields[place * FIELDS + field] ?? 0n;
      at += FIELDS;
    }
    return packed;
  }

  /** All numbers as bytes, without a copy: valid until the next push. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#fields.buffer, 0, this.#length * FIELDS * 8);
  }
}
