import { escapeUnprintable } from "../../escape.ts";
import { CALL_STATES, type CallStanding, type CallState } from "../../providers/slurm/call-standing.ts";
import type { SurveyedArray } from "../../providers/slurm/survey.ts";
import { formatAge, formatCount } from "../../units.ts";
import type { Column } from "../terminal/table.ts";

export const ARRAY_COLUMNS: readonly Column[] = [
  { title: "ARRAY", align: "right" },
  { title: "RUN", narrow: "drop" },
  { title: "TASKS", narrow: "cut" },
  { title: "CALLS", narrow: "cut" },
  { title: "NODES", narrow: "cut" },
  { title: "SUBMITTED", align: "right", narrow: "drop" },
  { title: "CORES", align: "right" },
];

/** So many are named of a list in a cell. */
const MOST_NAMED = 3;

export function arrayCells({ record, jobId, standings, nodes, cores }: SurveyedArray): readonly string[] {
  return [
    jobId ?? "-",
    escapeUnprintable(record.run_id ?? "-"),
    escapeUnprintable(named(tasksOf(record))),
    statesText(standings),
    escapeUnprintable(named(nodes)),
    formatAge(Date.parse(record.created_at), Date.now()),
    cores === 0 ? "-" : formatCount(cores),
  ];
}

/** One member of the JSON that scripts read. */
export function arrayJson(array: SurveyedArray): object {
  const { folder, record, jobId, standings, nodes, cores, liveJobs } = array;
  const waiting = standings.filter(({ state }) => state === "waiting");
  return {
    array_id: record.id,
    job_id: jobId ?? null,
    run_id: record.run_id ?? null,
    project: record.project,
    component: record.component,
    tasks: tasksOf(record),
    submitted_at: record.created_at,
    calls: standings.length,
    states: countsOf(standings),
    waiting_for: [...new Set(waiting.map(({ reason }) => reason).filter((reason) => reason !== ""))],
    jobs: record.firsts.length,
    live_jobs: liveJobs,
    nodes,
    cores,
    resources: record.resources,
    folder,
  };
}

function tasksOf({ calls }: SurveyedArray["record"]): string[] {
  return [...new Set(calls.map(({ name }) => name))];
}

/** `12 running, 88 waiting (Resources), 900 done, 2 failed` */
function statesText(standings: readonly CallStanding[]): string {
  const counts = countsOf(standings);
  const waiting = standings.filter(({ state }) => state === "waiting").map(({ reason }) => reason);
  const reasons = [...new Set(waiting.filter((reason) => reason !== ""))];
  return CALL_STATES.filter((state) => counts[state] > 0)
    .map((state) => {
      const text = `${formatCount(counts[state])} ${state}`;
      return state === "waiting" && reasons.length > 0 ? `${text} (${escapeUnprintable(named(reasons))})` : text;
    })
    .join(", ");
}

function countsOf(standings: readonly CallStanding[]): Readonly<Record<CallState, number>> {
  const counts = { running: 0, waiting: 0, done: 0, failed: 0, cancelled: 0, lost: 0 };
  for (const { state } of standings) counts[state] += 1;
  return counts;
}

function named(names: readonly string[]): string {
  if (names.length === 0) return "-";
  const rest = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
}
