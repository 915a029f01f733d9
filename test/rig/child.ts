import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { inject } from "vitest";

/** How a child process ended, and what it printed. */
export interface Finished {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  /** The node to run: that of the test run by default; others come from `nodeBinary`. */
  readonly node?: string;
  /** Options of node itself, before the script. */
  readonly nodeOptions?: readonly string[];
  readonly cwd?: string;
  /** Added to the few variables that a child inherits; `SCALABLE_*` of the surroundings are not among them. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** All of standard input; without it, standard input stays open for `send`. */
  readonly input?: string;
}

const INHERITED = ["PATH", "HOME", "LANG", "TMPDIR", "TZ"];

/** A running Node.js process. Whoever starts it ends it: `await child.kill()`, or `await child.finished`. */
export class Child {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #ended = false;

  private constructor(process: ChildProcessWithoutNullStreams, pid: number) {
    this.pid = pid;
    this.#process = process;
    process.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    // A child that ends without reading all of its input is no error of the test.
    process.stdin.on("error", () => undefined);
    this.finished = new Promise((resolve) => {
      process.once("close", (code, signal) => {
        this.#ended = true;
        this.#wake();
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  static start(script: string, args: readonly string[], options: ChildOptions = {}): Promise<Child> {
    const failure = inject("buildFailure");
    if (failure !== undefined) throw new Error(`dist/ could not be built:\n${failure}`);
    const child = spawn(options.node ?? process.execPath, [...(options.nodeOptions ?? []), script, ...args], {
      cwd: options.cwd,
      env: childEnv(options.env),
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => {
        if (child.pid === undefined) return reject(new Error("A started process has no pid."));
        if (options.input !== undefined) child.stdin.end(options.input);
        resolve(new Child(child, child.pid));
      });
    });
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** What it has printed so far on standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Waits for a whole line on standard output, and fails if the process ends without it. */
  async line(expected: string | RegExp): Promise<string> {
    for (;;) {
      const lines = this.#stdout.split("\n").slice(0, -1);
      const found = lines.find((line) => (typeof expected === "string" ? line === expected : expected.test(line)));
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`Process ${this.pid} ended without printing ${expected}.\n${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Writes a line to its standard input. */
  send(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** Ends it, if it still runs, and waits until it is gone. */
  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Finished> {
    this.#process.kill(signal);
    return this.finished;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function childEnv(added: ChildOptions["env"] = {}): NodeJS.ProcessEnv {
  const inherited = INHERITED.map((name) => [name, process.env[name]] as const);
  const all = [...inherited, ...Object.entries(added)];
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
