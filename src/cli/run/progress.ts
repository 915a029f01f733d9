import { escapeUnprintable } from "../../escape.ts";
import { onEvent, type TaskEvent } from "../../telemetry/event.ts";
import { formatCount, formatDuration } from "../../units.ts";

/** How calls of one component stand. */
interface Standing {
  hits: number;
  done: number;
  failed: number;
  readonly running: Set<string>;
  readonly open: Set<string>;
}

/** What is shown of a run while it goes on. */
export type ProgressStyle = "live" | "lines" | "none";

const LIVE_MS = 200;
const LINES_MS = 10_000;

/**
 * Shows how a run goes, on standard error: one live line for each component on a terminal, with what the workflow prints
 * scrolling above them; a line now and then elsewhere.
 *
 * @returns a function that ends it.
 */
export function showProgress(style: ProgressStyle): () => void {
  if (style === "none") return () => undefined;
  const startedAt = performance.now();
  const components = new Map<string, Standing>();
  const off = onEvent((event) => {
    if (event.type === "task") note(components, event);
  });
  const lines = (): string[] =>
    [...components].map(([name, standing]) => lineOf(name, standing, performance.now() - startedAt));
  const view = style === "live" ? new LiveLines() : undefined;
  const timer = setInterval(
    () => {
      if (view !== undefined) view.show(lines());
      else for (const line of lines()) process.stderr.write(`scalable: ${line}\n`);
    },
    style === "live" ? LIVE_MS : LINES_MS,
  );
  timer.unref();
  return () => {
    clearInterval(timer);
    off();
    view?.end();
    for (const line of lines()) process.stderr.write(`scalable: ${line}\n`);
  };
}

function note(components: Map<string, Standing>, { component, task_id, state, hit }: TaskEvent): void {
  const standing = components.get(component) ?? { hits: 0, done: 0, failed: 0, running: new Set(), open: new Set() };
  components.set(component, standing);
  standing.open.add(task_id);
  standing.running.delete(task_id);
  if (state === "running") standing.running.add(task_id);
  if (state === "submitted" || state === "running" || state === "retrying") return;
  standing.open.delete(task_id);
  if (state === "succeeded") {
    if (hit === true) standing.hits += 1;
    else standing.done += 1;
  } else standing.failed += 1;
}

function lineOf(name: string, { hits, done, failed, running, open }: Standing, elapsedMs: number): string {
  const waiting = open.size - running.size;
  const perSecond = (done + failed) / (elapsedMs / 1000);
  const parts = [
    `${formatCount(hits)} hits`,
    `${formatCount(running.size)} running`,
    `${formatCount(waiting)} waiting`,
    `${formatCount(done)} done`,
    `${formatCount(failed)} failed`,
  ];
  if (perSecond > 0) parts.push(`${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`);
  if (perSecond > 0 && open.size > 0) parts.push(`about ${formatDuration((open.size / perSecond) * 1000)} left`);
  return `${escapeUnprintable(name)}: ${parts.join(", ")}`;
}

type Write = typeof process.stdout.write;

/** Lines at the bottom of the terminal, which are written over. */
class LiveLines {
  readonly #writes: readonly [NodeJS.WriteStream, Write][];
  readonly #write: (text: string) => void;
  #shown: readonly string[] = [];

  constructor() {
    this.#writes = [process.stdout, process.stderr].map((stream) => [stream, stream.write]);
    const write = process.stderr.write.bind(process.stderr);
    this.#write = (text) => void write(text);
    for (const [stream, original] of this.#writes) {
      // What others print goes above: the lines are taken away first, and come back with the next show.
      stream.write = ((...args: Parameters<Write>): boolean => {
        this.#clear();
        return original.apply(stream, args);
      }) as Write;
    }
  }

  show(lines: readonly string[]): void {
    this.#clear();
    const width = process.stderr.columns || 80;
    this.#shown = lines.map((line) => line.slice(0, width - 1));
    this.#write(this.#shown.map((line) => `${line}\n`).join(""));
  }

  end(): void {
    this.#clear();
    for (const [stream, original] of this.#writes) stream.write = original;
  }

  #clear(): void {
    if (this.#shown.length > 0) this.#write(`\u001b[${this.#shown.length}A\u001b[0J`);
    this.#shown = [];
  }
}
