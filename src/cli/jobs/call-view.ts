import { escapeUnprintable } from "../../escape.ts";
import { jobOfCall } from "../../providers/slurm/array-record.ts";
import { callOutputFile } from "../../providers/slurm/call-output.ts";
import type { CallStanding } from "../../providers/slurm/call-standing.ts";
import type { SurveyedArray } from "../../providers/slurm/survey.ts";
import { durationOf, firstLine } from "../report/facts.ts";
import type { Column } from "../terminal/table.ts";

export const CALL_COLUMNS: readonly Column[] = [
  { title: "JOB", align: "right" },
  { title: "STATE", narrow: "cut" },
  { title: "TASK", narrow: "cut" },
  { title: "CALL" },
  { title: "NODE", narrow: "drop" },
  { title: "WAITED", align: "right" },
  { title: "RAN", align: "right" },
];

/** A call of an array, and for how long it has waited and run. Names are those of the files of a run. */
interface CallInJob extends CallStanding {
  readonly array_id: string;
  /** As Slurm names it, such as `4711_12`; absent where it is not submitted. */
  readonly job_id?: string;
  readonly run_id?: string;
  readonly call_id: string;
  readonly task_name: string;
  readonly function_name: string;
  readonly component: string;
  readonly key_digest?: string;
  readonly submitted_at: string;
  /** Seconds until it began, or until now; absent where it ended without a beginning. */
  readonly waited_s?: number;
  /** Seconds since it began, until its end or until now. */
  readonly ran_s?: number;
  /** What it has printed, where it has printed anything. */
  readonly output: string;
}

export function callsOf({ record, folder, jobId, standings }: SurveyedArray, now: number): CallInJob[] {
  return record.calls.map(({ id, name, function_name, key }, place) => {
    const standing = standings[place] ?? { state: "lost", reason: "" };
    return {
      array_id: record.id,
      ...(jobId === undefined ? {} : { job_id: `${jobId}_${jobOfCall(record, place)}` }),
      ...(record.run_id === undefined ? {} : { run_id: record.run_id }),
      call_id: id,
      task_name: name,
      function_name,
      component: record.component,
      ...(key === undefined ? {} : { key_digest: key }),
      submitted_at: record.created_at,
      ...standing,
      ...timesOf(standing, Date.parse(record.created_at), now),
      output: callOutputFile(folder, place),
    };
  });
}

function timesOf(
  { state, started_at, ended_at }: CallStanding,
  submitted: number,
  now: number,
): Pick<CallInJob, "waited_s" | "ran_s"> {
  const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000;
  if (started_at === undefined) return state === "waiting" ? { waited_s: seconds(submitted, now) } : {};
  const started = Date.parse(started_at);
  const until = ended_at === undefined ? (state === "running" ? now : undefined) : Date.parse(ended_at);
  return { waited_s: seconds(submitted, started), ...(until === undefined ? {} : { ran_s: seconds(started, until) }) };
}

export function callCells(call: CallInJob): readonly string[] {
  const reason = firstLine(call.reason);
  return [
    call.job_id ?? "-",
    reason === "" ? call.state : `${call.state} (${reason})`,
    escapeUnprintable(call.task_name),
    escapeUnprintable(call.call_id),
    escapeUnprintable(call.node ?? "-"),
    durationOf(call.waited_s),
    durationOf(call.ran_s),
  ];
}
