import type { Command } from "commander";
import { cacheSizeLimit } from "../../settings.ts";
import type { PruneOptions } from "../../store/store.ts";
import { UsageError } from "../usage-error.ts";
import { openCache } from "./folder.ts";
import { bytesOf, durationOf } from "./option-values.ts";
import { REMOTE_DEFAULT, REMOTE_OPTION } from "./remote/open-remote.ts";
import { printRemotePrune, type RemotePruneCommandOptions } from "./remote/prune.ts";
import { printRemoved } from "./removed.ts";

interface PruneCommandOptions extends RemotePruneCommandOptions {
  readonly maxSize?: number;
  readonly maxAge?: number;
  readonly function?: string;
}

/** `scalable cache prune` */
export function addPrune(cache: Command): void {
  cache
    .command("prune")
    .description("make room: remove what is old, and what was not used for longest")
    .option(
      "--max-size <size>",
      "keep at most this much, such as 5GB (default, without --max-age: SCALABLE_CACHE_SIZE_LIMIT)",
      bytesOf("--max-size"),
    )
    .option("--max-age <duration>", "keep only what was stored since, such as 30d", durationOf("--max-age"))
    .option("--function <glob>", "only of functions with this name (* stands for any characters)")
    .option(REMOTE_OPTION, `in the shared cache instead (default: ${REMOTE_DEFAULT})`)
    .option(
      "--grace <duration>",
      "with --remote: how long content stays that no entry uses (default: 1h)",
      durationOf("--grace"),
    )
    .option("--wait", "with --remote: wait for that, and remove it then")
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<PruneCommandOptions>();
      if (options.remote !== undefined) {
        await printRemotePrune(options);
        return;
      }
      if (options.grace !== undefined || options.wait) throw new UsageError("--grace and --wait are for --remote.");
      const bounds = boundsOf(options);
      await using store = openCache(options);
      await printRemoved(await store.prune(bounds), options);
    });
}

function boundsOf(options: PruneCommandOptions): PruneOptions {
  const maxBytes = options.maxSize ?? (options.maxAge === undefined ? cacheSizeLimit() : undefined);
  if (maxBytes === undefined && options.maxAge === undefined) {
    throw new UsageError(
      "prune needs --max-size or --max-age (or SCALABLE_CACHE_SIZE_LIMIT). To remove everything, use clear.",
    );
  }
  return {
    ...(maxBytes !== undefined && { maxBytes }),
    ...(options.maxAge !== undefined && { maxAgeMs: options.maxAge }),
    ...(options.function !== undefined && { functionName: options.function }),
  };
}
