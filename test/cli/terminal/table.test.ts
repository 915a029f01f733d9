import { describe, expect, test } from "vitest";
import { type Column, formatTable } from "../../../src/cli/terminal/table.ts";
import { columnsOf } from "../../../src/cli/terminal/width.ts";

const COLUMNS: readonly Column[] = [
  { title: "KEY" },
  { title: "FUNCTION", narrow: "cut" },
  { title: "SIZE", align: "right" },
  { title: "HITS", align: "right", narrow: "drop" },
  { title: "ARGUMENTS", narrow: "cut" },
];
const ROWS = [
  ["abcd0000abcd", "runSimulation", "12 B", "1,000", "scenarioId: 42"],
  ["abcd0007abcd", "需求模拟", "1.3 KiB", "3", ""],
  ["abcd0007abcd", "a.function.with.a.very.long.name", "1.3 KiB", "3", "params: { solver: 'cg', tolerance: 1e-9 }"],
];

function table(width?: number): string[] {
  return [...formatTable({ columns: COLUMNS, rows: ROWS, width, styleHeading: (line) => line })];
}

test("columns are aligned, numbers to the right, and nothing is cut where no width is given", () => {
  expect(table().slice(0, 3)).toEqual([
    "KEY           FUNCTION                             SIZE   HITS  ARGUMENTS",
    "abcd0000abcd  runSimulation                        12 B  1,000  scenarioId: 42",
    "abcd0007abcd  需求模拟                          1.3 KiB      3",
  ]);
  expect(table()[3]).toContain(
    "a.function.with.a.very.long.name  1.3 KiB      3  params: { solver: 'cg', tolerance: 1e-9 }",
  );
});

test("the heading alone is styled, without its trailing blanks", () => {
  const [heading] = formatTable({ columns: COLUMNS, rows: [], styleHeading: (line) => `<${line}>` });
  expect(heading).toBe("<KEY  FUNCTION  SIZE  HITS  ARGUMENTS>");
});

describe("on a terminal", () => {
  test.each([200, 120, 100, 80, 70, 60, 50])("of %d columns, no line is wider", (width) => {
    for (const line of table(width)) expect(columnsOf(line)).toBeLessThanOrEqual(width);
  });

  test("that is too narrow, long cells are cut, and short ones stay whole", () => {
    const [, first, , third] = table(90);
    expect(first).toContain("runSimulation");
    expect(first).toContain("scenarioId: 42");
    expect(third).toMatch(/a\.function\S*… .* params: .*…$/);
  });

  test("columns that can be spared go before cells become unreadable", () => {
    expect(table(90)[0]).toContain("HITS");
    expect(table(70)[0]).not.toContain("HITS");
    expect(table(70)[1]).not.toContain("1,000");
  });

  test("that is far too narrow, lines wrap instead of saying nothing", () => {
    expect(table(20)[1]).toBe("abcd0000abcd  runSimu…     12 B  scenari…");
  });
});
