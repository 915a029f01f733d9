import { escapeUnprintable } from "../../escape.ts";
import type { JobSummary } from "../../telemetry/job-tally.ts";
import { formatCount, formatCounted, formatDuration } from "../../units.ts";
import { formatCoreHours } from "../plan/core-hours.ts";

/**
 * `1,003 tries on 3 nodes; 2 NODE_FAIL, 1 TIMEOUT; waited 12 s (median), 4 min at most; 31 core-hours`; undefined where
 * nothing ran in jobs.
 */
export function jobsText(jobs: JobSummary | undefined): string | undefined {
  if (jobs === undefined) return undefined;
  const { tries, nodes, by_state, waited_s, core_hours } = jobs;
  const where = nodes === 0 ? "" : ` on ${formatCounted(nodes, "node", "nodes")}`;
  const clauses = [`${formatCounted(tries, "try", "tries")}${where}`];
  const others = Object.entries(by_state).filter(([state]) => state !== "COMPLETED");
  if (others.length > 0) {
    clauses.push(others.map(([state, count]) => `${formatCount(count)} ${escapeUnprintable(state)}`).join(", "));
  }
  if (waited_s !== undefined) {
    const { median, most } = waited_s;
    clauses.push(`waited ${formatDuration(median * 1000)} (median), ${formatDuration(most * 1000)} at most`);
  }
  if (core_hours !== undefined) clauses.push(`${formatCoreHours(core_hours)} core-hours`);
  return clauses.join("; ");
}
