import type { Command } from "commander";
import { escapeUnprintable } from "../../escape.ts";
import type { StoreStats } from "../../store/store.ts";
import { formatBytes, formatCount, formatDuration } from "../../units.ts";
import { type Fact, formatFacts } from "../terminal/facts.ts";
import { print, printJson, printLines, printTable, styled } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { functionCell } from "./entry-cells.ts";
import { openCache } from "./folder.ts";
import { REMOTE_DEFAULT, REMOTE_OPTION, type RemoteOptions } from "./remote/open-remote.ts";
import { printRemoteStats } from "./remote/stats.ts";

const COLUMNS: readonly Column[] = [
  { title: "FUNCTION", narrow: "cut" },
  { title: "ENTRIES", align: "right" },
  { title: "SIZE", align: "right" },
  { title: "HITS", align: "right" },
  { title: "TIME SAVED", align: "right" },
];

/** `scalable cache stats` */
export function addStats(cache: Command): void {
  cache
    .command("stats")
    .description("how much is stored, how often it was used, and what that saved")
    .option(REMOTE_OPTION, `of the shared cache instead (default: ${REMOTE_DEFAULT})`)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoteOptions>();
      if (options.remote !== undefined) {
        await printRemoteStats(options);
        return;
      }
      await using store = openCache(options);
      const stats = await store.stats();
      if (options.json) await printJson(stats);
      else await printStats(stats);
    });
}

async function printStats(stats: StoreStats): Promise<void> {
  const limit = stats.sizeLimit === undefined ? "" : ` of ${formatBytes(stats.sizeLimit)}`;
  const facts: Fact[] = [
    ["folder", escapeUnprintable(stats.dir)],
    ["entries", formatCount(stats.entries)],
    ["size", `${formatBytes(stats.bytes)}${limit}`],
    ["hits", formatCount(stats.hits)],
    ["time saved", formatDuration(stats.timeSavedMs)],
  ];
  await printLines(formatFacts(facts, (label) => styled("dim", label)));
  if (stats.functions.length === 0) return;
  await print("");
  await printTable(
    COLUMNS,
    stats.functions.map((each) => [
      functionCell(each.functionName),
      formatCount(each.entries),
      formatBytes(each.bytes),
      formatCount(each.hits),
      formatDuration(each.timeSavedMs),
    ]),
  );
}
