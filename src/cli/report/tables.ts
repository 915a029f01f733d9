import { escapeUnprintable } from "../../escape.ts";
import type { MissGroup } from "../../telemetry/miss-groups.ts";
import type { RunReport } from "../../telemetry/run-report.ts";
import { formatCount } from "../../units.ts";
import type { Column } from "../terminal/table.ts";
import { durationOf, firstLine } from "./facts.ts";
import { becauseOf } from "./miss-line.ts";

/** A table with its heading, for text and page alike: cells are free of what a terminal acts upon. */
export interface ReportTable {
  readonly heading: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** What is said below it. */
  readonly note?: string;
}

/** More groups than this are summed up in a last row. */
const MOST_GROUPS = 20;

/** Tables without rows are left out. */
export function tablesOf(report: RunReport): readonly ReportTable[] {
  return [slowestTasks(report), failures(report)].filter(({ rows }) => rows.length > 0);
}

function slowestTasks({ tasks }: RunReport): ReportTable {
  return {
    heading: "Slowest tasks",
    columns: [
      { title: "TASK", narrow: "cut" },
      { title: "ID", narrow: "cut" },
      { title: "COMPONENT", narrow: "cut" },
      { title: "WORKER", narrow: "drop" },
      { title: "STATE" },
      { title: "TOOK", align: "right" },
    ],
    rows: tasks.slowest.map((task) => [
      escapeUnprintable(task.task_name),
      escapeUnprintable(task.task_id),
      escapeUnprintable(task.component),
      escapeUnprintable(task.worker_id ?? "-"),
      task.state,
      durationOf(task.duration_s),
    ]),
  };
}

function failures({ failures: groups }: RunReport): ReportTable {
  const rows = groups
    .slice(0, MOST_GROUPS)
    .map((group) => [
      escapeUnprintable(group.error_class),
      formatCount(group.count),
      formatCount(group.retried),
      escapeUnprintable(group.task_name),
      escapeUnprintable(group.task_id),
      firstLine(group.message),
    ]);
  const rest = groups.slice(MOST_GROUPS);
  if (rest.length > 0) {
    const sum = (values: readonly number[]): string => formatCount(values.reduce((total, value) => total + value, 0));
    const counts = [sum(rest.map(({ count }) => count)), sum(rest.map(({ retried }) => retried))];
    rows.push(["others", ...counts, "-", "-", `${formatCount(rest.length)} more classes`]);
  }
  return {
    heading: "Failures",
    columns: [
      { title: "CLASS", narrow: "cut" },
      { title: "COUNT", align: "right" },
      { title: "RETRIED", align: "right" },
      { title: "FIRST TASK", narrow: "cut" },
      { title: "ID" },
      { title: "FIRST MESSAGE", narrow: "cut" },
    ],
    rows,
    ...(groups.some(({ output }) => output !== undefined) && { note: "What one of them printed: scalable logs ID" }),
  };
}

/** Why calls missed; without rows where none did. */
export function missesByReason({ cache }: RunReport): ReportTable {
  const rows = cache.miss_groups
    .slice(0, MOST_GROUPS)
    .map((group) => [escapeUnprintable(group.reason), formatCount(group.count), functionOf(group)]);
  const rest = cache.miss_groups.slice(MOST_GROUPS);
  if (rest.length > 0) {
    const count = rest.reduce((sum, group) => sum + group.count, 0);
    rows.push(["others", formatCount(count), `${formatCount(rest.length)} more groups`]);
  }
  return {
    heading: "Misses by reason",
    columns: [{ title: "REASON" }, { title: "MISSES", align: "right" }, { title: "FUNCTION", narrow: "cut" }],
    rows,
  };
}

/** `runDemeter: fuelShare (src/fuel.ts:12)` */
function functionOf(group: MissGroup): string {
  const because = becauseOf(group);
  const name = escapeUnprintable(group.function_name);
  return because === "" ? name : `${name}: ${because}`;
}
