import { workerData } from "node:worker_threads";
import { startTimer } from "../timer.ts";
import { type EndMark, markEnd } from "./marks.ts";

/* Runs in a thread of a job, beside a call: ends both when the call has taken too long. */

export interface TimeoutSettings {
  readonly folder: string;
  /** The call's place in its array. */
  readonly place: number;
  readonly mark: EndMark;
  readonly timeoutMs: number;
}

const { folder, place, mark, timeoutMs } = workerData as TimeoutSettings;

startTimer(timeoutMs, () => {
  markEnd(folder, place, { ...mark, at: new Date().toISOString() });
  process.kill(process.pid, "SIGKILL");
});
