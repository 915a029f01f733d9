import { escapeUnprintable } from "../escape.ts";
import type { KeyPart } from "../identify/key.ts";
import type { Fate } from "../store/store.ts";
import { formatDuration } from "../units.ts";
import { differenceText } from "./difference-text.ts";
import type { Explanation, NearestCall } from "./explanation.ts";

/** So much of each argument is shown in the first line. */
const LONGEST_ARGUMENT = 40;
const SHORT_KEY = 12;

/**
 * An explanation in lines. What a cache holds was written by others: nothing that a terminal would act upon is left in
 * them.
 */
export function explanationText(explanation: Explanation): string {
  return linesOf(explanation).map(escapeUnprintable).join("\n");
}

function linesOf(explanation: Explanation): string[] {
  const { nearest } = explanation;
  return [headOf(explanation), ...factsOf(explanation), ...comparisonLines(explanation, nearest)];
}

function headOf(explanation: Explanation): string {
  const { functionName, call, key } = explanation;
  const name =
    call === undefined ? `${functionName || "a call"} with the key ${key}` : callText(functionName, call.parts);
  if (explanation.state === "hit") {
    const { createdAt, durationMs } = explanation.entry;
    const place = explanation.remote === undefined ? "" : ` in ${explanation.remote}`;
    return `${name}: stored ${timeText(createdAt)}${place}, took ${formatDuration(durationMs)}`;
  }
  return `${name}: miss (${explanation.reason})`;
}

/** `runDemeter(scenario=7, config="config.json")` */
export function callText(functionName: string, parts: readonly KeyPart[]): string {
  const shown = parts
    .filter(({ kind, type }) => kind === "argument" && type !== "absent")
    .map(({ name, preview = "…" }) => `${name}=${preview.length > LONGEST_ARGUMENT ? "…" : preview}`);
  return `${functionName || "(Cache.set)"}(${shown.join(", ")})`;
}

function factsOf(explanation: Explanation): string[] {
  if (explanation.state === "hit") return [];
  const { reason, because, entry, fate } = explanation;
  const facts: string[] = [];
  if (fate !== undefined) facts.push(`  ${fateText(fate)}`);
  else if (because !== undefined && explanation.nearest === undefined) facts.push(`  ${because}`);
  if (entry !== undefined) facts.push(`  what is stored is of ${timeText(entry.createdAt)}: ${reason}`);
  return facts;
}

function fateText({ what, at, why }: Fate): string {
  const reason = why === undefined ? "" : `: ${why}`;
  return what === "not-stored"
    ? `its result of ${timeText(at)} was not stored${reason}`
    : `its entry was ${what} ${timeText(at)}${reason}`;
}

function comparisonLines(explanation: Explanation, nearest: NearestCall | undefined): string[] {
  const { state, functionName, call } = explanation;
  if (nearest === undefined) {
    // Of a key alone nothing could be compared.
    if (call === undefined) return [];
    return [`  no ${state === "hit" ? "earlier" : "other"} call of ${functionName} is stored`];
  }
  const { entry, differences, same } = nearest;
  const lines = differences.map((difference) => `  ${differenceText(difference)}`);
  const equal = sameText(same);
  if (equal !== "") lines.push(`  same: ${equal}`);
  const key = entry.key.slice(0, SHORT_KEY);
  const which = state === "hit" ? "nearest before it" : "nearest";
  return [...lines, `${which}: ${key}, stored ${timeText(entry.createdAt)}, took ${formatDuration(entry.durationMs)}`];
}

/** `argument config ("config.json"), code, inputs, env` */
function sameText(same: readonly KeyPart[]): string {
  const has = (wanted: KeyPart["kind"]): boolean => same.some(({ kind }) => kind === wanted);
  const args = same.filter(({ kind, type }) => kind === "argument" && type !== "absent");
  const names = args.map(({ name, type, preview }) =>
    type === "FileType" || type === "DirType" ? `${name} (${preview ?? "…"})` : name,
  );
  const version = same.find(({ kind }) => kind === "version")?.preview;
  return [
    ...(names.length === 0 ? [] : [`${names.length === 1 ? "argument" : "arguments"} ${names.join(", ")}`]),
    ...(has("code") ? ["code"] : []),
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(has("input") ? ["inputs"] : []),
    ...(has("env") ? ["env"] : []),
    ...(has("seed") ? ["seed"] : []),
  ].join(", ");
}

/** `2026-03-01T09:30:00Z` */
export function timeText(time: number): string {
  // A damaged entry may hold a number that is no point in time.
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "at an unknown time" : date.toISOString().replace(/\.\d+Z$/, "Z");
}
