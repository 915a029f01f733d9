import type { Command } from "commander";
import { explainEntry, explainMissing } from "../cacheable/explain.ts";
import type { Explanation } from "../cacheable/explanation.ts";
import { escapeUnprintable } from "../escape.ts";
import { Cache } from "../store/cache.ts";
import type { LocalStore } from "../store/local/local-store.ts";
import { findRun } from "../telemetry/runs.ts";
import { findEntry } from "./cache/find-entry.ts";
import { folderOf } from "./cache/folder.ts";
import { noteCandidates } from "./cache/show.ts";
import { ExitCode } from "./exit-code.ts";
import { findOneRun, runsFolderOf } from "./report/run-folder.ts";
import { note, print, printJson } from "./terminal/output.ts";
import { UsageError } from "./usage-error.ts";
import { missesOfRun, missOfKey, printMisses, runBeginningOf } from "./why/run-misses.ts";

interface WhyOptions {
  readonly latest?: true;
  readonly dir?: string;
  readonly runsDir?: string;
  readonly json?: true;
}

const ABOUT = `
Of a key: why it was computed, or what became of its entry. Its first digits are enough. Of a run: why its calls missed,
by function and reason, with an example of each. JSON has the names of the library's type Explanation.`;

/** `scalable why` */
export function addWhy(program: Command): void {
  program
    .command("why")
    .description("why calls were computed and not answered from the cache")
    .argument("[key or run]", "the key of a call, or the ID of a run (default: the latest run)")
    .option("--latest", "of the latest run")
    .option("--dir <folder>", "the cache folder (default: SCALABLE_CACHE_DIR, or ./cache)")
    .option("--runs-dir <folder>", "the folder of the runs (default: SCALABLE_RUNS_DIR, or ./.scalable/runs)")
    .option("--json", "print JSON")
    .addHelpText("after", ABOUT)
    .action(async (subject: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<WhyOptions>();
      if (options.latest && subject !== undefined) {
        throw new UsageError("--latest is the latest run; give it alone, or a key or the ID of a run.");
      }
      const done = isRun(subject) ? await whyRun(subject, options) : await whyKey(subject, options);
      if (!done) process.exitCode = ExitCode.problem;
    });
}

/** Keys of calls have other digits, and runs have this name and no other. */
function isRun(subject: string | undefined): subject is undefined | string {
  return subject === undefined || subject.startsWith("run-");
}

async function whyRun(id: string | undefined, options: WhyOptions): Promise<boolean> {
  const run = findOneRun(runsFolderOf(options.runsDir), id);
  if (run === undefined) return false;
  await using cache = new Cache(folderOf(options));
  const store = await storeOf(cache);
  const misses = missesOfRun(run, store);
  if (options.json) await printJson(misses);
  else await printMisses(misses);
  return true;
}

async function whyKey(key: string | undefined, options: WhyOptions): Promise<boolean> {
  if (key === undefined) return false;
  await using cache = new Cache(folderOf(options));
  const found = await findEntry(cache, key);
  if (found.state === "several") {
    noteCandidates(key, found.candidates);
    return false;
  }
  const store = await storeOf(cache);
  const latest = findRun(runsFolderOf(options.runsDir), undefined);
  if (found.state === "one" && store !== undefined) {
    const runBegan = latest.state === "one" ? runBeginningOf(latest.run, found.entry.key) : undefined;
    return tell(explainEntry(store, found.entry, runBegan), options);
  }
  const fates = store?.fates.beginningWith(key) ?? [];
  if (fates.length > 1) {
    const lines = fates.map((fate) => `  ${escapeUnprintable(fate.key)}  ${escapeUnprintable(fate.functionName)}`);
    note([`several keys begin with ${escapeUnprintable(key)}:`, ...lines].join("\n"));
    return false;
  }
  const [fate] = fates;
  const missing = fate === undefined || store === undefined ? undefined : explainMissing(store, fate.key);
  if (missing !== undefined) return tell(missing, options);
  const miss = latest.state === "one" ? missOfKey(latest.run, key) : undefined;
  if (miss !== undefined) return tell(miss, options);
  note(
    `nothing is stored under the key ${escapeUnprintable(key)} in ${escapeUnprintable(cache.dir)}, and nothing is known of what became of it. Keys are in "scalable cache list", and in cache.jsonl of a run.`,
  );
  return false;
}

/** The store, where there is one: to look at it must not make it. */
async function storeOf(cache: Cache): Promise<LocalStore | undefined> {
  if (!Cache.exists(cache.dir)) return undefined;
  await cache.stats();
  return cache.store;
}

async function tell(explanation: Explanation, { json }: WhyOptions): Promise<true> {
  if (json) await printJson(explanation);
  else await print(String(explanation));
  return true;
}
