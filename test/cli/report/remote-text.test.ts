import { expect, test } from "vitest";
import { remoteText } from "../../../src/cli/report/remote-text.ts";
import type { RemoteSummary } from "../../../src/telemetry/remote-tally.ts";

const NOTHING: RemoteSummary = { hits: 0, uploads: 0, uploaded_bytes: 0, uploads_failed: 0, failures: {}, pauses: 0 };

test("a run without a shared cache has no line about one", () => {
  expect(remoteText(undefined)).toBeUndefined();
});

test("the line says what came from there and what went there", () => {
  const summary = { ...NOTHING, url: "s3://team/cache", hits: 49, uploads: 1, uploaded_bytes: 3_300 };

  expect(remoteText(summary)).toBe("s3://team/cache: 49 hits from there, 1 result uploaded (3.2 KiB)");
});

test("the line says what failed, in one line that no terminal acts upon", () => {
  const failures = { timeout: 2, busy: 1 };
  const summary = {
    ...NOTHING,
    url: "gs://team",
    uploads_failed: 3,
    failures,
    last_failure: "no\u001b[31m answer\nmore",
  };

  const line = remoteText(summary);

  expect(line).toMatch(
    /^gs:\/\/team: 0 hits from there, 3 not uploaded, 3 requests failed \(2 timeout, 1 busy; no.*answer\)$/,
  );
  expect(line).not.toContain("\u001b");
});
