import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { inWorker } from "../providers/in-worker.ts";

/**
 * Whether a module is the program that was started, and not one that it, or a worker, imported:
 * `if (isMain(import.meta)) await main();`
 */
export function isMain(meta: { readonly url: string }): boolean {
  const script = process.argv[1];
  if (inWorker() || script === undefined) return false;
  try {
    return pathToFileURL(realpathSync(script)).href === meta.url.replace(/[?#].*$/, "");
  } catch {
    return false; // Code that is no file, such as that of `node -e`.
  }
}
