import { type Command, Option } from "commander";
import type { EntryFilter, EntryInfo } from "../../store/store.ts";
import { formatAge, formatBytes, formatCount, formatCounted, formatDuration } from "../../units.ts";
import { note, onTerminal, print, printJsonArray, printTable, styled } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { argumentsCell, functionCell, keyCell } from "./entry-cells.ts";
import { type CacheOptions, openCache } from "./folder.ts";
import { bytesOf, countOf, durationOf } from "./option-values.ts";
import { SORT_FIELDS, type SortField, sortEntries } from "./sorting.ts";

interface ListOptions extends CacheOptions {
  readonly function?: string;
  readonly olderThan?: number;
  readonly newerThan?: number;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly quarantined?: true;
  readonly sort: SortField;
  readonly reverse?: true;
  readonly limit?: number;
}

/** On a narrow terminal the least asked for go, unless the list is sorted by them. */
function columnsFor(sort: SortField): readonly Column[] {
  return [
    { title: "KEY" },
    { title: "FUNCTION", narrow: "cut" },
    { title: "SIZE", align: "right" },
    { title: "STORED", align: "right" },
    { title: "USED", align: "right", narrow: sort === "used" ? undefined : "drop" },
    { title: "TOOK", align: "right" },
    { title: "HITS", align: "right", narrow: sort === "hits" ? undefined : "drop" },
    { title: "ARGUMENTS", narrow: "cut" },
  ];
}

/** `scalable cache list` */
export function addList(cache: Command): void {
  cache
    .command("list")
    .alias("ls")
    .description("list the entries, the newest first")
    .option("--function <glob>", "only of functions with this name (* stands for any characters)")
    .option("--older-than <duration>", "only stored at least this long ago, such as 7d", durationOf("--older-than"))
    .option("--newer-than <duration>", "only stored at most this long ago, such as 1h", durationOf("--newer-than"))
    .option("--min-size <size>", "only of at least this size, such as 1MB", bytesOf("--min-size"))
    .option("--max-size <size>", "only of at most this size", bytesOf("--max-size"))
    .option("--quarantined", "only those that were wrong when they were checked, and answer no calls")
    .addOption(
      new Option("--sort <field>", "what to sort by").choices(SORT_FIELDS).default("created" satisfies SortField),
    )
    .option("--reverse", "the other way round")
    .option("--limit <n>", "only the first n", countOf("--limit"))
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      const found = await findEntries(options);
      const sorted = sortEntries(found, options.sort);
      if (options.reverse) sorted.reverse();
      const entries = sorted.slice(0, options.limit);
      if (options.json) await printJsonArray(entries);
      else await printEntries(entries, { found: found.length, sort: options.sort });
    });
}

async function findEntries(options: ListOptions): Promise<EntryInfo[]> {
  await using cache = openCache(options);
  const entries: EntryInfo[] = [];
  for await (const entry of cache.entries(filterOf(options))) entries.push(entry);
  return entries;
}

function filterOf(options: ListOptions): EntryFilter {
  return {
    ...(options.function !== undefined && { functionName: options.function }),
    ...(options.olderThan !== undefined && { olderThanMs: options.olderThan }),
    ...(options.newerThan !== undefined && { newerThanMs: options.newerThan }),
    ...(options.minSize !== undefined && { minBytes: options.minSize }),
    ...(options.maxSize !== undefined && { maxBytes: options.maxSize }),
    ...(options.quarantined && { quarantined: true }),
  };
}

interface Listing {
  readonly found: number;
  readonly sort: SortField;
}

async function printEntries(entries: readonly EntryInfo[], { found, sort }: Listing): Promise<void> {
  if (entries.length === 0) return note("no entries");
  const now = Date.now();
  await printTable(
    columnsFor(sort),
    entries.map((entry) => [
      keyCell(entry.key),
      functionCell(entry.functionName),
      formatBytes(entry.bytes),
      formatAge(entry.createdAt, now),
      formatAge(entry.lastUsedAt, now),
      formatDuration(entry.durationMs),
      formatCount(entry.hits),
      argumentsCell(entry),
    ]),
  );
  if (!onTerminal()) return;
  const all = formatCounted(found, "entry", "entries");
  await print(styled("dim", entries.length < found ? `${formatCount(entries.length)} of ${all}` : all));
}
