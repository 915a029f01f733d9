import { explainEntry, explainMissing } from "../../cacheable/explain.ts";
import { type Explanation, withText } from "../../cacheable/explanation.ts";
import { escapeUnprintable } from "../../escape.ts";
import type { LocalStore } from "../../store/local/local-store.ts";
import { infoOf } from "../../store/local/queries.ts";
import { type MissGroup, MissGroups } from "../../telemetry/miss-groups.ts";
import { readEvents } from "../../telemetry/read-events.ts";
import type { Run } from "../../telemetry/runs.ts";
import { formatCount, formatCounted } from "../../units.ts";
import { becauseOf, missLine } from "../report/miss-line.ts";
import { printLines, styled } from "../terminal/output.ts";

/** Why calls of a run missed. */
export interface RunMisses {
  readonly run_id: string;
  readonly calls: number;
  readonly misses: number;
  readonly groups: readonly (MissGroup & {
    /** Of the first call of the group, where the cache knows of it. */
    readonly example?: Explanation;
  })[];
}

/** Of more groups, no examples are given: each takes a look through the entries of its function. */
const MOST_EXAMPLES = 20;

export function missesOfRun(run: Run, store: LocalStore | undefined): RunMisses {
  const groups = new MissGroups();
  let [calls, misses] = [0, 0];
  for (const event of readEvents(run.folder, "cache")) {
    calls += 1;
    if (event.hit) continue;
    misses += 1;
    groups.add(event);
  }
  const explained = groups.groups().map((group, place) => {
    const known = store !== undefined && place < MOST_EXAMPLES && group.key_digest !== "";
    const example = known ? exampleOf(store, group.key_digest, run) : undefined;
    return { ...group, ...(example === undefined ? undefined : { example }) };
  });
  return { run_id: run.id, calls, misses, groups: explained };
}

function exampleOf(store: LocalStore, key: string, run: Run): Explanation | undefined {
  const entry = infoOf(store, key);
  return entry === undefined ? explainMissing(store, key) : explainEntry(store, entry, beganAt(run));
}

function beganAt({ record }: Run): number {
  return Date.parse(record.started_at);
}

/** When a run began, where it is the one that computed a call. */
export function runBeginningOf(run: Run, key: string): number | undefined {
  for (const event of readEvents(run.folder, "cache")) if (event.key_digest === key && !event.hit) return beganAt(run);
  return undefined;
}

/** What the events of a run say of a key of which the cache knows nothing; undefined where they do not mention it. */
export function missOfKey(run: Run, prefix: string): Explanation | undefined {
  for (const event of readEvents(run.folder, "cache")) {
    const { key_digest: key, hit, reason = "absent", because, function_name: functionName } = event;
    if (hit || !key.startsWith(prefix)) continue;
    return withText({ key, functionName, state: "miss", reason, ...(because === undefined ? undefined : { because }) });
  }
  return undefined;
}

export async function printMisses({ run_id, calls, misses, groups }: RunMisses): Promise<void> {
  const lines = [`${run_id}: ${missLine(groups) ?? "no misses"} (of ${formatCounted(calls, "call", "calls")})`];
  for (const group of groups) {
    const because = becauseOf(group);
    const head = `${formatCount(group.count)} × ${escapeUnprintable(group.function_name)}: ${escapeUnprintable(group.reason)}`;
    lines.push("", styled("bold", because === "" ? head : `${head} (${because})`));
    if (group.example === undefined) continue;
    for (const line of String(group.example).split("\n")) lines.push(`  ${line}`);
  }
  if (misses > 0 && groups.some(({ example }) => example === undefined)) {
    lines.push("", styled("dim", "Where there is no example, nothing is stored of the first call any more."));
  }
  await printLines(lines);
}
