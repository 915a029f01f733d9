import { beforeAll, expect, test } from "vitest";
import { digestContent, loadContentHasher, SEGMENT_BYTES, sameDigest, segmentsOf } from "../../src/identify/content.ts";
import { createHasher, digestOf, toHex } from "../../src/identify/hasher.ts";

beforeAll(() => loadContentHasher());

// Computed with the C library of XXH3.
test.each([
  ["", 0n, "99aa06d3014798d86001c324468d497f"],
  ["abc", 987654321n, "797291c9a3a5e1384e5017b6d1c3fad5"],
  ["x".repeat(1_000), 2n ** 64n - 1n, "5efb8bc36f12a43b006caffc8156e650"],
])("the hash is XXH3 with 128 bits, of text %j with seed %d", async (text, seed, expected) => {
  expect(toHex(digestOf(await createHasher(seed), Buffer.from(text)))).toBe(expected);
});

test("a hash that is fed in pieces is that of the whole", async () => {
  const hasher = await createHasher(1n);
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31);
  const whole = toHex(digestOf(hasher, bytes));

  for (const size of [1, 63, 64, 65, 1_023, 16_384, 99_999]) {
    hasher.init();
    for (let at = 0; at < bytes.length; at += size) hasher.update(bytes.subarray(at, at + size));
    expect(hasher.digest("hex")).toBe(whole);
  }
});

test.each([
  [0, [[0, 0]]],
  [1, [[0, 1]]],
  [SEGMENT_BYTES, [[0, SEGMENT_BYTES]]],
  [
    SEGMENT_BYTES + 1,
    [
      [0, SEGMENT_BYTES],
      [SEGMENT_BYTES, 1],
    ],
  ],
  [
    2 * SEGMENT_BYTES,
    [
      [0, SEGMENT_BYTES],
      [SEGMENT_BYTES, SEGMENT_BYTES],
    ],
  ],
])("the segments of %d bytes", (length, expected) => {
  expect(segmentsOf(length).map((segment) => [segment.offset, segment.length])).toEqual(expected);
});

test("content that differs in its last byte, its length or the order of its segments has another digest", () => {
  const bytes = new Uint8Array(2 * SEGMENT_BYTES);
  const first = bytes.slice();
  first[0] = 1;
  const second = bytes.slice();
  second[SEGMENT_BYTES] = 1;
  const digests = [bytes, first, second, bytes.subarray(1), new Uint8Array(2 * SEGMENT_BYTES + 1)].map((content) =>
    toHex(digestContent(content)),
  );

  expect(new Set(digests).size).toBe(digests.length);
});

test("digests are the same where all their 16 bytes are", () => {
  const digest = new Uint8Array(16).fill(7);
  expect(sameDigest(digest, digest.slice())).toBe(true);
  expect(sameDigest(digest, digest.with(15, 8))).toBe(false);
  expect(sameDigest(digest, digest.subarray(0, 15))).toBe(false);
  expect(sameDigest(new Uint8Array(), new Uint8Array())).toBe(false);
});
