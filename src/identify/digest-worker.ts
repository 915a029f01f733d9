import { parentPort } from "node:worker_threads";
import { loadContentHasher } from "./content.ts";
import { type DigestJob, runDigestJob, transferable } from "./digest-job.ts";
import type { WorkerAnswer } from "./digest-pool.ts";

/* Runs in a worker thread: hashes what the main thread hands over. */

await loadContentHasher();

parentPort?.on("message", (job: DigestJob) => {
  try {
    const result = runDigestJob(job);
    parentPort?.postMessage({ result } satisfies WorkerAnswer, transferable(result));
  } catch (error) {
    // Cloning an error between threads would drop its fields.
    const { message } = error instanceof Error ? error : new Error(String(error));
    parentPort?.postMessage({ error: message, fields: { ...(error as object) } } satisfies WorkerAnswer);
  }
});
