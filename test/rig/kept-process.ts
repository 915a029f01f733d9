import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** Waits on its standard input, and ends the program with it: so even where the test run is killed, nothing stays. */
const KEEPER = `"$@" </dev/null & kept=$!; read -r _; kill -9 "$kept" 2>/dev/null; wait "$kept"`;

/** A server program that cannot outlive the test run. */
export class KeptProcess {
  readonly #keeper: ChildProcess;
  readonly #ended: Promise<void>;

  /** @param log - the file for what it prints. */
  constructor(command: string, args: readonly string[], log: string) {
    const output = openSync(log, "a");
    this.#keeper = spawn("/bin/sh", ["-c", KEEPER, "sh", command, ...args], { stdio: ["pipe", output, output] });
    closeSync(output);
    this.#keeper.stdin?.on("error", () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#keeper.once("close", () => resolve());
      this.#keeper.once("error", () => resolve());
    });
    this.#keeper.unref();
  }

  async stop(): Promise<void> {
    this.#keeper.ref();
    this.#keeper.stdin?.end();
    await this.#ended;
  }
}
