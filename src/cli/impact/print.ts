import path from "node:path";
import { escapeUnprintable } from "../../escape.ts";
import type { CodeDifference } from "../../identify/code/compare.ts";
import { formatCount, formatCounted, formatDuration } from "../../units.ts";
import { functionCell } from "../cache/entry-cells.ts";
import { print, printLines, printTable } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import type { CachedFunctions } from "./cached-code.ts";
import type { Affected, DataUse, Impact, Missing, Reached } from "./impact.ts";

/** Whether edits are told of that were made, or that may be made. */
export type Asked = "changes" | "files";

/** What of a function is affected: a name, where it stands, and how it is reached. */
type Cause = readonly [what: string, where: string, through: string];

/** Of more causes, only their number is told. */
const MOST_CAUSES = 8;
const MOST_LINES = 8;
const MOST_NAMES = 3;

function columnsFor(asked: Asked): readonly Column[] {
  return [
    { title: "FUNCTION", narrow: "cut" },
    { title: "ENTRIES", align: "right" },
    { title: "COMPUTING TIME", align: "right" },
    { title: asked === "changes" ? "CHANGED" : "USES", narrow: "cut" },
    { title: "WHERE", narrow: "cut" },
    { title: "THROUGH", narrow: "cut" },
  ];
}

export async function printImpact(
  impact: Impact,
  { totals, uncompared }: CachedFunctions,
  asked: Asked,
): Promise<void> {
  const { affected, otherwise, missing } = impact;
  if (affected.length > 0) {
    await printTable(columnsFor(asked), affected.flatMap(rowsOf));
    await print("");
  }
  await print(escapeUnprintable(summaryOf(impact, totals, asked)));
  await printLines([
    ...limited(asked === "files" ? affected.filter(({ differs }) => differs).map(differsLine) : []),
    ...limited(otherwise.map(otherwiseLine)),
    ...limited(missing.map(missingLine)),
    ...(asked === "changes" ? uncomparedLines(uncompared) : []),
  ]);
}

/** The first line has the numbers, and each line one cause: blank cells stand for those of the line above. */
function rowsOf(each: Affected): (readonly string[])[] {
  const causes = [...each.changes.map(causeOfChange), ...each.reached.map(causeOfReach), ...each.data.map(causeOfData)];
  const shown = causes.slice(0, MOST_CAUSES);
  // The same declarations, put together otherwise: two names that were swapped, for one.
  if (shown.length === 0) shown.push(["what its names refer to", each.file ?? "-", "-"]);
  if (shown.length < causes.length) shown.push([`and ${formatCount(causes.length - shown.length)} more`, "", ""]);
  const own = [functionCell(each.functionName), formatCount(each.entries), formatDuration(each.durationMs)];
  return shown.map((cause, place) => [...(place === 0 ? own : ["", "", ""]), ...cause.map(escapeUnprintable)]);
}

function causeOfChange(change: CodeDifference): Cause {
  if (change.kind === "package") {
    const { name, before, after } = change;
    if (before === undefined) return [`${name} (added)`, after || "-", "-"];
    if (after === undefined) return [`${name} (removed)`, before || "-", "-"];
    return [name, `${before} → ${after}`, "-"];
  }
  const { name, file, line, path: names } = change;
  const how = change.change === "changed" ? name : `${name} (${change.change})`;
  return [how, `${file}:${line}`, names.join(" → ")];
}

function causeOfReach({ name, file, line, path: names }: Reached): Cause {
  return [name, `${file}:${line}`, names.join(" → ")];
}

function causeOfData({ path: given, what, name, entries }: DataUse): Cause {
  return [given, what === "input" ? "inputs" : `argument ${name}`, formatCounted(entries, "entry", "entries")];
}

function summaryOf(impact: Impact, totals: CachedFunctions["totals"], asked: Asked): string {
  const { affected, files, entries, durationMs } = impact;
  if (affected.length === 0) {
    if (asked === "files") return `no function in the cache has to do with ${listOf(files ?? [])}`;
    const where = files === undefined ? "" : "what git says was edited since its last commit: ";
    return `${where}nothing that a function in the cache depends on has changed`;
  }
  const names = new Set(affected.map(({ functionName }) => functionName)).size;
  const most = asked === "files" ? "up to " : "";
  const functions = `${most}${formatCount(names)} of ${formatCounted(totals.functions, "function", "functions")}`;
  const all = formatCounted(totals.entries, "entry", "entries");
  return `${subjectOf(impact, asked)} invalidates ${functions}, ${formatCount(entries)} of ${all}, about ${formatDuration(durationMs)}`;
}

function subjectOf({ files = [], edited }: Impact, asked: Asked): string {
  if (asked === "files") return `editing ${listOf(files)}`;
  // Packages, for one, are not among the files of the project.
  return edited.length === 0 ? "what has changed" : `editing ${listOf(edited)}`;
}

function listOf(files: readonly string[]): string {
  return someOf(files.map((file) => path.relative("", file) || ".")).join(", ");
}

function differsLine({ functionName }: Affected): string {
  return escapeUnprintable(`${functionName}: what is on disk differs from that of these entries already`);
}

function otherwiseLine({ functionName, entries }: Affected): string {
  return escapeUnprintable(
    `${functionName}: its code differs from that of its ${formatCounted(entries, "entry", "entries")} as well, by what git has committed already`,
  );
}

function missingLine({ functionName, entries, why }: Missing): string {
  return escapeUnprintable(
    `${functionName}: not found any more (${why}), so that its ${formatCounted(entries, "entry", "entries")} cannot be compared`,
  );
}

/** Of functions whose code is no part of their keys, no edit invalidates anything. */
function uncomparedLines(uncompared: CachedFunctions["uncompared"]): string[] {
  const unknown = uncompared.filter(({ code }) => code !== "name");
  const names = [...new Set(unknown.map(({ functionName }) => functionName))];
  if (names.length === 0) return [];
  return [
    escapeUnprintable(`not compared, as their entries do not say what their code was: ${someOf(names).join(", ")}`),
  ];
}

function limited(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `and so ${formatCount(lines.length - MOST_LINES)} more`];
}

function someOf(names: readonly string[]): readonly string[] {
  if (names.length <= MOST_NAMES) return names;
  return [...names.slice(0, MOST_NAMES), `${formatCount(names.length - MOST_NAMES)} more`];
}
