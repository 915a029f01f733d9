import type { Command } from "commander";
import { addClear } from "./clear.ts";
import { addList } from "./list.ts";
import { addPath } from "./path.ts";
import { addPrune } from "./prune.ts";
import { addKeygen } from "./remote/keygen.ts";
import { addPull, addPush } from "./remote/transfer.ts";
import { addShow } from "./show.ts";
import { addStats } from "./stats.ts";
import { addVerify } from "./verify.ts";

const ABOUT_JSON = `
JSON has the names of the library's types (StoreStats, EntryInfo, VerifyReport, PruneReport): sizes in bytes,
durations in milliseconds, points in time in milliseconds since 1970. "show" adds "captured": the captured files.`;

/** `scalable cache …`. The options of the group may stand before or after the name of the command. */
export function addCacheCommands(program: Command): void {
  const cache = program
    .command("cache")
    .description("look at the cache, check it, make room in it, and share it")
    .option("--dir <folder>", "the cache folder (default: SCALABLE_CACHE_DIR, or ./cache)")
    .option("--json", "print JSON")
    .addHelpText("after", ABOUT_JSON);
  addStats(cache);
  addList(cache);
  addShow(cache);
  addVerify(cache);
  addPrune(cache);
  addClear(cache);
  addPush(cache);
  addPull(cache);
  addKeygen(cache);
  addPath(cache);
}
