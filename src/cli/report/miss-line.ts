import { escapeUnprintable } from "../../escape.ts";
import type { MissGroup } from "../../telemetry/miss-groups.ts";
import { formatCount, formatCounted } from "../../units.ts";

/** What a number of misses is called that have this reason; those that depend on the function name it. */
const WORDS: Readonly<Record<string, string>> = {
  "first-call": "never computed",
  arguments: "new arguments",
  files: "changed files",
  env: "changed env",
  seed: "another seed",
  recompute: "asked for",
  "not-stored": "not stored before",
  quarantined: "found wrong",
  "cache-off": "cache off",
  absent: "unexplained",
};
const OF_FUNCTION: ReadonlySet<string> = new Set(["code", "package", "version"]);
const MOST_NAMED = 3;

/** `15 misses: 12 new arguments, 3 code of runDemeter`; undefined where there were none. */
export function missLine(groups: readonly MissGroup[]): string | undefined {
  if (groups.length === 0) return undefined;
  const byReason = [...Map.groupBy(groups, ({ reason }) => reason)].map(([reason, members]) => ({
    count: members.reduce((sum, { count }) => sum + count, 0),
    text: `${escapeUnprintable(WORDS[reason] ?? reason)}${OF_FUNCTION.has(reason) ? ` of ${namesOf(members)}` : ""}`,
  }));
  byReason.sort((a, b) => b.count - a.count);
  const total = byReason.reduce((sum, { count }) => sum + count, 0);
  const parts = byReason.map(({ count, text }) => `${formatCount(count)} ${text}`);
  return `${formatCounted(total, "miss", "misses")}: ${parts.join(", ")}`;
}

function namesOf(members: readonly MissGroup[]): string {
  if (members.length > MOST_NAMED) return `${formatCount(members.length)} functions`;
  return members.map(({ function_name }) => escapeUnprintable(function_name)).join(", ");
}

/** In what the calls of a group differed. */
export function becauseOf({ because, more_because }: MissGroup): string {
  const texts = because.map(escapeUnprintable);
  if (more_because > 0) texts.push(`and ${formatCount(more_because)} more`);
  return texts.join("; ");
}
