import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeUnprintable, toPrintableJson } from "../src/escape.ts";

const CONTROL = /\p{Cc}/u;

test("what a terminal acts upon is spelled out", () => {
  expect(escapeUnprintable("red\x1b[31m")).toBe("red\\x1b[31m");
  expect(escapeUnprintable("two\nlines\r\tand")).toBe("two\\nlines\\r\\tand");
  expect(escapeUnprintable("title\x9d0;x\x07")).toBe("title\\x9d0;x\\x07");
  expect(escapeUnprintable("cod\u202etxt.exe")).toBe("cod\\u202etxt.exe");
  expect(escapeUnprintable("half \ud83d of a pair")).toBe("half \\ud83d of a pair");
});

test("what people write stays as it is", () => {
  for (const text of ["runSimulation", "需求模拟", "Größe", "🙂 ok", "a\\nb"])
    expect(escapeUnprintable(text)).toBe(text);
});

test("no text leaves a control character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(escapeUnprintable(text)).not.toMatch(CONTROL);
    }),
  );
});

test("printable JSON means the same as JSON, without a control character", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.string({ unit: "binary" }), (value, text) => {
      const json = toPrintableJson({ value, text });
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      expect(json).not.toMatch(CONTROL);
    }),
  );
  expect(toPrintableJson({ name: "\x9b31m" }, 2)).toBe('{\n  "name": "\\u009b31m"\n}');
});
