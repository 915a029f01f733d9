import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { digestContent, loadContentHasher } from "../../../src/identify/content.ts";
import { Arrival } from "../../../src/store/remote/arrival.ts";

const BYTES = 17 * 1024 * 1024 + 7;
const CHUNK = 3 * 1024 * 1024 + 1;

const content = new Uint8Array(BYTES).map((_, place) => (place * 2_654_435_761) >>> 13);

beforeAll(() => loadContentHasher());

function memory(): Uint8Array[] {
  return [new Uint8Array(11), new Uint8Array(5), new Uint8Array(BYTES - 16)];
}

function chunks(): { readonly at: number; readonly chunk: Uint8Array }[] {
  return Array.from({ length: Math.ceil(BYTES / CHUNK) }, (_, place) => {
    const at = place * CHUNK;
    return { at, chunk: content.subarray(at, at + CHUNK) };
  });
}

test.each([
  ["in order", chunks()],
  ["backwards", chunks().reverse()],
  ["the odd ones first", chunks().sort((a, b) => ((b.at / CHUNK) % 2) - ((a.at / CHUNK) % 2))],
])("content that arrives %s is whole and has its digests", (_, order) => {
  const pieces = memory();
  const arrival = new Arrival(pieces);

  for (const { at, chunk } of order) arrival.add(chunk, at);

  const sha256 = createHash("sha256").update(content).digest("hex");
  expect(arrival.end()).toEqual({ sha256, digest: digestContent(content) });
  expect(Buffer.compare(Buffer.concat(pieces), content)).toBe(0);
});

test("content of which a part is missing, or is there twice in place of another, has none", () => {
  const gap = new Arrival(memory());
  for (const { at, chunk } of chunks().slice(1)) gap.add(chunk, at);
  expect(gap.end()).toBeUndefined();

  const twice = new Arrival(memory());
  for (const { at, chunk } of chunks().slice(0, -1)) twice.add(chunk, at);
  twice.add(content.subarray(0, CHUNK), 0);
  expect(twice.end()).toBeUndefined();
});

test("content that is longer than it should be has none", () => {
  const arrival = new Arrival([new Uint8Array(4)]);
  arrival.add(new Uint8Array(5), 0);
  expect(arrival.end()).toBeUndefined();
});
