import path from "node:path";
import { type CodeDifference, compareCode } from "../../identify/code/compare.ts";
import type { LocalStore } from "../../store/local/local-store.ts";
import type { EntryInfo } from "../../store/store.ts";
import { type CachedCode, type CodeUse, callEntries, codePart } from "./cached-code.ts";
import type { CodeOnDisk, Disk } from "./code-on-disk.ts";
import { type Affected, byCost, type Impact, type Missing } from "./impact.ts";

/** They decide which package or file an import leads to, and no declaration is in them. */
const CONFIGURATION = /^(package(-lock)?\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|[tj]sconfig.*\.json)$/;

type Found = Extract<CodeOnDisk, { state: "found" }>;

/**
 * What the edits that were made cost. What counts of a function are the entries of the code that was used last; those of
 * older code nobody finds any more anyway. Not lost are those whose calls are stored under the code on disk as well, as
 * after an edit that was taken back.
 *
 * @param changed - absolute paths of what git says was edited; undefined where it cannot be asked.
 */
export function impactOfChanges(
  functions: readonly CachedCode[],
  {
    disk,
    changed,
    store,
  }: { readonly disk: Disk; readonly changed: ReadonlySet<string> | undefined; readonly store: LocalStore },
): Impact {
  const affected: Affected[] = [];
  const otherwise: Affected[] = [];
  const missing: Missing[] = [];
  const edited = new Set<string>();
  const configured = changed !== undefined && [...changed].some((file) => CONFIGURATION.test(path.basename(file)));
  for (const each of functions) {
    const use = each.uses.find(({ id }) => id !== "");
    if (use === undefined) continue;
    const { functionName } = each;
    const { file = "" } = use.manifest.origins[0] ?? {};
    const now = disk.codeOf(use.manifest.origins);
    if (now.state === "missing") {
      missing.push({ functionName, file, why: now.why, entries: use.entries });
      continue;
    }
    if (now.id === use.id) continue;
    const lost = lostOf(each, { use, now, store });
    if (lost.entries === 0) continue;
    const changes = compareCode(use.manifest, now.manifest);
    const found = { functionName, file, ...lost, changes, reached: [], data: [], differs: true };
    const own =
      changed === undefined ? filesOf(changes, now) : filesAround(use, now).filter((name) => changed.has(name));
    const concerned = changed === undefined || configured || own.length > 0;
    (concerned ? affected : otherwise).push(found);
    if (concerned) for (const name of own) edited.add(name);
  }
  affected.sort(byCost);
  const sum = (of: (each: Affected) => number): number => affected.reduce((total, each) => total + of(each), 0);
  return {
    files: changed && [...changed],
    edited: [...edited].sort(),
    affected,
    otherwise: otherwise.sort(byCost),
    missing,
    entries: sum(({ entries }) => entries),
    durationMs: sum(({ durationMs }) => durationMs),
  };
}

/** Absolute paths of all that the code has to do with, or had. */
function filesAround({ manifest }: CodeUse, { files, folder }: Found): string[] {
  return [...new Set([...files, ...manifest.declarations.map(({ file }) => path.join(folder, file))])];
}

/** Absolute paths of those in which something differs. */
function filesOf(changes: readonly CodeDifference[], { folder }: Found): string[] {
  return changes.flatMap((change) => (change.kind === "declaration" ? [path.join(folder, change.file)] : []));
}

function lostOf(
  { functionName, uses }: CachedCode,
  { use, now, store }: { readonly use: CodeUse; readonly now: Found; readonly store: LocalStore },
): { readonly entries: number; readonly durationMs: number } {
  const back = uses.find(({ id }) => id === now.id);
  if (back === undefined) return { entries: use.entries, durationMs: use.durationMs };
  const there = new Set<string>();
  for (const entry of entriesUnder(back, functionName, store)) there.add(callOf(entry));
  let entries = 0;
  let durationMs = 0;
  for (const entry of entriesUnder(use, functionName, store)) {
    if (there.has(callOf(entry))) continue;
    entries += 1;
    durationMs += Math.max(0, entry.durationMs) || 0;
  }
  return { entries, durationMs };
}

function* entriesUnder({ details }: CodeUse, functionName: string, store: LocalStore): Generator<EntryInfo> {
  for (const entry of callEntries(store)) {
    if (entry.functionName === functionName && details.has(codePart(entry)?.detail ?? "")) yield entry;
  }
}

/** What a call is, whatever the code of its function. */
function callOf({ call }: EntryInfo): string {
  const parts = call?.parts.filter(({ kind }) => kind !== "code") ?? [];
  return JSON.stringify(
    parts.map(({ kind, name, type, digest, preview }) => [kind, name, type, digest, kind === "seed" && preview]),
  );
}
