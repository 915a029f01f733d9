import type { Command } from "commander";
import { escapeUnprintable } from "../../escape.ts";
import type { EntryInfo } from "../../store/store.ts";
import { formatCount } from "../../units.ts";
import { ExitCode } from "../exit-code.ts";
import { note, printJson } from "../terminal/output.ts";
import { functionCell } from "./entry-cells.ts";
import { printEntry } from "./entry-view.ts";
import { findEntry } from "./find-entry.ts";
import { type CacheOptions, openCache } from "./folder.ts";

/** So many candidates are listed of an ambiguous key. */
const MOST_CANDIDATES = 20;

/** `scalable cache show` */
export function addShow(cache: Command): void {
  cache
    .command("show")
    .description("everything that is known about one entry")
    .argument("<key>", "the key, or enough of its first digits")
    .action(async (key: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CacheOptions>();
      await using store = openCache(options);
      const found = await findEntry(store, key);
      if (found.state === "one") {
        const { captured = [], ...entry } = (await store.info(found.entry.key)) ?? found.entry;
        if (options.json) await printJson({ ...entry, captured });
        else await printEntry(entry, captured);
        return;
      }
      process.exitCode = ExitCode.problem;
      if (found.state === "none") note(`no entry with the key ${escapeUnprintable(key)}`);
      else noteCandidates(key, found.candidates);
    });
}

/** Says which keys begin so. */
export function noteCandidates(key: string, candidates: readonly EntryInfo[]): void {
  const listed = candidates.slice(0, MOST_CANDIDATES);
  const lines = listed.map((entry) => `  ${escapeUnprintable(entry.key)}  ${functionCell(entry.functionName)}`);
  if (listed.length < candidates.length) lines.push(`  and ${formatCount(candidates.length - listed.length)} more`);
  note([`${formatCount(candidates.length)} keys begin with ${escapeUnprintable(key)}:`, ...lines].join("\n"));
}
