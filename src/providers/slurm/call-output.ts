import { appendFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { type ArrayRecord, OUTPUT_FOLDER } from "./array-record.ts";

/** What calls print, in one file for each: a job may have several. */
export class CallOutput {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add({ calls }: ArrayRecord, id: string, text: string): void {
    const place = calls.findIndex((call) => call.id === id);
    try {
      appendFileSync(callOutputFile(this.#folder, place), text);
    } catch {
      process.stdout.write(text); // Then it is in the job's own output.
    }
  }
}

export function callOutputFile(folder: string, call: number): string {
  return path.join(folder, OUTPUT_FOLDER, `call-${call}.log`);
}

/** What a call has printed until now. */
export function outputOfCall(folder: string, call: number): string {
  return textOf(callOutputFile(folder, call));
}

/** What a job has printed besides: Slurm's own messages, and those of what was started by calls. */
export function outputOfJob(folder: string, job: number): string {
  return textOf(jobOutputFile(folder, job));
}

export function jobOutputFile(folder: string, job: number): string {
  return path.join(folder, OUTPUT_FOLDER, `${job}.log`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
