import { statSync } from "node:fs";
import { escapeUnprintable } from "../../escape.ts";
import type { Run } from "../../telemetry/runs.ts";
import { formatAge, formatBytes } from "../../units.ts";
import { durationOf } from "../report/facts.ts";
import type { Column } from "../terminal/table.ts";
import type { CallOfRun } from "./calls-of-run.ts";

export const CALL_COLUMNS: readonly Column[] = [
  { title: "CALL" },
  { title: "TASK", narrow: "cut" },
  { title: "STATE" },
  { title: "SINCE", align: "right" },
  { title: "TOOK", align: "right", narrow: "drop" },
  { title: "PRINTED", align: "right" },
];

/** A call, and the files of what it has printed. */
export interface CallWithFiles {
  readonly call: CallOfRun;
  readonly files: readonly string[];
}

export function callCells({ call, files }: CallWithFiles): readonly string[] {
  const bytes = files.reduce((sum, file) => sum + bytesIn(file), 0);
  return [
    escapeUnprintable(call.id),
    escapeUnprintable(call.task_name),
    call.hit === true ? `${call.state} (hit)` : call.state,
    formatAge(Date.parse(call.since), Date.now()),
    durationOf(call.duration_s),
    bytes === 0 ? "-" : formatBytes(bytes),
  ];
}

export function callJson(run: Run, { call, files }: CallWithFiles): object {
  const { id, ...rest } = call;
  return { run_id: run.id, task_id: id, ...rest, files: files.filter((file) => bytesIn(file) > 0) };
}

export function bytesIn(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
