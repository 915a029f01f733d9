import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Debian's own interpreter: the peers come as Debian packages, which another Python on PATH does not see. */
export const PYTHON = "/usr/bin/python3";

export interface Answer {
  readonly seconds: number;
  readonly [name: string]: unknown;
}

/** A program of bench/peers/ running as a child process, answering one request at a time (see peers/serve.ts). */
export class Peer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #complaints = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null || child.stderr === null) throw new Error("peer started without pipes");
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2000);
    });
  }

  /** Starts `bench/peers/<program>`; resolves when it is up. */
  static async start(program: string, nodeOptions: readonly string[] = []): Promise<Peer> {
    const path = fileURLToPath(new URL(`peers/${program}`, import.meta.url));
    const [command, args] = program.endsWith(".py")
      ? [PYTHON, [path]]
      : [process.execPath, ["--disable-warning=ExperimentalWarning", ...nodeOptions, path]];
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
    const peer = new Peer(spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] }));
    await peer.#answer("start");
    return peer;
  }

  /** Asks for one operation. An error of the peer is thrown here. */
  async ask(operation: string, ...args: readonly unknown[]): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify([operation, ...args])}\n`);
    return this.#answer(operation);
  }

  async #answer(operation: string): Promise<Answer> {
    const line = await this.#lines.next();
    if (line.done) throw new Error(`peer ended during "${operation}": ${this.#complaints.trim()}`);
    const message = JSON.parse(line.value) as Answer & { readonly error?: string };
    if (message.error !== undefined) throw new Error(`"${operation}" failed: ${message.error}`);
    return message;
  }

  /** Lets the process end in its own way; one that hangs is ended after ten seconds. */
  async stop(): Promise<void> {
    const overdue = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.#end(() => this.#child.stdin?.end());
    clearTimeout(overdue);
  }

  /** Ends the process without a chance to tidy up, as a crash does. */
  async crash(): Promise<void> {
    await this.#end(() => this.#child.kill("SIGKILL"));
  }

  async #end(how: () => unknown): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    how();
    await exit;
  }
}
