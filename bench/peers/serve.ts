import { createInterface } from "node:readline";

/** One operation of a child process: its answer travels as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: each operation names the types of its own arguments.
export type Operation = (...args: any[]) => Promise<object | undefined> | object | undefined;

/**
 * The line protocol of the benchmark's child processes, Node side. Its twin is serve.py.
 *
 * A request is one line with a JSON array: the operation's name, then its arguments. The answer is one line with a
 * JSON object. Operations time themselves, so that the pipe is in no measurement.
 */
export async function serve(operations: Readonly<Record<string, Operation>>): Promise<void> {
  answer({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...args] = JSON.parse(line) as [string, ...unknown[]];
    try {
      const operation = operations[name];
      if (operation === undefined) throw new Error(`no operation "${name}"`);
      answer((await operation(...args)) ?? {});
    } catch (error) {
      answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
}

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

let runs = 0;

/** The function that every side caches. */
export function model(x: number): { scenario: number; demandMw: number } {
  runs++;
  return { scenario: x, demandMw: x * 1.5 };
}

/** Fails where `work` did not run the body of `model` this often: a hit that computes, or a miss that does not. */
export async function expectRuns(expected: number, work: () => Promise<number>): Promise<number> {
  const before = runs;
  const seconds = await work();
  if (runs - before === expected) return seconds;
  throw new Error(`the body ran ${runs - before} times, not ${expected}`);
}
