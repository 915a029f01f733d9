import { createHash } from "node:crypto";
import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BadRecord,
  decodeRecord,
  encodeRecord,
  LONGEST_RECORD,
  openRecord,
  type RecordHeader,
} from "../../../src/store/remote/record.ts";
import { readSigner } from "../../../src/store/remote/trust.ts";
import { FUNCTION, inlineBlob, KEY, recordOf, recordWithHeader, signer } from "./record-rig.ts";

const MIB = 1024 * 1024;
const expected = { key: KEY, functionName: FUNCTION, trusted: undefined };

/** Of a record that is not to be believed, why; fails for any other outcome. */
async function refusal(bytes: Uint8Array, given: Parameters<typeof decodeRecord>[1] = expected): Promise<BadRecord> {
  const outcome = await decodeRecord(bytes, given).catch((error: unknown) => error);
  if (!(outcome instanceof BadRecord)) throw new Error(`It was not refused: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Makes the digest of a record right again after it was changed. */
function sealed(record: Uint8Array): Uint8Array {
  const hash = createHash("sha256").update(record.subarray(0, 16)).update(record.subarray(48));
  record.set(hash.digest(), 16);
  return record;
}

function withPayload(payload: Uint8Array, { encoding = 0, length = payload.length } = {}): Uint8Array {
  const head = Buffer.alloc(48);
  head.write("scalrec1", "latin1");
  head.writeUInt8(encoding, 8);
  head.writeUInt32LE(length, 12);
  return sealed(Buffer.concat([head, payload]));
}

test("the bytes of a record are those of version 1", async () => {
  const { header, inline } = recordOf("v", { created_at: 1_700_000_000_000 });
  const secretKey = `ed25519-secret:${Buffer.alloc(32, 7).toString("base64url")}`;
  const keys = readSigner(secretKey, "test");

  const record = Buffer.from(await encodeRecord({ header, inline }, keys));

  expect(record.subarray(16, 48)).toEqual(sealed(Buffer.from(record)).subarray(16, 48));
  const payload = record.subarray(144);
  expect(payload.readUInt32LE(0)).toBe(payload.length - 4 - 5);
  expect(payload.subarray(4, -5).toString()).toMatchInlineSnapshot(
    `"{"key":"0123456789abcdef0123456789abcdef","function":"demand","created_at":1700000000000,"duration_ms":1000,"writer":{"host":"host","user":"user","version":"1.2.3"},"blobs":[{"sha256":"8c0aa13f7128b01d85264e6920bbe41ec1dcc343f0293f71dffdb8a336870338","digest":"1e7a18c74488281478532f189d51feb6","bytes":5,"stored":"inline"}],"value":{"blob":0}}"`,
  );
  expect(record.toString("hex").replace(/.{1,96}/g, "$&\n")).toMatchInlineSnapshot(`
    "7363616c7265633100010000610100001c75bad396a3fda4af294c266287ad651187a6d2c87b340884f8a6dc812cc7ac
    ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c7439b55bdf88ef004d751ac4262fc8e3
    b219f6b27e9a24bf5e7b80feb04970e4bdf5f69c9aa5c16dbe82aa32619bae74fd9be73ede19d3c8f55246ad5858ee0b
    580100007b226b6579223a223031323334353637383961626364656630313233343536373839616263646566222c2266
    756e6374696f6e223a2264656d616e64222c22637265617465645f6174223a313730303030303030303030302c226475
    726174696f6e5f6d73223a313030302c22777269746572223a7b22686f7374223a22686f7374222c2275736572223a22
    75736572222c2276657273696f6e223a22312e322e33227d2c22626c6f6273223a5b7b22736861323536223a22386330
    616131336637313238623031643835323634653639323062626534316563316463633334336630323933663731646666
    64623861333336383730333338222c22646967657374223a223165376131386337343438383238313437383533326631
    383964353166656236222c226279746573223a352c2273746f726564223a22696e6c696e65227d5d2c2276616c756522
    3a7b22626c6f62223a307d7dff0f220176
    "
  `);
  expect(await decodeRecord(record, { ...expected, trusted: [keys.publicKey] })).toEqual({
    header,
    inline: new Map([[0, Buffer.from("ff0f220176", "hex")]]),
    signedBy: keys.publicKey,
  });
});

const text = fc.string({ unit: "binary", maxLength: 40 });
const count = fc.nat();
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const at = fc.array(fc.oneof(text, count), { maxLength: 3 });
const member = fc.oneof(
  fc.record({
    kind: fc.constant("file" as const),
    path: text,
    digest: hex(32),
    bytes: count,
    executable: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("folder" as const), path: text }),
  fc.record({ kind: fc.constant("link" as const), path: text, target: text }),
);
const captured = fc.record({
  at,
  kind: fc.constantFrom("file" as const, "folder" as const),
  path: text,
  absolute: fc.boolean(),
  members: fc.array(member, { maxLength: 3 }),
});
const records = fc
  .record({
    contents: fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1, maxLength: 4 }),
    more: fc.record(
      { form: text, bare: fc.array(at, { maxLength: 3 }), captured: fc.array(captured, { maxLength: 2 }), call: text },
      { requiredKeys: [] },
    ),
    writer: fc.record({ host: text, user: text, version: text }),
    created_at: fc.double({ min: 0, max: 1e300, noNaN: true }),
    duration_ms: fc.double({ min: 0, max: 1e300, noNaN: true }),
  })
  .map(({ contents, more, ...head }) => ({
    header: {
      key: KEY,
      function: FUNCTION,
      ...head,
      ...more,
      blobs: contents.map((content) => inlineBlob(content)),
      value: { blob: contents.length - 1 },
    } as RecordHeader,
    inline: new Map(contents.map((content, place) => [place, content] as const)),
  }));

test("a record comes back as it was, signed or not", async () => {
  const keys = signer();
  await fc.assert(
    fc.asyncProperty(records, fc.boolean(), async (record, signed) => {
      const bytes = await encodeRecord(record, signed ? keys : undefined);
      const trusted = signed ? [signer().publicKey, keys.publicKey] : undefined;
      const decoded = await decodeRecord(bytes, { ...expected, trusted });

      expect(decoded.header).toEqual(JSON.parse(JSON.stringify(record.header)));
      for (const [place, content] of record.inline) {
        expect(Buffer.compare(decoded.inline.get(place) ?? Buffer.alloc(0), content)).toBe(0);
      }
      expect(decoded.signedBy).toEqual(signed ? keys.publicKey : undefined);
    }),
    { numRuns: 200 },
  );
});

describe.each([
  ["raw", "short", undefined],
  ["compressed", "long ".repeat(1_000), undefined],
  ["raw and signed", "short", signer()],
  ["compressed and signed", "long ".repeat(1_000), signer()],
] as const)("of a record that is %s", (_, value, keys) => {
  const encoded = (): Promise<Uint8Array> => encodeRecord(recordOf(value), keys);

  test("every single flipped bit is noticed, also where no key is trusted", async () => {
    const bytes = Buffer.from(await encoded());
    for (let place = 0; place < bytes.length * 8; place += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(place >> 3) ^ (1 << (place & 7)), place >> 3);
      expect((await refusal(damaged)).kind).toBe("damaged");
    }
  });

  test("every truncation, and whatever is appended, is noticed", async () => {
    const bytes = await encoded();
    for (let length = 0; length < bytes.length; length += 1) await refusal(bytes.subarray(0, length));
    await refusal(Buffer.concat([bytes, Buffer.alloc(1)]));
    await refusal(Buffer.concat([bytes, bytes]));
  });

  test("one whose digest was made anew is refused or is the same, whichever bit was flipped", async () => {
    const bytes = Buffer.from(await encoded());
    const original = await decodeRecord(bytes, expected);
    const trusted = keys === undefined ? undefined : [keys.publicKey];
    for (let place = 0; place < bytes.length * 8; place += keys === undefined ? 1 : 3) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(place >> 3) ^ (1 << (place & 7)), place >> 3);
      const outcome = await decodeRecord(sealed(damaged), { ...expected, trusted }).catch((error: unknown) => error);
      if (outcome instanceof BadRecord) continue;
      // Whoever can write, and no key is trusted, may say anything of an entry but change its content.
      const { header, inline } = outcome as typeof original;
      expect([header.key, header.function]).toEqual([KEY, FUNCTION]);
      expect(inline).toEqual(original.inline);
      if (trusted !== undefined) expect(header).toEqual(original.header);
    }
  });
});

test("bytes at random are refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (payload, compressed) => {
      await refusal(payload);
      await refusal(withPayload(payload, { encoding: compressed ? 1 : 0 }));
      await refusal(withPayload(zstdCompressSync(payload), { encoding: 1, length: payload.length }));
    }),
    { numRuns: 200 },
  );
});

test("the record of another key or function is refused", async () => {
  const bytes = await encodeRecord(recordOf(1), undefined);

  expect((await refusal(bytes, { ...expected, key: "f".repeat(32) })).message).toContain("another call");
  expect((await refusal(bytes, { ...expected, functionName: "other" })).message).toContain("another call");
});

describe("signatures", () => {
  const keys = signer();
  const trusting = { ...expected, trusted: [keys.publicKey] };

  test("an unsigned record is not believed where keys are trusted", async () => {
    const unsigned = await encodeRecord(recordOf(1), undefined);

    expect((await refusal(unsigned, trusting)).kind).toBe("unsigned");
    expect((await refusal(unsigned, { ...expected, trusted: [] })).kind).toBe("unsigned");
  });

  test("one that is signed with another key is not believed", async () => {
    const foreign = await encodeRecord(recordOf(1), signer());

    expect((await refusal(foreign, trusting)).kind).toBe("untrusted");
  });

  test.each([
    ["key", { key: "f".repeat(32) }],
    ["function", { function: "other" }],
    ["size", { blobs: [{ ...inlineBlob(Buffer.from("x")), bytes: 2 }] }],
    ["content", { blobs: [inlineBlob(Buffer.from("y"))] }],
    ["writer", { writer: { host: "evil", user: "user", version: "1.2.3" } }],
    ["time", { created_at: 1 }],
    ["duration", { duration_ms: 2 }],
    ["form", { form: "x" }],
  ] as const)("the signature of a record is none for one with another %s", async (_, change) => {
    const { header, inline } = recordOf(1);
    const [signed, forged] = await Promise.all([
      encodeRecord({ header, inline }, keys),
      encodeRecord({ header: { ...header, ...change } as RecordHeader, inline }, keys),
    ]);
    const mixed = Buffer.from(forged);
    mixed.set(signed.subarray(48, 144), 48);

    const outcome = await openRecord(sealed(mixed), [keys.publicKey]).catch((error: unknown) => error);

    expect(outcome).toBeInstanceOf(BadRecord);
  });

  test("content that is not the signed one is refused, with the signature as it was", async () => {
    const signed = Buffer.from(await encodeRecord(recordOf("one"), keys));
    const other = Buffer.from(await encodeRecord(recordOf("two"), keys));
    signed.set(other.subarray(-4), signed.length - 4);

    expect((await refusal(sealed(signed), trusting)).kind).toBe("damaged");
  });
});

describe("hostile records", () => {
  const header = recordOf(1).header;

  test("lengths that are more than there is are refused", async () => {
    for (const length of [0, 5, 2 ** 31, 2 ** 32 - 1]) {
      const payload = Buffer.alloc(8);
      payload.writeUInt32LE(length >>> 0);
      await refusal(withPayload(payload));
      await refusal(withPayload(payload, { length }));
      await refusal(withPayload(zstdCompressSync(payload), { encoding: 1, length }));
    }
    await refusal(withPayload(Buffer.alloc(3)));
  });

  test.each([
    ["a gibibyte that says it is short", 100],
    ["a gibibyte that says it is one", 1024 * MIB],
    ["a gibibyte that says it is as long as records may be", LONGEST_RECORD - 144],
  ])("of %s, no more is decompressed than a record may have", async (_, length) => {
    const piece = zstdCompressSync(Buffer.alloc(64 * MIB));
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => piece));
    const before = process.memoryUsage().rss;

    await refusal(withPayload(bomb, { encoding: 1, length }));

    expect(process.memoryUsage().rss - before).toBeLessThan(400 * MIB);
  });

  test("content that can be decompressed only with much memory is refused", async () => {
    const options = { params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 } };
    const wide = zstdCompressSync(Buffer.alloc(60 * MIB), options);

    expect((await refusal(withPayload(wide, { encoding: 1, length: 60 * MIB }))).message).toContain("decompressed");
  });

  test.each([
    ["a key that is too long", { ...header, key: "k".repeat(513) }],
    ["a time before all", { ...header, created_at: -1 }],
    ["a negative duration", { ...header, duration_ms: -1 }],
    ["a duration that is no number", { ...header, duration_ms: Number.NaN }],
    ["no blobs", { ...header, blobs: [] }],
    ["a value in no blob", { ...header, value: { blob: 1 } }],
    ["a value at a negative place", { ...header, value: { blob: -1 } }],
    ["a layout of halves", { ...header, value: { blob: 0, layout: [0.5] } }],
    ["a layout of negative parts", { ...header, value: { blob: 0, layout: [-1, 2] } }],
    ["a detail in no blob", { ...header, details: [{ digest: "0".repeat(32), blob: 7 }] }],
    [
      "a digest that is a path",
      { ...header, blobs: [{ ...header.blobs[0], digest: "../../../../../../../etc/passw" }] },
    ],
    ["a SHA-256 that is a path", { ...header, blobs: [{ ...header.blobs[0], sha256: `../${"a".repeat(61)}` }] }],
    ["a blob that is longer than numbers go", { ...header, blobs: [{ ...header.blobs[0], bytes: 2 ** 60 }] }],
    ["inline content that is not there", { ...header, blobs: [{ ...header.blobs[0], bytes: 1_000 }] }],
    ["a field that nobody knows", { ...header, surprise: 1 }],
    [
      "a captured thing of another kind",
      { ...header, captured: [{ at: [], kind: "socket", path: "x", absolute: false, members: [] }] },
    ],
  ])("%s is refused", async (_, hostile) => {
    await refusal(await recordWithHeader(hostile));
  });

  test("a header that would change what all objects inherit is refused, or changes nothing", async () => {
    const json = JSON.stringify(header).replace("{", '{"__proto__":{"polluted":1},');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(json.length);
    const content = recordOf(1).inline.get(0) ?? Buffer.alloc(0);

    await openRecord(withPayload(Buffer.concat([length, Buffer.from(json), content]))).catch((error: unknown) => error);

    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("what would be longer than a record may be is not written", async () => {
    const content = Buffer.alloc(LONGEST_RECORD);
    const { header: large } = recordOf(1, { blobs: [inlineBlob(content)] });

    await expect(encodeRecord({ header: large, inline: new Map([[0, content]]) }, undefined)).rejects.toThrow(
      "too long",
    );
  });
});
