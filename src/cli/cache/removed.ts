import type { PruneReport } from "../../store/store.ts";
import { formatBytes, formatCounted } from "../../units.ts";
import { print, printJson } from "../terminal/output.ts";
import type { CacheOptions } from "./folder.ts";

export async function printRemoved(report: PruneReport, options: CacheOptions): Promise<void> {
  if (options.json) await printJson(report);
  else await print(`removed ${formatCounted(report.entries, "entry", "entries")}, ${formatBytes(report.bytes)}`);
}
