import { expect, test } from "vitest";
import { columnsOf, truncate } from "../../../src/cli/terminal/width.ts";

test.each([
  ["", 0],
  ["runSimulation", 13],
  ["Größe", 5],
  ["Gro\u0308ße", 5],
  ["需求模拟", 8],
  ["カタカナ", 8],
  ["한국어", 6],
  ["Ａ", 2],
  ["🙂", 2],
  ["👩‍🔬", 2],
  ["❤️", 2],
  ["a\u200bb", 2],
  ["x → y", 5],
])("%j takes %d columns", (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

test("text is cut to the columns that there are", () => {
  expect(truncate("runSimulation", 13)).toBe("runSimulation");
  expect(truncate("runSimulation", 8)).toBe("runSimu…");
  expect(truncate("需求模拟", 8)).toBe("需求模拟");
  expect(truncate("需求模拟", 7)).toBe("需求模…");
  // Half of a wide character cannot be shown, so that one column stays empty.
  expect(truncate("需求模拟", 6)).toBe("需求…");
  expect(truncate("👩‍🔬👩‍🔬👩‍🔬", 5)).toBe("👩‍🔬👩‍🔬…");
});
