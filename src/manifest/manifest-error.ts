import { ScalableError } from "../errors.ts";
import { formatProblem, type Problem } from "./problem.ts";

/** More than anybody reads at once; all of them are in `problems`. */
const SHOWN = 100;

/** A manifest has problems; `code` is `E_MANIFEST`. The message has each of them, with its place. */
export class ManifestError extends ScalableError {
  /** In the order of the file. */
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super("E_MANIFEST", messageOf(file, problems), { path: file });
    this.problems = problems;
  }
}

function messageOf(file: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  const shown = problems.slice(0, SHOWN).map(formatProblem);
  if (problems.length > SHOWN) shown.push(`… and ${problems.length - SHOWN} more.`);
  return [`${file} has ${count}:`, ...shown].join("\n");
}
