import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { classOf, messageOf } from "../errors.ts";
import { debug, warnOnce } from "../log.ts";
import { AppendLog } from "./append-log.ts";
import type { ScalableEvent } from "./event.ts";
import { packageVersion } from "./package-version.ts";
import { RunTally } from "./run-counts.ts";
import { EVENT_FILES, EVENT_TYPES, type EventType, MANIFEST_FILE, newRunId, PLAN_FILE } from "./run-files.ts";
import { thisProcess } from "./run-process.ts";
import { type RunEnd, type RunRecord, writeRunRecord } from "./run-record.ts";

/** What a run begins with. */
export interface RunStart {
  /** The folder in which each run has one; made where it is missing. */
  readonly runsDir: string;
  readonly project: string;
  readonly target: string;
  /** The manifest as it was read; kept as `manifest.yaml`. */
  readonly manifestText?: string | undefined;
  /** Anything that JSON can hold; kept in `run.json`. */
  readonly manifestLock?: unknown;
  /** Anything that JSON can hold; kept as `plan.json`. */
  readonly plan?: unknown;
}

/** What a run ends with. */
export interface RunClose {
  readonly status: RunEnd;
  /** What failed it: anything that was thrown. */
  readonly error?: unknown;
}

/** Events are written at the latest so many milliseconds after they came, where the thread is not busy for longer … */
const FLUSH_MS = 200;
/** … or when so many characters wait. */
const FLUSH_LENGTH = 256 * 1024;

const open = new Set<RunRecorder>();

/**
 * Writes down one run, in a folder of its own. No method throws: a full disk or a folder that cannot be written costs the
 * record, which a warning says once, and never the run.
 */
export class RunRecorder {
  readonly runId: string;
  /** The folder of this run, absolute. It is missing where it could not be made. */
  readonly folder: string;
  readonly #startedAt: Date;
  readonly #record: RunRecord;
  readonly #tally = new RunTally();
  readonly #logs: Readonly<Record<EventType, AppendLog>>;
  #waiting = 0;
  #lost = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #finishedAt: Date | undefined;

  /** Makes the folder and all of its files. */
  static start(start: RunStart): RunRecorder {
    const recorder = new RunRecorder(start);
    recorder.#createFiles(start);
    if (open.size === 0) process.on("exit", flushAll);
    open.add(recorder);
    return recorder;
  }

  private constructor({ runsDir, project, target, manifestLock }: RunStart) {
    this.#startedAt = new Date();
    this.runId = newRunId(project, this.#startedAt);
    this.folder = path.resolve(runsDir, this.runId);
    this.#logs = logsIn(this.folder);
    this.#record = {
      run_id: this.runId,
      project,
      target,
      status: "running",
      started_at: this.#startedAt.toISOString(),
      ...thisProcess(),
      ...(manifestLock !== undefined && { manifest_lock: manifestLock }),
      scalable_version: packageVersion(),
      node_version: process.version,
    };
  }

  /** Takes down an event; it is written a little later. Ignored once the run is closed. */
  record(event: ScalableEvent): void {
    if (this.#closed) {
      debug(() => `an event of type ${event.type} came after the end of run ${this.runId}`);
      return;
    }
    try {
      const { type, ...fields } = event;
      const line = JSON.stringify(fields);
      this.#logs[type].add(line);
      this.#waiting += line.length;
      this.#tally.add(event);
    } catch (error) {
      this.#lost += 1;
      this.#warn("event", error);
      return;
    }
    if (this.#waiting >= FLUSH_LENGTH) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Writes what was recorded until now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = 0;
    for (const type of EVENT_TYPES) {
      const { lost, error } = this.#logs[type].flush();
      this.#lost += lost;
      if (error !== undefined) this.#warn("write", error);
    }
  }

  /** Writes everything, and how the run ended. Closing it again does nothing. */
  close(end: RunClose): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    open.delete(this);
    if (open.size === 0) process.off("exit", flushAll);
    this.amend(end);
  }

  /** Writes another end of a run that was closed: what failed it may be known only later. */
  amend({ status, error }: RunClose): void {
    if (!this.#closed) return;
    this.#finishedAt ??= new Date();
    const finishedAt = this.#finishedAt;
    this.#write(() =>
      writeRunRecord(this.folder, {
        ...this.#record,
        status,
        finished_at: finishedAt.toISOString(),
        duration_s: Math.max(0, finishedAt.getTime() - this.#startedAt.getTime()) / 1000,
        ...(error !== undefined && { error: { class: classOf(error), message: messageOf(error) } }),
        counts: this.#tally.counts(),
        ...(this.#lost > 0 && { events_lost: this.#lost }),
      }),
    );
  }

  #createFiles({ manifestText, plan }: RunStart): void {
    this.#write(() => {
      mkdirSync(path.dirname(this.folder), { recursive: true });
      // Not recursive: that a folder of this name is there already must not go unnoticed.
      mkdirSync(this.folder);
      for (const type of EVENT_TYPES) writeFileSync(path.join(this.folder, EVENT_FILES[type]), "", { flag: "a" });
      if (manifestText !== undefined) writeFileSync(path.join(this.folder, MANIFEST_FILE), manifestText);
      if (plan !== undefined) writeFileSync(path.join(this.folder, PLAN_FILE), `${JSON.stringify(plan, null, 2)}\n`);
      // Last: what has a run.json is whole.
      writeRunRecord(this.folder, this.#record);
    });
  }

  #write(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#warn("write", error);
    }
  }

  #warn(cause: "write" | "event", error: unknown): void {
    const what =
      cause === "write"
        ? `The record of this run is not complete, as "${this.folder}" cannot be written: ${messageOf(error)}. The run goes on. Make room there, or set SCALABLE_RUNS_DIR to a folder that can be written.`
        : `An event of this run cannot be recorded: ${messageOf(error)}. The run goes on.`;
    warnOnce(this.folder, `runs/${cause}`, what);
  }
}

function logsIn(folder: string): Readonly<Record<EventType, AppendLog>> {
  const log = (type: EventType): AppendLog => new AppendLog(path.join(folder, EVENT_FILES[type]));
  return {
    task: log("task"),
    worker: log("worker"),
    job: log("job"),
    resource: log("resource"),
    cache: log("cache"),
    failure: log("failure"),
    artifact: log("artifact"),
    remote: log("remote"),
  };
}

function flushAll(): void {
  for (const recorder of open) recorder.flush();
}
