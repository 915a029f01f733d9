import { escapeUnprintable } from "../../../escape.ts";
import { formatBytes, formatCount } from "../../../units.ts";
import { type Fact, formatFacts } from "../../terminal/facts.ts";
import { print, printJson, printLines, printTable, styled } from "../../terminal/output.ts";
import type { Column } from "../../terminal/table.ts";
import { functionCell } from "../entry-cells.ts";
import { type RemoteOptions, withRemote } from "./open-remote.ts";

const COLUMNS: readonly Column[] = [
  { title: "FUNCTION", narrow: "cut" },
  { title: "ENTRIES", align: "right" },
  { title: "SIZE", align: "right" },
];

/** `scalable cache stats --remote` */
export async function printRemoteStats(options: RemoteOptions): Promise<void> {
  const { remoteStats } = await import("../../../store/remote/remote-stats.ts");
  const stats = await withRemote(options, "read", (shared) => remoteStats(shared));
  if (options.json) {
    await printJson(stats);
    return;
  }
  const facts: Fact[] = [
    ["remote", escapeUnprintable(stats.remote)],
    ["entries", formatCount(stats.entries)],
    ["blobs", formatCount(stats.blobs)],
    ["size", `${formatBytes(stats.bytes)}, compressed`],
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
    ]),
  );
}
