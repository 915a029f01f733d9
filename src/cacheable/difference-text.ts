import type { Difference } from "../identify/differences.ts";
import { REDACTED } from "../identify/redaction.ts";

/** A difference as a line says it, such as `changed: argument params.fuelCost: 3.1 → 3.4`. */
export function differenceText(difference: Difference): string {
  switch (difference.kind) {
    case "argument":
      return `${changeOf(difference)}: argument ${shortDifference(difference)}`;
    case "version":
    case "seed":
    case "env":
      return `changed: ${shortDifference(difference)}`;
    case "file":
      return `${changeOf(difference)}: ${difference.of} ${shortDifference(difference)}`;
    case "member":
      return `changed: ${difference.of} ${shortDifference(difference)}`;
    case "code":
      return `changed: code${difference.before === difference.after ? "" : ` (${shortDifference(difference)})`}`;
    case "declaration": {
      const way = difference.path.length > 1 ? `, reached through ${difference.path.join(" → ")}` : "";
      return `${difference.change}: code: ${shortDifference(difference)}${way}`;
    }
    case "package":
      return `${changeOf(difference)}: ${shortDifference(difference)}`;
    case "more":
      return `changed: ${difference.name}: ${difference.count} more places`;
  }
}

/** The same in the fewest words, such as `params.fuelCost: 3.1 → 3.4`. */
export function shortDifference(difference: Difference): string {
  switch (difference.kind) {
    case "argument":
      return `${difference.name}: ${valueChange(difference)}`;
    case "version":
    case "seed":
      return `${difference.kind}: ${difference.before ?? "none"} → ${difference.after ?? "none"}`;
    case "env":
      return `env ${difference.name}`;
    case "file":
      return fileChange(difference);
    case "member":
      return `${difference.name}: ${difference.path} ${difference.change}`;
    case "code":
      return difference.before === difference.after
        ? "the function's code"
        : `code: ${JSON.stringify(difference.before)} → ${JSON.stringify(difference.after)}`;
    case "declaration":
      return `${difference.name} (${difference.file}:${difference.line})`;
    case "package":
      return `package ${difference.name}${versionChange(difference.before, difference.after)}`;
    case "more":
      return `${difference.count} more places`;
  }
}

interface Sides {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

function changeOf({ before, after }: Sides): "added" | "removed" | "changed" {
  if (before === undefined && after !== undefined) return "added";
  return after === undefined && before !== undefined ? "removed" : "changed";
}

function valueChange({ before, after }: Sides): string {
  if (isRedacted(before) || isRedacted(after)) return `${REDACTED} changed`;
  if (before === undefined) return after ?? "changed";
  if (after === undefined) return `${before} → none`;
  // Both were cut, or they differ in what cannot be seen.
  return before === after ? `${after} (in what is not kept of it)` : `${before} → ${after}`;
}

function isRedacted(text: string | undefined): boolean {
  return text?.startsWith(REDACTED) === true;
}

function fileChange({ name, before, after }: Extract<Difference, { kind: "file" }>): string {
  if (before === undefined || after === undefined) return `${name} (${after ?? before ?? "unknown"})`;
  if (before !== after) return `${name}: ${before} → ${after}`;
  return after === name ? `${name}: its content` : `${name} (${after}): its content`;
}

function versionChange(before: string | undefined, after: string | undefined): string {
  if (before === undefined) return after === undefined || after === "" ? "" : ` ${after}`;
  return after === undefined ? ` ${before}` : ` ${before} → ${after}`;
}
