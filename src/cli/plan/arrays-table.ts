import { escapeUnprintable } from "../../escape.ts";
import type { ArrayPlan } from "../../session/array-plan.ts";
import { formatBytes, formatCount, formatDuration } from "../../units.ts";
import { print, printTable } from "../terminal/output.ts";
import { formatCoreHours } from "./core-hours.ts";

/** Says what calls would ask a cluster for. */
export async function printArrays(arrays: readonly ArrayPlan[]): Promise<void> {
  await print("");
  await printTable(
    [
      { title: "JOB ARRAY" },
      { title: "CALLS", align: "right" },
      { title: "JOBS", align: "right" },
      { title: "CPUS EACH", align: "right" },
      { title: "MEMORY EACH", align: "right" },
      { title: "WALLTIME", align: "right" },
      { title: "CORE-HOURS", align: "right" },
      { title: "AT MOST", align: "right" },
    ],
    arrays.map(({ component, calls, jobs, cpus, memory_bytes, walltime_s, core_hours, core_hours_at_most }) => [
      escapeUnprintable(component),
      formatCount(calls),
      formatCount(jobs),
      formatCount(cpus),
      memory_bytes === 0 ? "-" : formatBytes(memory_bytes),
      walltime_s === undefined ? "-" : formatDuration(walltime_s * 1000),
      formatCoreHours(core_hours),
      formatCoreHours(core_hours_at_most),
    ]),
  );
}
