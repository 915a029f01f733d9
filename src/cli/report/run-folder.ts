import path from "node:path";
import { escapeUnprintable } from "../../escape.ts";
import { runsDir } from "../../settings.ts";
import { findRun, type Run, type SkippedFolder } from "../../telemetry/runs.ts";
import { formatCount } from "../../units.ts";
import { note } from "../terminal/output.ts";
import { UsageError } from "../usage-error.ts";

/** So many are named of a list that only explains. */
const MOST_NAMED = 10;

/** The folder of all runs, absolute, whether it exists or not. */
export function runsFolderOf(option: string | undefined): string {
  if (option === "") throw new UsageError("--runs-dir is empty, but must be a folder.");
  return option === undefined ? runsDir() : path.resolve(option);
}

/** Says on standard error which folders were left out, and why. */
export function noteSkipped(skipped: readonly SkippedFolder[]): void {
  for (const { name, reason } of skipped.slice(0, MOST_NAMED)) {
    note(`skipped ${escapeUnprintable(name)}: ${escapeUnprintable(reason)}`);
  }
  noteRest(skipped.length);
}

/** The run with this ID, or the latest one. Where there is not exactly one such run, this has said so. */
export function findOneRun(runsDir: string, id: string | undefined): Run | undefined {
  const found = findRun(runsDir, id);
  if (found.state === "one") return found.run;
  if (found.state === "several") noteSeveral(id ?? "", found.runs);
  else {
    noteSkipped(found.skipped);
    const where = escapeUnprintable(runsDir);
    note(id === undefined ? `no runs in ${where}` : `no run with the ID ${escapeUnprintable(id)} in ${where}`);
  }
  return undefined;
}

/** Says that the beginning of an ID fits several runs. */
function noteSeveral(prefix: string, runs: readonly Run[]): void {
  note(`${formatCount(runs.length)} runs begin with ${escapeUnprintable(prefix)}:`);
  for (const { id } of runs.slice(0, MOST_NAMED)) note(`  ${id}`);
  noteRest(runs.length);
}

function noteRest(count: number): void {
  if (count > MOST_NAMED) note(`  and ${formatCount(count - MOST_NAMED)} more`);
}
