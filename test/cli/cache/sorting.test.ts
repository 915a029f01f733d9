import { expect, test } from "vitest";
import { SORT_FIELDS, type SortField, sortEntries } from "../../../src/cli/cache/sorting.ts";
import type { EntryInfo } from "../../../src/store/store.ts";

function entry(key: string, fields: Partial<EntryInfo>): EntryInfo {
  return { key, functionName: "f", createdAt: 0, lastUsedAt: 0, hits: 0, durationMs: 0, bytes: 0, ...fields };
}

const ENTRIES = [
  entry("b", { functionName: "alpha", createdAt: 1, lastUsedAt: 9, hits: 5, durationMs: 30, bytes: 200 }),
  entry("a", { functionName: "beta", createdAt: 3, lastUsedAt: 3, hits: 9, durationMs: 10, bytes: 300 }),
  entry("c", { functionName: "alpha", createdAt: 2, lastUsedAt: 6, hits: 5, durationMs: 20, bytes: 200 }),
];

const EXPECTED: Record<SortField, string> = {
  created: "acb",
  used: "bca",
  size: "acb",
  duration: "bca",
  hits: "acb",
  function: "cba",
};

test.each(SORT_FIELDS)("by %s, what one looks for comes first, and of equals the newest", (field) => {
  const keys = sortEntries(ENTRIES, field).map(({ key }) => key);
  expect(keys.join("")).toBe(EXPECTED[field]);
});
