import { expect, test } from "vitest";
import { jobsText } from "../../../src/cli/report/jobs-text.ts";

test("a run without jobs has no line about them", () => {
  expect(jobsText(undefined)).toBeUndefined();
});

test("the line says how many tries there were, what ended them, and what they took", () => {
  const summary = {
    tries: 1003,
    nodes: 3,
    by_state: { COMPLETED: 1000, NODE_FAIL: 2, "TIME\u001bOUT": 1 },
    waited_s: { median: 12, most: 240 },
    core_hours: 31.2,
  };

  expect(jobsText(summary)).toBe(
    "1,003 tries on 3 nodes; 2 NODE_FAIL, 1 TIME\\x1bOUT; waited 12 s (median), 4 min at most; 31 core-hours",
  );
});

test("what is not known is left out", () => {
  expect(jobsText({ tries: 1, nodes: 0, by_state: { COMPLETED: 1 } })).toBe("1 try");
});
