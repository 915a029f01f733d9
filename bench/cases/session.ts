import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench, Case } from "../case.ts";
import { run } from "../fixtures.ts";
import { alternate, type Side, timed } from "../measure.ts";
import type { PeerName } from "../packages.ts";
import { rowsOf } from "../row.ts";

const threads = "scalable, threads";
const processes = "scalable, processes";
const daskThreads = "Dask, threads";
const daskProcesses = "Dask, processes";

/** What a call through a session costs, whatever it calls. */
export const session: Case = {
  name: "session",
  async run(bench) {
    const n = bench.scaled(10_000);
    const outcomes = await alternate(
      [
        sessionSide(bench, { name: threads, processes: false, workers: 2 }, "noop", n),
        daskSide(bench, daskThreads, n, { processes: false }),
        {
          name: "workerpool",
          async prepare() {
            const peer = await bench.start("workerpool-peer.ts", "workerpool");
            return async () => (await peer.ask("noop", n)).seconds;
          },
        },
        sessionSide(bench, { name: processes, processes: true, workers: 2 }, "noop", n),
        daskSide(bench, daskProcesses, n, { processes: true }),
      ],
      { rounds: bench.rounds(5), warmups: 1 },
    );
    const measured = `${n} calls of a function that returns its argument, submitted in a loop and then gathered; two workers, per call.`;
    return rowsOf(outcomes, [
      {
        name: "session, threads",
        measured,
        ourSide: threads,
        peer: daskThreads,
        target: { kind: "ratio", atMost: 0.1 },
      },
      {
        name: "session, threads",
        measured,
        ourSide: threads,
        peer: "workerpool",
        target: { kind: "ratio", atMost: 3 },
      },
      {
        name: "session, processes",
        measured,
        ourSide: processes,
        peer: daskProcesses,
        target: { kind: "ratio", atMost: 0.1 },
      },
    ]);
  },
};

/** What a session adds to a hit. */
export const sessionHits: Case = {
  name: "session-hits",
  async run(bench) {
    const n = bench.scaled(10_000);
    const folder = bench.folder("session-hits");
    const side = (name: string, operation: string): Side => ({
      name,
      async prepare() {
        const peer = await openSession(bench, folder, { processes: false, workers: 2 });
        await peer.ask("fill", n);
        return async () => (await peer.ask(operation, n)).seconds;
      },
    });
    const outcomes = await alternate([side("scalable", "sessionHits"), side("bare cacheable", "bareHits")], {
      rounds: bench.rounds(11),
      warmups: 2,
    });
    return rowsOf(outcomes, [
      {
        name: "session, hits",
        measured: `${n} submissions that all hit, each of another call, gathered; against as many hits of the bare cacheable, awaited one after another.`,
        peer: "bare cacheable",
        target: { kind: "difference", atMost: 40e-6 },
      },
    ]);
  },
};

/** What a second worker brings. */
export const sessionScaling: Case = {
  name: "session-scaling",
  async run(bench) {
    const n = bench.scaled(40);
    const outcomes = await alternate(
      [
        sessionSide(bench, { name: "scalable", processes: false, workers: 2 }, "spin", n),
        sessionSide(bench, { name: "one worker", processes: false, workers: 1 }, "spin", n),
      ],
      { rounds: bench.rounds(9), warmups: 1 },
    );
    return rowsOf(outcomes, [
      {
        name: "two workers",
        measured: `${n} calls that each keep a core busy for 50 ms, with two workers, against one worker; per call.`,
        peer: "one worker",
        target: { kind: "throughput", atLeast: 1.9 },
      },
    ]);
  },
};

/** The report of a large run. */
export const report: Case = {
  name: "report",
  async run(bench) {
    const n = bench.scaled(10_000);
    const folder = bench.folder("report");
    const peer = await openSession(bench, folder, { processes: false, workers: 2 });
    await peer.ask("noop", n);
    await peer.ask("close");
    const scalable = fileURLToPath(new URL("../../bin/scalable.js", import.meta.url));
    const command = (name: string, args: readonly string[]): Side => ({
      name,
      async prepare() {
        return async () => timed(() => run(process.execPath, args));
      },
    });
    const outcomes = await alternate(
      [
        command("scalable", [scalable, "report", "--latest", "--runs-dir", join(folder, "runs")]),
        command("node -e 0", ["-e", "0"]),
      ],
      { rounds: bench.rounds(15), warmups: 2 },
    );
    return rowsOf(outcomes, [
      {
        name: "report",
        measured: `Whole processes: \`scalable report --latest\` on a run of ${n} tasks, against \`node -e 0\`.`,
        peer: "node -e 0",
        target: { kind: "difference", atMost: 0.3 },
      },
    ]);
  },
};

interface SessionOptions {
  readonly processes: boolean;
  readonly workers: number;
}

async function openSession(bench: Bench, folder: string, options: SessionOptions): ReturnType<Bench["start"]> {
  mkdirSync(folder, { recursive: true });
  const peer = await bench.start("scalable-session.ts");
  await peer.ask("open", folder, options);
  return peer;
}

function sessionSide(
  bench: Bench,
  side: SessionOptions & { readonly name: string },
  operation: string,
  n: number,
): Side {
  return {
    name: side.name,
    async prepare() {
      const peer = await openSession(bench, bench.folder(side.name.replace(/\W+/g, "-")), side);
      return async () => (await peer.ask(operation, n)).seconds;
    },
  };
}

function daskSide(bench: Bench, name: string, n: number, options: { readonly processes: boolean }): Side {
  const needs: PeerName = "distributed";
  return {
    name,
    async prepare() {
      const peer = await bench.start("dask_peer.py", needs);
      await peer.ask("open", options.processes);
      return async () => (await peer.ask("noop", n)).seconds;
    },
  };
}
