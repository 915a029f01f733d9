import { expect, test } from "vitest";
import type { JobEvent, JobState } from "../../src/telemetry/event.ts";
import { tallyJobs } from "../../src/telemetry/job-tally.ts";
import { at, jobEvent } from "./example-run.ts";

test("a run without jobs has no summary of them", () => {
  expect(tallyJobs([])).toBeUndefined();
});

test("tries, nodes, states, waiting and core-hours are added up", () => {
  const summary = tallyJobs([
    jobEvent("a", { waited_s: 4, duration_s: 1800 }),
    jobEvent("b", { waited_s: 1, duration_s: 900, node: "n2" }),
    jobEvent("c", { waited_s: 90, duration_s: 900, state: "FAILED" }),
  ]);

  expect(summary).toEqual({
    tries: 3,
    nodes: 2,
    by_state: { COMPLETED: 2, FAILED: 1 },
    waited_s: { median: 4, most: 90 },
    core_hours: 2,
  });
});

test("a job that ended without a word counts until that was seen; when one was lost, nobody knows", () => {
  const silent = (state: JobState): JobEvent =>
    without(jobEvent("a", { state, waited_s: 100, timestamp: at(3700) }), "duration_s", "cpu_s");

  expect(tallyJobs([silent("TIMEOUT")])?.core_hours).toBe(2);
  expect(tallyJobs([silent("LOST")])).not.toHaveProperty("core_hours");
  expect(tallyJobs([silent("REQUEUED")])).not.toHaveProperty("core_hours");
});

test("of jobs that never started, nothing is known but that they ended", () => {
  const never = without(jobEvent("a", { state: "CANCELLED" }), "node", "waited_s", "duration_s");

  expect(tallyJobs([never])).toEqual({ tries: 1, nodes: 0, by_state: { CANCELLED: 1 } });
});

test("jobs that have not told their cores add no core-hours", () => {
  expect(tallyJobs([without(jobEvent("a"), "cpus")])).not.toHaveProperty("core_hours");
});

function without(event: JobEvent, ...names: readonly (keyof JobEvent)[]): JobEvent {
  const fields = Object.entries(event).filter(([name]) => !names.some((each) => each === name));
  return Object.fromEntries(fields) as unknown as JobEvent;
}
