import { parentPort } from "node:worker_threads";
import { loadContentHasher } from "./content.ts";
import { type DigestJob, runDigestJob } from "./digest-job.ts";
import type { WorkerAnswer } from "./digest-pool.ts";

/* Runs in a worker thread: hashes what the main thread hands over. */

await loadContentHasher();

parentPort?.on("message", (job: DigestJob) => {
  let answer: WorkerAnswer;
  try {
    answer = { result: runDigestJob(job) };
  } catch (error) {
    // Cloning an error between threads would drop its fields.
    const { message } = error instanceof Error ? error : new Error(String(error));
    answer = { error: message, fields: { ...(error as object) } };
  }
  parentPort?.postMessage(answer);
});
