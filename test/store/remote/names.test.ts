import fc from "fast-check";
import { expect, test } from "vitest";
import {
  blobName,
  ENTRIES,
  functionFolder,
  functionOfFolder,
  leaseName,
  parseBlobName,
  parseRecordName,
  recordId,
  recordName,
} from "../../../src/store/remote/names.ts";
import { KEY } from "./record-rig.ts";

const ALLOWED = /^[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*$/;
const names = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 150 }),
  fc.string({ unit: fc.constantFrom(..."aA.~/\\-_ 0é€😀\0"), maxLength: 150 }),
);

test("the names of version 1 are these", () => {
  expect(recordName("demand", KEY)).toBe(`v1/entries/demand/01/${KEY}`);
  expect(recordName("", "my value")).toBe("v1/entries/~/db/db90a6356b637ea6f90bbba59eca8ced");
  expect(recordId("my value")).toBe("db90a6356b637ea6f90bbba59eca8ced");
  expect(functionFolder("a/b c.é")).toBe("v1/entries/a~2fb~20c.~c3~a9/");
  expect(functionFolder("x".repeat(101))).toMatchInlineSnapshot(
    `"v1/entries/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx~~c675a2e604b0cd1229c036e3ce0c8742/"`,
  );
  expect(blobName("a".repeat(64), "raw")).toBe(`v1/blobs/aa/${"a".repeat(64)}`);
  expect(blobName("a".repeat(64), "zstd")).toBe(`v1/blobs/aa/${"a".repeat(64)}.zst`);
  expect(leaseName("demand", KEY)).toBe(`v1/leases/demand/${KEY}`);
});

test("names have allowed characters only, lead nowhere else, and are no longer than file systems take", () => {
  fc.assert(
    fc.property(names, fc.string({ minLength: 1, maxLength: 512 }), (functionName, key) => {
      for (const name of [recordName(functionName, key), leaseName(functionName, key)]) {
        expect(name).toMatch(ALLOWED);
        for (const part of name.split("/")) {
          expect(part.startsWith(".")).toBe(false);
          expect(part.length).toBeLessThanOrEqual(100);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each(["..", ".", "", "~", "/", "../../etc", "a\0b", "é", "x".repeat(10_000), "\u202e", "CON", "%2e%2e"])(
  "a function that is called %j has a folder of its own",
  (functionName) => {
    const folder = functionFolder(functionName);

    expect(folder.startsWith(ENTRIES)).toBe(true);
    expect(folder.slice(ENTRIES.length)).toMatch(/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,99}\/$/);
    expect(functionOfFolder(folder)).toBe(functionName.length > 100 ? undefined : functionName);
  },
);

test("no two functions share a folder, and it tells the function's name, unless that is long", () => {
  fc.assert(
    fc.property(names, names, (one, other) => {
      // Lone surrogates are no text: nothing that is UTF-8 tells them apart.
      const [a, b] = [one.toWellFormed(), other.toWellFormed()];
      expect(functionFolder(a) === functionFolder(b)).toBe(a === b);
      const told = functionOfFolder(functionFolder(a));
      if (told === undefined) expect(functionFolder(a)).toMatch(/~~[0-9a-f]{32}\/$/);
      else expect(told).toBe(a);
    }),
    { numRuns: 2_000 },
  );
});

test("a short name that spells the folder of a long one has another folder", () => {
  for (let number = 0; number < 300; number += 1) {
    const long = `${"x".repeat(200)}${number}`;
    const folder = functionFolder(long).slice(ENTRIES.length, -1);
    const spelled = folder.replace(/~([0-9a-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );

    expect(functionFolder(spelled)).not.toBe(functionFolder(long));
    expect(functionFolder(folder)).not.toBe(functionFolder(long));
  }
});

test("names of objects are understood again, and others are not", () => {
  fc.assert(
    fc.property(names, (functionName) => {
      expect(parseRecordName(recordName(functionName, KEY))).toEqual({ folder: functionFolder(functionName), id: KEY });
    }),
  );
  expect(parseBlobName(blobName("a".repeat(64), "zstd"))).toBe("a".repeat(64));
  for (const strange of [
    "",
    "v1/entries/f/02/0123456789abcdef0123456789abcdef",
    "v1/entries/f/01/0123456789abcdef0123456789abcdeF",
    "v1/entries/a/b/01/0123456789abcdef0123456789abcdef",
    "v2/entries/f/01/0123456789abcdef0123456789abcdef",
    `v1/entries/f/01/${KEY}.tmp`,
  ]) {
    expect(parseRecordName(strange)).toBeUndefined();
    expect(parseBlobName(strange)).toBeUndefined();
  }
  expect(parseBlobName(`v1/blobs/aa/${"a".repeat(64)}.gz`)).toBeUndefined();
});
