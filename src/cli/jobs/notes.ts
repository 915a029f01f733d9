import { escapeUnprintable } from "../../escape.ts";
import type { Survey } from "../../providers/slurm/survey.ts";
import { noteSkipped } from "../report/run-folder.ts";
import { note } from "../terminal/output.ts";

/** Says on standard error what a survey does not know. */
export function noteUnknown({ trouble, unreadable }: Survey): void {
  noteSkipped(unreadable);
  if (trouble === undefined) return;
  const shown = "what jobs have noted is shown, and not whether they are still there";
  note(`Slurm could not be asked: ${shown}. ${escapeUnprintable(trouble.message)}`);
}
