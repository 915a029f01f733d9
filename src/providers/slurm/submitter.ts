import { messageOf, ScalableError } from "../../errors.ts";
import { warnOnce } from "../../log.ts";
import type { SlurmOptions } from "../../manifest/slurm-options.ts";
import { noteSubmitted } from "./array-record.ts";
import { runSlurm, SlurmCommandError, warnOfUnreachable } from "./commands.ts";
import type { ClusterLimits } from "./limits.ts";
import { sbatchArguments } from "./sbatch-arguments.ts";
import type { WatchedArray } from "./watched-array.ts";
import type { Watcher } from "./watcher.ts";

/** An array that is written down. */
export interface PreparedArray {
  readonly array: WatchedArray;
  /** Path of its script. */
  readonly script: string;
  /** With the component's variables. */
  readonly env: NodeJS.ProcessEnv;
}

export interface SubmitterOptions {
  readonly options: SlurmOptions;
  readonly watcher: Watcher;
  readonly limits: () => Promise<ClusterLimits>;
  /** `detach`: everything is submitted at once, as nobody stays to submit the rest later. */
  readonly mode: "stay" | "detach";
  /** It could not be submitted, and never will be. */
  readonly refused: (array: WatchedArray, error: unknown) => void;
  readonly submitted: (array: WatchedArray) => void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** Submits arrays, one after the other, as soon as there may be more jobs. */
export class Submitter {
  readonly #options: SubmitterOptions;
  readonly #queue: PreparedArray[] = [];
  #working: Promise<void> | undefined;
  /** Ends the pauses that there are. */
  readonly #pauses = new Set<() => void>();
  #roomFound: (() => void) | undefined;
  #stopped = false;

  constructor(options: SubmitterOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  add(prepared: PreparedArray): void {
    this.#queue.push(prepared);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** There may be room now. */
  nudge(): void {
    this.#roomFound?.();
  }

  /** Submits nothing more. Resolves when nothing is being submitted. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const end of this.#pauses) end();
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined && !this.#stopped; next = this.#queue[0]) {
      if (next.array.awaited.size > 0) {
        const room = await this.#room(next.array);
        if (room === undefined) {
          await this.#pause(LONGEST_PAUSE_MS, "until there is room");
          continue;
        }
        await this.#submit(next, room);
      }
      this.#queue.shift();
    }
  }

  /** How many of an array's jobs may run at one time; undefined where it must not be submitted yet. */
  async #room(array: WatchedArray): Promise<{ readonly atOnce: number | undefined } | undefined> {
    const { options, limits, mode } = this.#options;
    const jobs = array.record.firsts.length;
    if (mode === "detach") return { atOnce: options.maxJobs };
    const known = this.#openJobs();
    if (known > 0 && known + jobs > (await limits()).jobCount) return undefined;
    if (options.maxJobs === undefined) return { atOnce: undefined };
    const left = options.maxJobs - this.#atOnce();
    return left < 1 ? undefined : { atOnce: Math.min(left, jobs) };
  }

  /** Arrays whose jobs wait or run: this session's, and those of sessions that it goes on with. */
  get #live(): WatchedArray[] {
    return [...this.#options.watcher.arrays].filter(
      ({ ours, jobId, awaited }) => ours && jobId !== undefined && awaited.size > 0,
    );
  }

  #openJobs(): number {
    return this.#live.reduce((sum, array) => sum + array.openJobs.size, 0);
  }

  /** How many jobs of live arrays may run at one time. */
  #atOnce(): number {
    return this.#live.reduce((sum, array) => {
      const open = array.openJobs.size;
      return sum + Math.min(array.atOnce ?? open, open);
    }, 0);
  }

  async #submit(prepared: PreparedArray, { atOnce }: { readonly atOnce: number | undefined }): Promise<void> {
    const { array, script, env } = prepared;
    const { options, mode, submitted, refused } = this.#options;
    const before = mode === "detach" && options.maxJobs !== undefined ? this.#live : [];
    const args = sbatchArguments(options, {
      folder: array.folder,
      script,
      jobName: array.jobName,
      jobs: array.record.firsts.length,
      atOnce,
      resources: array.record.resources,
      after: before.flatMap(({ jobId }) => jobId ?? []),
    });
    try {
      let tries = 0;
      const jobId = await this.patiently(async () => {
        tries += 1;
        // An answer that did not come may have been that the array was taken.
        const taken = tries === 1 ? undefined : (await this.#options.watcher.snapshot(0)).arrays.get(array.jobName);
        return taken ?? jobIdIn(await runSlurm("sbatch", args, { env }));
      });
      array.atOnce = atOnce;
      array.jobId = jobId;
      this.#note(array, jobId);
      submitted(array);
    } catch (error) {
      if (!this.#stopped) refused(array, asScalableError(error));
    }
  }

  #note({ folder }: WatchedArray, jobId: string): void {
    try {
      noteSubmitted(folder, jobId);
    } catch (error) {
      // Others find it by its name, as long as Slurm knows it.
      warnOnce(folder, "submitted", `The number of job array ${jobId} cannot be noted: ${messageOf(error)}`);
    }
  }

  /** Asks Slurm again and again, as long as that may help. @throws what cannot be helped by waiting */
  async patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      try {
        return await ask();
      } catch (error) {
        if (this.#stopped || !(error instanceof SlurmCommandError)) throw error;
        if (error.trouble === "unreachable") warnOfUnreachable(error);
        else if (error.trouble === "full") warnOfFull(error);
        else throw error;
        await this.#pause(pauseMs, "in any case");
      }
    }
  }

  /** Where other arrays have come to their ends, those that go on may have more jobs at one time. */
  async widen(): Promise<void> {
    const { maxJobs } = this.#options.options;
    if (maxJobs === undefined || this.#queue.length > 0) return;
    let left = maxJobs - this.#atOnce();
    for (const array of this.#live) {
      const more = Math.min(left, array.openJobs.size - (array.atOnce ?? 0));
      if (more < 1 || array.jobId === undefined || array.atOnce === undefined) continue;
      try {
        await runSlurm("scontrol", ["update", `JobId=${array.jobId}`, `ArrayTaskThrottle=${array.atOnce + more}`]);
        array.atOnce += more;
        left -= more;
      } catch (error) {
        // It runs fewer than it may.
        warnOnce("slurm", "throttle", `The number of jobs at one time cannot be raised: ${messageOf(error)}`);
        return;
      }
    }
  }

  #pause(ms: number, how: "until there is room" | "in any case"): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#pauses.add(end);
      if (how === "until there is room") this.#roomFound = end;
    });
  }
}

function warnOfFull({ message }: SlurmCommandError): void {
  const help = "If that never ends, set array_size below the limit of the site";
  warnOnce("slurm", "full", `Slurm takes no more jobs at present, and is asked again. ${help}. (${message})`);
}

/** `sbatch --parsable` prints the number, and behind a semicolon the cluster where there are several. */
function jobIdIn(printed: string): string {
  const jobId = /^(\d+)(?:;.*)?$/m.exec(printed)?.[1];
  if (jobId === undefined)
    throw new Error(`sbatch printed no number of a job: ${JSON.stringify(printed.slice(0, 200))}`);
  return jobId;
}

function asScalableError(error: unknown): ScalableError {
  return new ScalableError("E_SLURM", `The jobs were not submitted. ${messageOf(error)}`, {}, error);
}
