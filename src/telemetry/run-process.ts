import { readFileSync } from "node:fs";
import os from "node:os";
import { systemCode } from "../errors.ts";

/** A process as others can find it again. */
export interface ProcessIdentity {
  /** Name of the machine. */
  readonly host: string;
  readonly pid: number;
  /** Tells the process from a later one with the same number; only Linux says it. */
  readonly process_started?: string;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  const started = statOf(process.pid)?.started;
  return { host: os.hostname(), pid: process.pid, ...(started !== undefined && { process_started: started }) };
}

/** Whether the process has certainly ended. Of another machine's process nothing is certain. */
export function hasEnded({ host, pid, process_started }: ProcessIdentity): boolean {
  if (host !== os.hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any other error (EPERM) means that there is such a process.
    if (systemCode(error) === "ESRCH") return true;
  }
  const stat = statOf(pid);
  if (stat === undefined) return false;
  return stat.ended || (process_started !== undefined && process_started !== stat.started);
}

/** Fields 3 and 22 of `/proc/<pid>/stat`, see proc_pid_stat(5). */
function statOf(pid: number): { readonly ended: boolean; readonly started: string | undefined } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined; // not Linux, or others' processes are hidden
  }
  // Field 2 is the name of the program in parentheses, in which there may be anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; only its parent has not asked how.
  return { ended: fields[0] === "Z" || fields[0] === "X", started: fields[19] };
}
