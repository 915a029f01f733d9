import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Faults, ProxyCounts } from "./faulty-proxy/faults.ts";
import type { ProxyAnswer, ProxyRequest } from "./faulty-proxy/process.ts";

const SCRIPT = path.join(import.meta.dirname, "faulty-proxy/process.ts");

/** A {@link FaultyProxy} in a process of its own, so that measuring it measures nothing of this one. Not for two callers at a time. */
export class FaultyProxyProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start({ port }: { readonly port: number }, faults: Faults = {}): Promise<FaultyProxyProcess> {
    const child = fork(SCRIPT, [String(port)], { stdio: "inherit" });
    const started = new FaultyProxyProcess(child, (await answerOf(child)).port);
    await started.set(faults);
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async set(faults: Faults): Promise<void> {
    await this.#ask({ set: faults });
  }

  async counts(): Promise<ProxyCounts> {
    return (await this.#ask({ counts: true })).counts;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ask(request: ProxyRequest): Promise<ProxyAnswer> {
    const answer = answerOf(this.#child);
    this.#child.send(request);
    return await answer;
  }
}

async function answerOf(child: ChildProcess): Promise<ProxyAnswer> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      once(child, "message", { signal: ended.signal }).then(([answer]) => answer as ProxyAnswer),
      once(child, "exit", { signal: ended.signal }).then(([code]) => {
        throw new Error(`The proxy's process ended with ${String(code)}.`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}
