import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { keepFunctions } from "../../cacheable/registry.ts";
import { loadingBegins } from "../../identify/code/loaded-closure.ts";
import { handOverWarnings } from "../../log.ts";
import { forwardUploads } from "../../store/remote/remote.ts";
import { enterWorker } from "../in-worker.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "../worker/messages.ts";
import { currentCall, takeOutput } from "../worker/output.ts";
import { runCall } from "../worker/run-call.ts";

/* Runs in a worker thread or process: computes the calls that the session hands over. */

const { preload } = (isMainThread ? JSON.parse(process.argv[2] ?? "{}") : workerData) as WorkerSettings;

const post: (message: FromWorker) => void =
  parentPort === null
    ? (message) => void process.send?.(message, () => undefined)
    : (message) => parentPort?.postMessage(message);

const receive = (listener: (message: ToWorker) => void): void => {
  if (parentPort !== null) parentPort.on("message", listener);
  else {
    process.on("message", listener);
    // The session is gone, and nobody waits for results any more. What was computed is in the cache.
    process.on("disconnect", () => process.exit());
    // Ctrl-C reaches all processes of a terminal: the session decides what becomes of its calls.
    process.on("SIGINT", () => undefined);
  }
};

enterWorker();
loadingBegins();
keepFunctions();
forwardUploads((upload) => post({ type: "upload", upload }));
handOverWarnings((warning) => {
  // What is said within a call belongs to its output.
  if (currentCall() !== undefined) return false;
  post({ type: "warning", warning });
  return true;
});
takeOutput((id, text) => post({ type: "output", id, text }));
if (preload !== undefined) await import(preload);
receive((call) => void runCall(call, post));
