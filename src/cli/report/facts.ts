import { escapeUnprintable } from "../../escape.ts";
import type { TaskState } from "../../telemetry/event.ts";
import type { RunReport } from "../../telemetry/run-report.ts";
import { formatBytes, formatCount, formatCounted, formatDuration } from "../../units.ts";
import type { Fact } from "../terminal/facts.ts";
import { jobsText } from "./jobs-text.ts";

const STATES: readonly TaskState[] = ["succeeded", "failed", "cancelled", "running", "retrying", "submitted"];

/** The head of a report, the same as text and as a page: free of what a terminal acts upon, not yet escaped for HTML. */
export function factsOf(report: RunReport): readonly Fact[] {
  const { tasks, error } = report;
  const peak = tasks.peak_memory_bytes;
  return [
    ["run", report.run_id],
    ["status", statusText(report)],
    ...(error === undefined ? [] : [["error", firstLine(`${error.class}: ${error.message}`)] as const]),
    ["project", escapeUnprintable(report.project ?? "-")],
    ["target", escapeUnprintable(report.target ?? "-")],
    ["started", escapeUnprintable(report.started_at ?? "-")],
    ["duration", durationOf(report.duration_s)],
    ["tasks", tasksOf(report)],
    ...workersFacts(report),
    ["CPU time", durationOf(tasks.cpu_s)],
    ["peak memory", peak === undefined ? "-" : `${formatBytes(peak)} in one worker`],
    ...incompleteness(report),
  ];
}

/** As `formatDuration`, of seconds. */
export function durationOf(seconds: number | undefined): string {
  return seconds === undefined ? "-" : formatDuration(Math.max(0, seconds) * 1000);
}

/** Messages may have many lines: the first says what happened. */
export function firstLine(text: string): string {
  const line = text.trimStart().split(/[\r\n]/, 1)[0] ?? "";
  return escapeUnprintable(line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line);
}

const LONGEST = 300;

function tasksOf({ tasks }: RunReport): string {
  const states = STATES.filter((state) => tasks.by_state[state] > 0);
  const counted = states.map((state) => `${formatCount(tasks.by_state[state])} ${state}`);
  return counted.length === 0 ? "0" : `${formatCount(tasks.total)}: ${counted.join(", ")}`;
}

function statusText({ status }: RunReport): string {
  return status === "detached" ? "detached: calls went on in jobs, and the next run goes on with them" : status;
}

/** Calls in jobs have no workers of the session. */
function workersFacts(report: RunReport): Fact[] {
  const jobs = jobsText(report.jobs);
  const workers: Fact = ["workers", workersOf(report)];
  if (jobs === undefined) return [workers];
  return report.workers.length === 0 ? [["jobs", jobs]] : [workers, ["jobs", jobs]];
}

function workersOf({ workers }: RunReport): string {
  const groups = workers.map(({ component, started, lost }) => {
    const counted = `${escapeUnprintable(component)}: ${formatCount(started)} started`;
    return lost === 0 ? counted : `${counted}, ${formatCount(lost)} lost`;
  });
  return groups.length === 0 ? "0" : groups.join("; ");
}

function incompleteness({ damaged_lines, events_lost }: RunReport): Fact[] {
  const facts: Fact[] = [];
  const [lines, events] = [
    formatCounted(damaged_lines, "line of the files was", "lines of the files were"),
    formatCounted(events_lost, "event", "events"),
  ];
  if (damaged_lines > 0) facts.push(["damaged", `${lines} left out`]);
  if (events_lost > 0) facts.push(["lost", `${events} could not be written by the run`]);
  return facts;
}
