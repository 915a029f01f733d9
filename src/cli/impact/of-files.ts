import path from "node:path";
import { pathTo } from "../../identify/code/manifest.ts";
import type { AskedFiles } from "./asked-files.ts";
import type { CachedCode, CodeUse } from "./cached-code.ts";
import type { Disk } from "./code-on-disk.ts";
import { type DataEntry, type DataPart, digestNow } from "./data-uses.ts";
import { type Affected, byCost, type DataUse, type Impact, type Missing, type Reached } from "./impact.ts";

/** A function with the entries that the next call may find: those of the code on disk, or else of what was used last. */
interface InUse {
  readonly functionName: string;
  readonly file: string;
  readonly use: CodeUse;
  readonly differs: boolean;
  readonly reached: readonly Reached[];
}

/** What an edit of these files would cost: of the functions whose code is in them, and whose arguments or inputs they are. */
export async function impactOfFiles(
  functions: readonly CachedCode[],
  { disk, asked, data }: { readonly disk: Disk; readonly asked: AskedFiles; readonly data: readonly DataEntry[] },
): Promise<Impact> {
  const inUse: InUse[] = [];
  const missing: Missing[] = [];
  for (const each of functions) {
    const found = inUseOf(each, disk, asked);
    if (found === undefined) continue;
    if ("why" in found) missing.push(found);
    else inUse.push(found);
  }
  const read = await currentOf(data.filter((entry) => !isStale(entry, functions, inUse)));
  const affected: Affected[] = [];
  for (const { functionName, file, use, differs, reached } of inUse) {
    const own = read.filter(({ entry }) => entry.functionName === functionName && use.details.has(entry.code ?? ""));
    if (reached.length === 0 && own.length === 0) continue;
    const { entries, durationMs } = reached.length > 0 ? use : sumOf(own);
    const edited = differs || own.some((each) => each.differs);
    affected.push({
      functionName,
      file,
      entries,
      durationMs,
      changes: [],
      reached,
      data: usesIn(own),
      differs: edited,
    });
  }
  const tracked = new Set(functions.flatMap(({ uses }) => uses.flatMap(({ details }) => [...details])));
  const others = read.filter(({ entry }) => !tracked.has(entry.code ?? ""));
  for (const [functionName, own = []] of Object.entries(Object.groupBy(others, ({ entry }) => entry.functionName))) {
    const differs = own.some((each) => each.differs);
    affected.push({
      functionName,
      file: undefined,
      ...sumOf(own),
      changes: [],
      reached: [],
      data: usesIn(own),
      differs,
    });
  }
  affected.sort(byCost);
  const sum = (of: (each: Affected) => number): number => affected.reduce((total, each) => total + of(each), 0);
  return {
    files: asked.paths,
    edited: [],
    affected,
    otherwise: [],
    missing,
    entries: sum(({ entries }) => entries),
    durationMs: sum(({ durationMs }) => durationMs),
  };
}

function inUseOf({ functionName, uses }: CachedCode, disk: Disk, asked: AskedFiles): InUse | Missing | undefined {
  const latest = uses.find(({ id }) => id !== "");
  if (latest === undefined) return undefined;
  const now = disk.codeOf(latest.manifest.origins);
  const same = now.state === "found" ? uses.find(({ id }) => id === now.id) : undefined;
  const use = same ?? latest;
  const { file = "" } = use.manifest.origins[0] ?? {};
  const manifests = now.state === "found" ? [now.manifest, use.manifest] : [use.manifest];
  for (const manifest of manifests) {
    const reached = manifest.declarations.flatMap(({ name, file: own, line }, place) =>
      asked.covers(path.join(now.folder, own)) ? [{ name, file: own, line, path: pathTo(manifest, place) }] : [],
    );
    if (reached.length === 0) continue;
    if (now.state === "missing") return { functionName, file, why: now.why, entries: use.entries };
    return { functionName, file, use, differs: same === undefined, reached };
  }
  return { functionName, file, use, differs: same === undefined, reached: [] };
}

/** Whether an entry is of code that is in use no more. */
function isStale(
  { code = "", functionName }: DataEntry,
  functions: readonly CachedCode[],
  inUse: readonly InUse[],
): boolean {
  const isOf = (uses: readonly CodeUse[]): boolean => uses.some(({ details }) => details.has(code));
  if (!functions.some((each) => each.functionName === functionName && isOf(each.uses))) return false;
  return !inUse.some((each) => each.functionName === functionName && isOf([each.use]));
}

/** An entry with the file that it is of, whose content may be another one already. */
interface Read {
  readonly entry: DataEntry;
  readonly part: DataPart;
  readonly differs: boolean;
}

/** Those that are of the content on disk; of a file with none, those of the content that was used last. */
async function currentOf(entries: readonly DataEntry[]): Promise<Read[]> {
  const pairs = entries.flatMap((entry) => entry.parts.map((part) => ({ entry, part })));
  const idOf = ({ entry, part }: { readonly entry: DataEntry; readonly part: DataPart }): string =>
    JSON.stringify([entry.functionName, part.what, part.name, part.path]);
  const found: Read[] = [];
  for (const group of Map.groupBy(pairs, idOf).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const now = await digestNow(first.part);
    const same = group.filter(({ part }) => part.digest === now);
    const latest = group.reduce((a, b) => (b.entry.usedAt > a.entry.usedAt ? b : a));
    const current = same.length > 0 ? same : group.filter(({ part }) => part.digest === latest.part.digest);
    found.push(...current.map((pair) => ({ ...pair, differs: same.length === 0 })));
  }
  return found;
}

function sumOf(read: readonly Read[]): { readonly entries: number; readonly durationMs: number } {
  const entries = new Map(read.map(({ entry }) => [entry.key, entry.durationMs]));
  return { entries: entries.size, durationMs: [...entries.values()].reduce((sum, each) => sum + each, 0) };
}

function usesIn(read: readonly Read[]): DataUse[] {
  const groups = Map.groupBy(read, ({ part: { path: given, what, name } }) => JSON.stringify([given, what, name]));
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const { path: given, what, name } = first.part;
    return [{ path: given, what, name, entries: 1 + others.length }];
  });
}
