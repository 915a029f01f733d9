import fc from "fast-check";
import { expect, test } from "vitest";
import type { KeyPart, PartKind } from "../../../src/identify/key.ts";
import { detailsIn, readParts, writeParts } from "../../../src/store/local/call-text.ts";

const NAME: KeyPart = { kind: "function", name: "f", type: "", digest: "0".repeat(32) };
const digest = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const part = fc.record(
  {
    kind: fc.constantFrom<PartKind>("code", "version", "argument", "input", "env"),
    name: fc.string(),
    type: fc.string(),
    digest: fc.oneof(digest, fc.constant("0".repeat(32))),
    preview: fc.string(),
    leaves: fc.array(fc.tuple(fc.string(), fc.string()), { minLength: 1 }),
  },
  { requiredKeys: ["kind", "name", "type", "digest"] },
);

test("what was written is read", () => {
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      expect(readParts("f", writeParts([NAME, ...(parts as KeyPart[])]))).toEqual([NAME, ...parts]);
    }),
  );
});

test("digests of details are found in the text", () => {
  const detail = "0123456789abcdef0123456789abcdef";
  const parts: KeyPart[] = [NAME, { kind: "argument", name: "data", type: "DirType", digest: "f".repeat(32), detail }];

  expect(readParts("f", writeParts(parts))).toEqual(parts);
  expect(detailsIn(writeParts(parts))).toEqual([detail]);
  expect(detailsIn("[1]")).toEqual([]);
});

test("the text is short", () => {
  const parts: KeyPart[] = [
    NAME,
    { kind: "code", name: "", type: "function", digest: "00112233445566778899aabbccddeeff" },
    { kind: "argument", name: "x", type: "Number", digest: "0".repeat(32), preview: "1" },
  ];

  expect(writeParts(parts)).toBe('[["c","","function","ABEiM0RVZneImaq7zN3u_w"],["a","x","Number","","1"]]');
});

test.each([
  "",
  "{}",
  "null",
  "[1]",
  '[["x","","",""]]',
  '[["c",1,"",""]]',
  '[["c","","",""',
  '[["c","","","",{}]]',
  '[["c","","","",null,[1,2]]]',
  '[["c","","","",null,"x"]]',
])("%s is no such text", (text) => {
  expect(readParts("f", text)).toBeUndefined();
});
