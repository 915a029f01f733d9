import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/**
 * Gives a job a local cache of its own, on its node, for as long as it runs: an index cannot be shared by machines. What it
 * computes goes to the shared cache. Where the component's variables name a folder, it is that one.
 */
export function useJobCache(): void {
  if (process.env["SCALABLE_CACHE_DIR"]) return;
  // The folder that TMPDIR names may be one of the machine that submitted the job, or not be in the container.
  const above = existsSync(os.tmpdir()) ? os.tmpdir() : "/tmp";
  const folder = mkdtempSync(path.join(above, "scalable-job-"));
  process.env["SCALABLE_CACHE_DIR"] = folder;
  process.on("exit", () => {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // It is temporary, and belongs to nobody else.
    }
  });
}
