import { escapeUnprintable } from "../../escape.ts";
import type { Captured } from "../../store/capture.ts";
import type { EntryInfo } from "../../store/store.ts";
import { formatAge, formatBytes, formatCount, formatDuration } from "../../units.ts";
import { type Fact, formatFacts } from "../terminal/facts.ts";
import { print, printLines, printTable, styled } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { CAPTURED_COLUMNS, capturedCells } from "./captured-files.ts";
import { digestCell, functionCell } from "./entry-cells.ts";

const PART_COLUMNS: readonly Column[] = [
  { title: "PART" },
  { title: "NAME", narrow: "cut" },
  { title: "TYPE", narrow: "cut" },
  { title: "DIGEST" },
  { title: "VALUE", narrow: "cut" },
];

/** All about an entry, for people. */
export async function printEntry(entry: EntryInfo, captured: readonly Captured[]): Promise<void> {
  await printLines(formatFacts(factsOf(entry), (label) => styled("dim", label)));
  const parts = entry.call?.parts ?? [];
  if (parts.length > 0) {
    await print("");
    await printTable(
      PART_COLUMNS,
      parts.map((part) => [
        part.kind,
        escapeUnprintable(part.name) || "-",
        escapeUnprintable(part.type) || "-",
        digestCell(part.digest),
        escapeUnprintable(part.preview ?? ""),
      ]),
    );
  }
  if (captured.length > 0) {
    await print("");
    await printTable(CAPTURED_COLUMNS, captured.map(capturedCells));
  }
}

function factsOf(entry: EntryInfo): Fact[] {
  const saved = entry.hits === 0 ? "" : ` (saved ${formatDuration(entry.hits * entry.durationMs)})`;
  return [
    ["key", escapeUnprintable(entry.key)],
    ["function", functionCell(entry.functionName)],
    ["size", formatBytes(entry.bytes)],
    ["stored", formatTime(entry.createdAt)],
    ["last used", formatTime(entry.lastUsedAt)],
    ["took", formatDuration(entry.durationMs)],
    ["hits", `${formatCount(entry.hits)}${saved}`],
    ...quarantineFacts(entry),
  ];
}

function quarantineFacts({ quarantine }: EntryInfo): Fact[] {
  if (quarantine === undefined) return [];
  return [
    ["quarantined", formatTime(quarantine.at)],
    ["differs", escapeUnprintable(quarantine.difference)],
  ];
}

/** `2026-03-01T09:30:00Z (3 h ago)` */
function formatTime(time: number): string {
  // A damaged entry may hold a number that is no point in time.
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "unknown";
  return `${date.toISOString().replace(/\.\d+Z$/, "Z")} (${formatAge(time, Date.now())})`;
}
