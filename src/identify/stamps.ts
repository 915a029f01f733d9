import type { BigIntStats } from "node:fs";

const FIELDS = 6;

/** Whether the owner may execute a file; false on systems that do not know of that. */
export function isExecutable(stat: BigIntStats): boolean {
  return process.platform !== "win32" && (Number(stat.mode) & 0o100) !== 0;
}

/** The metadata that tells one state of a file from another, of many files: compact, and quick to pass to a thread. */
export class StampList {
  #fields: BigInt64Array<ArrayBuffer>;
  #length = 0;

  /** @param fields - as {@link fields} gave them. */
  constructor(fields?: BigInt64Array<ArrayBuffer>) {
    this.#fields = fields ?? new BigInt64Array(FIELDS * 64);
    this.#length = fields === undefined ? 0 : Math.floor(fields.length / FIELDS);
  }

  /** A list of so many files of which nothing is known yet. */
  static of(length: number): StampList {
    return new StampList(new BigInt64Array(length * FIELDS));
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a file, of which nothing is known yet. Returns its place. */
  add(): number {
    const place = this.#length;
    this.#length += 1;
    if (this.#length * FIELDS > this.#fields.length) {
      const grown = new BigInt64Array(this.#fields.length * 2);
      grown.set(this.#fields);
      this.#fields = grown;
    }
    return place;
  }

  set(place: number, stat: BigIntStats): void {
    const at = place * FIELDS;
    // Numbers of 64 bits wrap around here, which keeps them different.
    this.#fields[at] = stat.dev;
    this.#fields[at + 1] = stat.ino;
    this.#fields[at + 2] = stat.size;
    this.#fields[at + 3] = stat.mtimeNs;
    this.#fields[at + 4] = stat.ctimeNs;
    this.#fields[at + 5] = isExecutable(stat) ? 1n : 0n;
  }

  copy(place: number, from: StampList, fromPlace: number): void {
    const fields = from.#fields.subarray(fromPlace * FIELDS, (fromPlace + 1) * FIELDS);
    this.#fields.set(fields, place * FIELDS);
  }

  same(place: number, other: StampList, otherPlace: number): boolean {
    for (let field = 0; field < FIELDS; field += 1) {
      if (this.#fields[place * FIELDS + field] !== other.#fields[otherPlace * FIELDS + field]) return false;
    }
    return true;
  }

  sizeAt(place: number): number {
    return Number(this.#fields[place * FIELDS + 2] ?? 0n);
  }

  /** When the file changed last, content or metadata: milliseconds since 1970. */
  changedAt(place: number): number {
    const [mtime = 0n, ctime = 0n] = [this.#fields[place * FIELDS + 3], this.#fields[place * FIELDS + 4]];
    return Number((mtime > ctime ? mtime : ctime) / 1_000_000n);
  }

  isExecutableAt(place: number): boolean {
    return this.#fields[place * FIELDS + 5] === 1n;
  }

  /** All numbers, for another thread or the memo. Without a copy: valid until something is added. */
  fields(): BigInt64Array<ArrayBuffer> {
    return this.#fields.subarray(0, this.#length * FIELDS);
  }
}
