import { chmod, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { onTestFinished, test } from "vitest";
import { type ArrayCall, jobOfCall, readArray, submittedAs } from "../../src/providers/slurm/array-record.ts";
import { arrayFolder, arrayIds } from "../../src/providers/slurm/work-folder.ts";
import type { Child, Finished } from "../rig/child.ts";
import { type MaybeSlurm, slurm } from "../rig/slurm.ts";
import type { SlurmCluster } from "../rig/slurm-cluster.ts";
import { type RunOptions, type Workspace, workspace } from "../rig/workspace.ts";
import { type EventFile, events, type Output, output, program, ran, WORK } from "./rig.ts";

/*
 * What tests of sessions on a cluster share: a project whose manifest has this machine and the cluster as targets, and what
 * Slurm knows of the project's jobs.
 */

/** Jobs take a while to start, and others use the cluster too. */
const LONG_MS = 150_000;

const PAUSE_MS = 100;

/** Of a project on a cluster; what is absent is as simple as can be. */
export interface ClusterProjectOptions {
  /** Options of the target. */
  readonly target?: Readonly<Record<string, unknown>>;
  readonly components?: Readonly<Record<string, object>>;
  readonly tasks?: Readonly<Record<string, object>>;
  /** Of the manifest's `project`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The module of functions, behind what it has anyway. */
  readonly work?: string;
  readonly env?: RunOptions["env"];
}

/** The commands of Slurm that change what is in the queue: each call leaves a line. */
const LOGGED = ["sbatch", "scancel"] as const;

type Logged = (typeof LOGGED)[number];

/**
 * A line for each call, then the program itself, then a line that it has ended. A call that finds a file `hold` takes it
 * away, and waits until its own file, `held-<pid>`, is taken away too.
 */
const LOGGING = `#!/bin/sh
name="\${0##*/}"
cd "$COMMAND_CALLS"
mv hold "held-$$" 2>/dev/null
printf '%s\\036' "$*" | tr '\\n\\036' ' \\n' >> "$name"
if [ -e "held-$$" ]; then echo $$ > holding; fi
while [ -e "held-$$" ]; do sleep 0.05; done
"$(PATH="\${PATH#*:}" command -v "$name")" "$@"
code=$?
echo $$ >> "$name.ended"
exit $code
`;

export interface Placed extends ArrayCall {
  /** Such as `7_2`. */
  readonly job: string;
}

/** A folder with a manifest and `work.ts`, whose sessions find a cluster. */
export class ClusterProject {
  readonly ws: Workspace;
  readonly cluster: SlurmCluster;
  /** Variables of all its processes. */
  readonly env: Readonly<Record<string, string | undefined>>;

  /** Why a session ended that was started. */
  #failure: Error | undefined;

  private constructor(ws: Workspace, cluster: SlurmCluster, env: RunOptions["env"]) {
    this.ws = ws;
    this.cluster = cluster;
    this.env = {
      PATH: `${ws.resolve("bin")}:${process.env["PATH"]}:/usr/bin`,
      COMMAND_CALLS: ws.resolve("calls"),
      SCALABLE_TARGET: "hpc",
      ...cluster.env,
      ...env,
    };
  }

  /** For the test that is running. Its jobs end with it. */
  static async make(cluster: SlurmCluster, options: ClusterProjectOptions = {}): Promise<ClusterProject> {
    const ws = await workspace();
    const made = new ClusterProject(ws, cluster, options.env);
    onTestFinished(() => made.#tidy());
    await ws.write("scalable.yaml", manifestOf(options));
    await ws.write("work.ts", `${WORK}\n${options.work ?? ""}`);
    await ws.write("calls/README", "");
    for (const command of LOGGED) await chmod(await ws.write(`bin/${command}`, LOGGING), 0o755);
    return made;
  }

  /** The folder that sessions share with their jobs. */
  get workDir(): string {
    return this.ws.resolve(".scalable/slurm");
  }

  /** Runs a program that has a session to its end, and answers what it printed last. */
  async run(body: string, options: RunOptions = {}): Promise<Output> {
    return output(await this.finish(body, options));
  }

  /** Runs such a program to its end, whatever that is. */
  async finish(body: string, { env, ...options }: RunOptions = {}): Promise<Finished> {
    await this.ws.write("main.ts", program(body));
    return this.ws.run("main.ts", { ...options, env: { ...this.env, ...env } });
  }

  /** Starts such a program, and waits until it has printed the line `ready`. */
  async start(body: string, { env, ...options }: RunOptions & { readonly script?: string } = {}): Promise<Child> {
    const { script = "main.ts", ...more } = options;
    await this.ws.write(script, program(body));
    const child = await this.ws.start(script, { ...more, env: { ...this.env, ...env } });
    void child.finished.then(({ code, stderr }) => {
      if (code === 1) this.#failure ??= new Error(`A session that was waited for has failed.\n${stderr}`);
    });
    return child;
  }

  /** What was run, in the order of the alphabet. */
  async ran(): Promise<string[]> {
    return (await ran(this.ws)).sort();
  }

  /** The events in a file of the last run. */
  events(file: EventFile): Promise<Output[]> {
    return events(this.ws, file);
  }

  /** How a command of Slurm was called, call by call. */
  calls(command: Logged | `${Logged}.ended`): Promise<string[]> {
    return this.lines(`calls/${command}`);
  }

  /** Lets the next call of a command wait before it does anything. */
  async holdCommand(): Promise<void> {
    await rm(this.ws.resolve("calls/holding"), { force: true });
    await this.ws.write("calls/hold", "");
  }

  /** Waits until such a call waits, and answers its process. */
  async heldCommand(): Promise<number> {
    return Number(await this.file("calls/holding"));
  }

  /** Lets it go on, and waits until it has ended. */
  async releaseCommand(pid: number, command: Logged): Promise<void> {
    await rm(this.ws.resolve(`calls/held-${pid}`));
    while (!(await this.calls(`${command}.ended`)).includes(String(pid))) await this.pause();
  }

  /** The lines of a file of the project; none where there is no such file. */
  async lines(file: string): Promise<string[]> {
    const text = await this.ws.read(file).catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  }

  /** Calls that were submitted, with the jobs that make them. */
  placed(): Placed[] {
    return arrayIds(this.workDir).flatMap((id) => {
      const folder = arrayFolder(this.workDir, id);
      const jobId = submittedAs(folder);
      if (jobId === undefined) return [];
      const record = readArray(folder);
      return record.calls.map((call, place) => ({ ...call, job: `${jobId}_${jobOfCall(record, place)}` }));
    });
  }

  /** What jobs have noted, such as `3.end` and `3.start.0`. */
  async marks(): Promise<string[]> {
    const folders = arrayIds(this.workDir).map((id) => path.join(arrayFolder(this.workDir, id), "marks"));
    const names = await Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => [])));
    return names.flat().filter((name) => !name.endsWith(".tmp"));
  }

  /** Waits until so many of its calls have begun, or ended. */
  async marked(what: "start" | "end", count: number): Promise<void> {
    while ((await this.marks()).filter((name) => name.includes(`.${what}`)).length < count) await this.pause();
  }

  /** Waits until a call of a function is in a job, and answers which one. */
  async jobOf(functionName: string): Promise<string> {
    for (;;) {
      const found = this.placed().findLast(({ function_name }) => function_name === functionName);
      if (found !== undefined) return found.job;
      await this.pause();
    }
  }

  /** Ids and states of its jobs that wait or run, such as `7_2 RUNNING`; those that are about to end too. */
  async queue(): Promise<string[]> {
    const format = "--format=%i|%T|%Z";
    const text = await this.cluster.run("squeue", ["--noheader", "--array", format]);
    return text.split("\n").flatMap((line) => {
      const [id = "", state = "", folder = ""] = line.split("|");
      return folder.startsWith(this.ws.path + path.sep) ? [`${id} ${state}`] : [];
    });
  }

  /** Waits until its queue is like that, and answers it. Nothing tells: it has to be asked again and again. */
  async queueIs(wanted: (queue: readonly string[]) => boolean): Promise<string[]> {
    for (;;) {
      const queue = await this.queue();
      if (wanted(queue)) return queue;
      await this.pause();
    }
  }

  /** Waits until none of its jobs waits or runs. */
  async queueIsEmpty(): Promise<void> {
    await this.queueIs((queue) => queue.length === 0);
  }

  /** Waits until a file is there, and answers what is in it. */
  async file(name: string): Promise<string> {
    for (;;) {
      const text = await this.ws.read(name).catch(() => "");
      if (text !== "") return text;
      await this.pause();
    }
  }

  /** What is waited for may never come where a session has failed. */
  async pause(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await setTimeout(PAUSE_MS);
  }

  async #tidy(): Promise<void> {
    this.#failure = undefined;
    const ids = new Set((await this.queue()).map((line) => line.split(/[_ ]/)[0] ?? ""));
    if (ids.size > 0) await this.cluster.run("scancel", [...ids]);
    await this.queueIsEmpty();
    // A job that was ended may still leave something there.
    await rm(this.ws.resolve(".scalable"), { recursive: true, force: true });
  }
}

type OnCluster = (name: string, body: (make: MakeProject, cluster: SlurmCluster) => Promise<void>) => void;

type MakeProject = (options?: ClusterProjectOptions) => Promise<ClusterProject>;

/** Makes tests that run on a cluster, and are skipped, with the reason, where there is none. */
export function testsOn({ cluster, unavailable }: MaybeSlurm): OnCluster {
  return (name, body) => {
    if (cluster === undefined) test.skip(`${name} (${unavailable})`);
    else test(name, () => body((options) => ClusterProject.make(cluster, options), cluster), LONG_MS);
  };
}

/** A test on the cluster that the whole test run shares. */
export const onCluster = testsOn(await slurm());

/** The text of a manifest. */
export function manifestOf({
  target,
  components = { main: { memory: "300MB" } },
  tasks,
  settings,
}: ClusterProjectOptions): string {
  const hpc = { provider: "slurm", poll_interval: "1s", ...target };
  return JSON.stringify({
    version: 1,
    project: { name: "demo", ...settings },
    targets: { local: { provider: "local", max_workers: 2 }, hpc },
    components,
    ...(tasks !== undefined && { tasks }),
  });
}
