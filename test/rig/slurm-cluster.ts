import { execFile } from "node:child_process";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { SYSTEM_PATH } from "./debian-packages.ts";
import type { SlurmAccess } from "./slurm.ts";
import { CONTROLLER } from "./slurm-daemons.ts";

const run = promisify(execFile);

const PAUSE_MS = 100;

/** A job, or a task of an array, as the controller sees it. */
export interface SlurmJob {
  /** `7`, or `7_2` for a task of an array. */
  readonly id: string;
  /** Such as RUNNING, COMPLETED, NODE_FAIL. */
  readonly state: string;
  readonly reason: string;
  /** Exit code and signal, as in `0:9`. */
  readonly exit: string;
  readonly node: string;
  readonly restarts: number;
}

/** A Slurm of the tests: its programs, its jobs, and its machines, which can be taken away. */
export class SlurmCluster {
  /** Add it to the variables of whoever is to find this cluster. */
  readonly env: { readonly SLURM_CONF: string };
  readonly folder: string;
  readonly nodes: readonly string[];
  readonly isolation: SlurmAccess["isolation"];
  readonly memory: SlurmAccess["memory"];
  readonly #door: string;

  constructor({ folder, nodes, isolation, memory, door }: SlurmAccess) {
    this.env = { SLURM_CONF: path.join(folder, "slurm.conf") };
    this.folder = folder;
    this.nodes = nodes;
    this.isolation = isolation;
    this.memory = memory;
    this.#door = door;
  }

  /** Runs one of Slurm's programs, in the cluster's folder. @returns what it prints, without the last line end. */
  async run(command: string, args: readonly string[]): Promise<string> {
    const env = { PATH: SYSTEM_PATH, HOME: process.env["HOME"], ...this.env };
    const { stdout } = await run(command, args, { cwd: this.folder, env, maxBuffer: 2 ** 26 });
    return stdout.trimEnd();
  }

  /** Hands in a job: a line for the shell, with options of sbatch. @returns its number. */
  submit(script: string, ...options: readonly string[]): Promise<string> {
    return this.run("sbatch", ["--parsable", ...options, `--wrap=${script}`]);
  }

  /** A job, or every task of an array; waiting tasks too. It forgets them a minute after their end. */
  async jobs(id: string): Promise<readonly SlurmJob[]> {
    const lines = (await this.run("scontrol", ["show", "job", "-o", id])).split("\n");
    return lines.map(parseJob).sort((one, other) => one.id.localeCompare(other.id, "en", { numeric: true }));
  }

  /** Waits until each of a job's tasks has one of these states. Nothing tells: it has to be asked again and again. */
  async reach(id: string, ...states: readonly string[]): Promise<readonly SlurmJob[]> {
    for (;;) {
      const jobs = await this.jobs(id);
      if (jobs.every(({ state }) => states.includes(state))) return jobs;
      await setTimeout(PAUSE_MS);
    }
  }

  /** Stops the controller, which saves what it knows. Jobs go on. */
  stopController(): Promise<void> {
    return this.#ask(CONTROLLER, "stop");
  }

  startController(): Promise<void> {
    return this.#ask(CONTROLLER, "start");
  }

  /** Takes a node away like a power cut does, together with all that runs there. Whoever does that starts it again. */
  killNode(name: string): Promise<void> {
    return this.#ask(name, "stop");
  }

  startNode(name: string): Promise<void> {
    return this.#ask(name, "start");
  }

  async #ask(name: string, action: "start" | "stop"): Promise<void> {
    const answer = await fetch(`${this.#door}/${name}/${action}`, { method: "POST" });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

function parseJob(line: string): SlurmJob {
  const field = (name: string): string => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? "";
  const task = field("ArrayTaskId");
  return {
    id: task === "" ? field("JobId") : `${field("ArrayJobId")}_${task}`,
    state: field("JobState"),
    reason: field("Reason"),
    exit: field("ExitCode"),
    node: field("NodeList"),
    restarts: Number(field("Restarts")),
  };
}
