import fs from "node:fs";
import type { Command } from "commander";
import { escapeUnprintable } from "../escape.ts";
import { Cache } from "../store/cache.ts";
import { type CacheOptions, openCache } from "./cache/folder.ts";
import { ExitCode } from "./exit-code.ts";
import { AskedFiles } from "./impact/asked-files.ts";
import { type CachedFunctions, cachedFunctions } from "./impact/cached-code.ts";
import { changedFiles } from "./impact/changed-files.ts";
import { Disk } from "./impact/code-on-disk.ts";
import { type DataEntry, dataEntry } from "./impact/data-uses.ts";
import type { Impact } from "./impact/impact.ts";
import { impactOfChanges } from "./impact/of-changes.ts";
import { impactOfFiles } from "./impact/of-files.ts";
import { printImpact } from "./impact/print.ts";
import { note, printJson } from "./terminal/output.ts";

const ABOUT = `
Without files: which functions' code is another one now than that of their entries. In a git repository, only edits since
the last commit are counted; functions that differ otherwise are named below. With files or folders: what an edit there
would invalidate, code as well as data that are arguments or inputs. Options of functions (version, args, env) are not
compared, and no code is run. Computing times are those that the entries have taken, added up.`;

/** `scalable impact` */
export function addImpact(program: Command): void {
  program
    .command("impact")
    .description("which results an edit makes useless, and what it took to compute them")
    .argument("[files...]", "files or folders that may be edited (default: the edits that were made)")
    .option("--dir <folder>", "the cache folder (default: SCALABLE_CACHE_DIR, or ./cache)")
    .option("--json", "print JSON")
    .addHelpText("after", ABOUT)
    .action(async (files: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CacheOptions>();
      await using cache = openCache(options);
      // To look at a cache must not make it.
      if (!Cache.exists(cache.dir)) {
        process.exitCode = ExitCode.problem;
        return;
      }
      await cache.stats();
      await (files.length === 0 ? tellOfChanges(cache, options) : tellOfFiles(cache, files, options));
    });
}

async function tellOfChanges(cache: Cache, options: CacheOptions): Promise<void> {
  const workingDirectory = process.cwd();
  const changed = changedFiles(workingDirectory);
  if (changed === undefined) note("not in a git repository, or without git: all functions are compared");
  const cached = cachedFunctions(cache.store, () => undefined);
  const disk = new Disk(workingDirectory);
  const impact = impactOfChanges(cached.functions, { disk, changed, store: cache.store });
  if (options.json) await printJson(asJson(impact, cached));
  else await printImpact(impact, cached, "changes");
}

async function tellOfFiles(cache: Cache, files: readonly string[], options: CacheOptions): Promise<void> {
  const asked = new AskedFiles(files);
  const data: DataEntry[] = [];
  const detailOf = cache.store.details.readerWith([]);
  const cached = cachedFunctions(cache.store, (entry) => {
    const found = dataEntry(entry, asked, detailOf);
    if (found !== undefined) data.push(found);
  });
  const impact = await impactOfFiles(cached.functions, { disk: new Disk(process.cwd()), asked, data });
  if (options.json) await printJson(asJson(impact, cached));
  else await printImpact(impact, cached, "files");
  const unknown = files.filter((file) => !fs.existsSync(file));
  if (impact.affected.length > 0 || impact.missing.length > 0 || unknown.length === 0) return;
  note(escapeUnprintable(`there is no ${unknown.join(", ")}`));
  process.exitCode = ExitCode.problem;
}

function asJson(impact: Impact, { totals, uncompared }: CachedFunctions): object {
  return { ...impact, uncompared, totals };
}
