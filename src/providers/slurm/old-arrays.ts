import { rm } from "node:fs/promises";
import { type ArrayRecord, readArray, submittedAs } from "./array-record.ts";
import type { Claims } from "./claims.ts";
import type { QueueSnapshot } from "./queue.ts";
import { jobNameOf } from "./watched-array.ts";
import { arrayFolder, arrayIds } from "./work-folder.ts";

/** What jobs left is kept for so long: results are in the cache by then, and output in the folders of the runs. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Removes the folders and claims of arrays that ended a week ago, and that Slurm does not know any more. */
export async function removeOldArrays(workDir: string, claims: Claims, { arrays, jobs }: QueueSnapshot): Promise<void> {
  const queued = new Set([...jobs.keys()].map((id) => id.split("_")[0]));
  for (const id of arrayIds(workDir)) {
    if (Date.now() - timeOf(id) < KEPT_MS) return; // So are those that follow.
    const folder = arrayFolder(workDir, id);
    let record: ArrayRecord | undefined;
    try {
      record = readArray(folder);
      if (arrays.has(jobNameOf(record)) || queued.has(submittedAs(folder))) continue;
    } catch {
      // It was never written to its end.
    }
    for (const { key } of record?.calls ?? []) if (key !== undefined) claims.drop(key, id);
    await rm(folder, { recursive: true, force: true });
  }
}

/** An array's id begins with the time at which it was made. */
function timeOf(id: string): number {
  return Date.parse(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, "$1-$2-$3T$4:$5:$6Z"));
}
