import type { Command } from "commander";
import { escapeUnprintable } from "../../escape.ts";
import type { Cache } from "../../store/cache.ts";
import { formatCounted } from "../../units.ts";
import { ExitCode } from "../exit-code.ts";
import { confirm } from "../terminal/confirm.ts";
import { note } from "../terminal/output.ts";
import { type CacheOptions, openCache } from "./folder.ts";
import { printRemoved } from "./removed.ts";

interface ClearOptions extends CacheOptions {
  readonly function?: string;
  readonly yes?: true;
}

/** `scalable cache clear` */
export function addClear(cache: Command): void {
  cache
    .command("clear")
    .description("remove all entries, or those of a function")
    .option("--function <glob>", "only of functions with this name (* stands for any characters)")
    .option("-y, --yes", "do not ask (nor is asked where standard input is not a terminal)")
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ClearOptions>();
      const selection = options.function === undefined ? {} : { functionName: options.function };
      await using store = openCache(options);
      if (!options.yes && process.stdin.isTTY && !(await agreed(store, selection))) {
        note("nothing was removed");
        process.exitCode = ExitCode.problem;
        return;
      }
      await printRemoved(await store.clear(selection), options);
    });
}

async function agreed(cache: Cache, selection: { readonly functionName?: string }): Promise<boolean> {
  let count = 0;
  for await (const _ of cache.entries(selection)) count += 1;
  if (count === 0) return true;
  return await confirm(`Remove ${formatCounted(count, "entry", "entries")} from ${escapeUnprintable(cache.dir)}?`);
}
