import { expect, test } from "vitest";
import { formatCoreHours } from "../../../src/cli/plan/core-hours.ts";

test.each([
  [undefined, "-"],
  [0, "0"],
  [0.004, "<0.01"],
  [0.0417, "0.04"],
  [2.44, "2.4"],
  [31.4, "31"],
  [12_345.6, "12,346"],
])("%s core-hours are shown as %s", (hours, shown) => {
  expect(formatCoreHours(hours)).toBe(shown);
});
