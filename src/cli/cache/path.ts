import type { Command } from "commander";
import { print, printJson } from "../terminal/output.ts";
import { type CacheOptions, folderOf } from "./folder.ts";

/** `scalable cache path` */
export function addPath(cache: Command): void {
  cache
    .command("path")
    .description("print the absolute path of the cache folder")
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CacheOptions>();
      const dir = folderOf(options);
      // As it is, without escaping: a script hands it on.
      if (options.json) await printJson({ dir });
      else await print(dir);
    });
}
