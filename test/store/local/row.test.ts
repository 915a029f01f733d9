import fc from "fast-check";
import { xxhash128 } from "hash-wasm";
import { beforeAll, expect, test } from "vitest";
import { loadContentHasher } from "../../../src/identify/content.ts";
import {
  blobsOf,
  claimedDigest,
  type Entry,
  type Extra,
  readRecord,
  writeRecord,
} from "../../../src/store/local/row.ts";

beforeAll(() => loadContentHasher());

type Content = Omit<Entry, "digest">;

function entry(more: Partial<Content> = {}): Content {
  const value = { inline: Buffer.from("abc") };
  return { key: "k", createdAt: 1_700_000_000_000, durationMs: 12.5, value, extra: {}, ...more };
}

const BLOB = Buffer.alloc(16, 7);
const EXTRA: Extra = {
  blob: { bytes: 100_000, layout: [10, 99_984] },
  bare: [["a", 0]],
  captured: [
    {
      at: ["out"],
      kind: "folder",
      path: "out",
      absolute: false,
      members: [
        { kind: "folder", path: "sub" },
        { kind: "file", path: "sub/a", digest: "ab".repeat(16), bytes: 5, executable: true },
        { kind: "link", path: "l", target: "sub/a" },
      ],
    },
  ],
};

test("a record is what docs/formats/store.md says, byte for byte", () => {
  // A change of these bytes is a change of the layout: what was stored could not be read any more.
  const hex = (content: Content): string => Buffer.from(writeRecord(content)).toString("hex");
  expect(hex(entry())).toBe("1462061a6700f00fd78943991c7327b40100008056febc7842000000000000294000000000616263");
  expect(hex(entry({ value: { blob: BLOB }, extra: { blob: { bytes: 9, layout: [9] } } }))).toBe(
    "2eb1635e88c5376aef873c3382977c570200008056febc78420000000000002940210000007b22626c6f62223a7b226279746573223a392c226c61796f7574223a5b395d7d7d07070707070707070707070707070707",
  );
});

test("what was written is read", () => {
  for (const content of [
    entry(),
    entry({ value: { blob: BLOB }, extra: EXTRA }),
    entry({ durationMs: 0, key: "é\0" }),
  ]) {
    const read = readRecord(content.key, writeRecord(content));

    expect(read).toMatchObject({ key: content.key, createdAt: content.createdAt, durationMs: content.durationMs });
    expect(read?.extra).toEqual(content.extra);
    expect(read?.value).toEqual(
      "inline" in content.value ? { inline: new Uint8Array(content.value.inline) } : { blob: new Uint8Array(BLOB) },
    );
  }
});

test("no bit of a record can change, and no other key take it for its own", () => {
  const long = entry({ value: { inline: Buffer.alloc(3_000, 1) }, extra: { bare: [[]] } });
  for (const content of [entry(), long]) {
    const record = writeRecord(content);
    for (let bit = 0; bit < record.length * 8; bit += 1) {
      const changed = Buffer.from(record);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readRecord(content.key, changed)).toBeUndefined();
    }
    for (const key of ["", "K", "k\0", "kk"]) expect(readRecord(key, record)).toBeUndefined();
    for (let length = 0; length < record.length; length += 1) {
      expect(readRecord(content.key, record.subarray(0, length))).toBeUndefined();
    }
    expect(readRecord(content.key, Buffer.concat([record, Buffer.alloc(1)]))).toBeUndefined();
  }
});

test("what is no record at all is damaged, whatever SQLite returns for it", () => {
  for (const record of [undefined, null, 1, "text", new Uint8Array(0), new Uint8Array(36), new Uint8Array(37)]) {
    expect(readRecord("k", record)).toBeUndefined();
  }
  expect(claimedDigest("text")).toEqual(new Uint8Array(0));
});

test("two entries never have one record", () => {
  const contentArb = fc.record({
    key: fc.string({ unit: "binary", maxLength: 3 }),
    createdAt: fc.constantFrom(0, 1),
    durationMs: fc.constantFrom(0, 1),
    value: fc.uint8Array({ maxLength: 3 }).map((inline) => ({ inline: Buffer.from(inline) })),
    extra: fc.constantFrom<Extra>({}, { bare: [] }, { bare: [[]] }),
  });
  fc.assert(
    fc.property(contentArb, contentArb, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b) && a.key === b.key;
      expect(Buffer.compare(writeRecord(a), writeRecord(b)) === 0).toBe(same);
    }),
    { numRuns: 500 },
  );
});

/** What stands in front of a record's content, made as docs/formats/store.md says. */
async function digestFor(key: string, content: Uint8Array): Promise<Buffer> {
  const text = Buffer.from(key, "utf16le");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.from(await xxhash128(Buffer.concat([length, text, content])), "hex");
}

test.each([10, 1_003, 1_004, 5_000])("the digest is that of the key and %d bytes of content", async (bytes) => {
  const record = writeRecord(entry({ value: { inline: Buffer.alloc(bytes, 3) } }));

  expect(Buffer.from(record.subarray(0, 16))).toEqual(await digestFor("k", record.subarray(16)));
});

test.each([
  ["with something that is not JSON", "{", 1],
  ["with something that ends too early", '{"bare":', 8],
  ["with a length that leads beyond its end", "", 4_000_000_000],
])("a record with a right digest, but %s, is damaged", async (_what, json, length) => {
  const content = Buffer.concat([writeRecord(entry()).subarray(16, 33), Buffer.alloc(4), Buffer.from(json)]);
  content.writeUInt32LE(length, 17);

  expect(readRecord("k", Buffer.concat([await digestFor("k", content), content]))).toBeUndefined();
});

test("an entry names its blobs, each once", () => {
  const twice = { ...EXTRA, captured: [...(EXTRA.captured ?? []), ...(EXTRA.captured ?? [])] };

  expect(blobsOf({ value: { blob: BLOB }, extra: twice })).toEqual([
    { digest: BLOB, bytes: 100_000 },
    { digest: Buffer.from("ab".repeat(16), "hex"), bytes: 5 },
  ]);
  expect(blobsOf({ value: { inline: BLOB }, extra: {} })).toEqual([]);
});
