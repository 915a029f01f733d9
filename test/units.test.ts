import { expect, test } from "vitest";
import { formatAge, formatBytes, formatCount, formatCounted, formatDuration } from "../src/units.ts";

const KIB = 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [0, "0 B"],
  [1, "1 B"],
  [1023, "1023 B"],
  [KIB, "1 KiB"],
  [1300, "1.3 KiB"],
  [99.94 * KIB, "99.9 KiB"],
  [99.99 * KIB, "100 KiB"],
  [1023.4 * KIB, "1023 KiB"],
  [KIB ** 2 - 1, "1 MiB"],
  [1.2 * KIB ** 2, "1.2 MiB"],
  [5 * KIB ** 3, "5 GiB"],
  [2.5 * KIB ** 4, "2.5 TiB"],
  [2 ** 53, "8 PiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0 ms"],
  [0.04, "0 ms"],
  [0.42, "0.4 ms"],
  [9.96, "10 ms"],
  [850.4, "850 ms"],
  [999.6, "1 s"],
  [12_345, "12.3 s"],
  [59_940, "59.9 s"],
  [59_970, "1 min"],
  [4.5 * MINUTE, "4.5 min"],
  [31.4 * MINUTE, "31 min"],
  [59.7 * MINUTE, "1 h"],
  [2.54 * HOUR, "2.5 h"],
  [23.6 * HOUR, "1 d"],
  [400 * DAY, "400 d"],
])("%d milliseconds are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, "now"],
  [999, "now"],
  [SECOND, "1 s ago"],
  [59_999, "59 s ago"],
  [MINUTE, "1 min ago"],
  [3.9 * HOUR, "3 h ago"],
  [47 * HOUR, "47 h ago"],
  [2 * DAY, "2 d ago"],
  [729 * DAY, "729 d ago"],
  [3 * 366 * DAY, "3 y ago"],
  [-5 * MINUTE, "in 5 min"],
  [-500, "now"],
])("what happened %d milliseconds before now happened %s", (age, text) => {
  const now = Date.UTC(2026, 2, 1);
  expect(formatAge(now - age, now)).toBe(text);
});

test("counts are grouped, and agree with their noun", () => {
  expect(formatCount(1_234_567)).toBe("1,234,567");
  expect(formatCounted(1, "entry", "entries")).toBe("1 entry");
  expect(formatCounted(0, "entry", "entries")).toBe("0 entries");
  expect(formatCounted(1200, "entry", "entries")).toBe("1,200 entries");
});
