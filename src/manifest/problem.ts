/**
 * What is wrong in a manifest, as a word that does not change between versions:
 *
 * - `E_SYNTAX`: it is not YAML in UTF-8, or more than one document.
 * - `E_MISSING_KEY`, `E_BAD_VERSION`, `E_BAD_VALUE`: a required key is not there, or a value is none that it can have.
 * - `E_UNKNOWN_TOP_KEY`, `E_UNKNOWN_PROJECT_KEY`, `E_UNKNOWN_COMPONENT_KEY`, `E_UNKNOWN_TASK_KEY`,
 *   `E_UNKNOWN_OVERLAY_KEY`: a key that means nothing at its place.
 * - `E_TASK_COMPONENT_REF`, `E_OVERLAY_REF`: a component or an overlay is named that is not there.
 * - `E_UNKNOWN_PROVIDER`, `E_UNKNOWN_OPTION`, `E_BAD_MAX_WORKERS`: a target that cannot be.
 * - `E_UNSET_VARIABLE`: `${VAR}` without a default, and `VAR` is not set.
 * - `E_DUPLICATE_KEY`: a key that its mapping has already.
 * - `E_TOO_LARGE`, `E_TOO_DEEP`, `E_ALIAS`: it is larger or nested deeper than is read, or an alias leads nowhere, into
 *   itself, or makes too much of too little.
 */
export type ProblemCode =
  | "E_SYNTAX"
  | "E_MISSING_KEY"
  | "E_BAD_VERSION"
  | "E_BAD_VALUE"
  | "E_UNKNOWN_TOP_KEY"
  | "E_UNKNOWN_PROJECT_KEY"
  | "E_UNKNOWN_COMPONENT_KEY"
  | "E_UNKNOWN_TASK_KEY"
  | "E_UNKNOWN_OVERLAY_KEY"
  | "E_TASK_COMPONENT_REF"
  | "E_OVERLAY_REF"
  | "E_UNKNOWN_PROVIDER"
  | "E_UNKNOWN_OPTION"
  | "E_BAD_MAX_WORKERS"
  | "E_UNSET_VARIABLE"
  | "E_DUPLICATE_KEY"
  | "E_TOO_LARGE"
  | "E_TOO_DEEP"
  | "E_ALIAS";

/** Something that is wrong in a manifest, and where. */
export interface Problem {
  readonly code: ProblemCode;
  /** What is wrong and what to do, in one sentence or two. */
  readonly message: string;
  /** The manifest's path, as it was given. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number;
  /** The line, cut where it is long, and below it carets under what is meant; empty where there is no such line. */
  readonly excerpt: string;
  /** More to go by, such as the names that would be known. */
  readonly hint?: string;
}

/** `scalable.yaml:12:5: E_…: …`, with excerpt and hint on lines of their own. */
export function formatProblem(problem: Problem): string {
  const { code, message, file, line, column, excerpt, hint } = problem;
  const lines = [`${file}:${line}:${column}: ${code}: ${message}`];
  if (excerpt !== "") lines.push(...excerpt.split("\n").map((shown) => `  ${shown}`));
  if (hint !== undefined) lines.push(`  ${hint}`);
  return lines.join("\n");
}
