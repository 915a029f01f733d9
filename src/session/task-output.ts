import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { messageOf } from "../errors.ts";
import { warnOnce } from "../log.ts";
import { outputFile } from "../telemetry/run-files.ts";

/**
 * What calls print: kept in the run's folder, one file for each call that prints anything, and shown where that was asked
 * for, each line with the call in front of it.
 */
export class TaskOutput {
  readonly #folder: string | undefined;
  readonly #show: boolean;
  /** The beginning of a line that is not complete yet, by call. */
  readonly #begun = new Map<string, string>();
  #made = false;

  constructor(runFolder: string | undefined, show: "show" | "keep") {
    this.#folder = runFolder;
    this.#show = show === "show";
  }

  add(callId: string, text: string): void {
    if (this.#folder !== undefined) this.#keep(this.#folder, callId, text);
    if (!this.#show) return;
    const lines = ((this.#begun.get(callId) ?? "") + text).split("\n");
    this.#begun.set(callId, lines.pop() ?? "");
    for (const line of lines) process.stderr.write(`[${callId}] ${line}\n`);
  }

  #keep(folder: string, callId: string, text: string): void {
    try {
      const file = outputFile(folder, callId);
      if (!this.#made) mkdirSync(path.dirname(file), { recursive: true });
      this.#made = true;
      appendFileSync(file, text);
    } catch (error) {
      warnOnce(folder, "output", `What calls print cannot be kept in ${folder}: ${messageOf(error)}.`);
    }
  }
}
