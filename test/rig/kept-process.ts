import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** Waits on its standard input, and ends the program with it: so even where the test run is killed, nothing stays. */
const KEEPER = `signal=$1; shift; "$@" </dev/null & kept=$!; read -r _; kill -"$signal" "$kept" 2>/dev/null; wait "$kept"`;

export interface KeptProcessOptions {
  /** Of the program, in place of this process's variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** How it is ended: KILL by default, and TERM for a program that has something to save. */
  readonly signal?: "KILL" | "TERM";
}

/** A server program that cannot outlive the test run. */
export class KeptProcess {
  readonly #keeper: ChildProcess;
  readonly #ended: Promise<void>;

  /** @param log - the file for what it prints. */
  constructor(command: string, args: readonly string[], log: string, options: KeptProcessOptions = {}) {
    const { env = process.env, signal = "KILL" } = options;
    const output = openSync(log, "a");
    const keeper = ["-c", KEEPER, "sh", signal, command, ...args];
    this.#keeper = spawn("/bin/sh", keeper, { env, stdio: ["pipe", output, output] });
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
