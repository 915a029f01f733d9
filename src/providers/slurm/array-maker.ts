import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ownFolder } from "../../identify/code/own-folder.ts";
import type { Component } from "../../manifest/component.ts";
import type { SlurmOptions } from "../../manifest/slurm-options.ts";
import { thisProcess } from "../../telemetry/run-process.ts";
import { processArguments } from "../loaders.ts";
import { isShareable } from "./adoption.ts";
import { type ArrayResources, type JobCall, writeArray } from "./array-record.ts";
import { inContainer } from "./container.ts";
import { divide } from "./divide.ts";
import { jobEnvironment, variablesSeenInside } from "./job-environment.ts";
import type { ClusterLimits } from "./limits.ts";
import { scriptText } from "./script.ts";
import type { PreparedArray } from "./submitter.ts";
import { type Flight, WatchedArray } from "./watched-array.ts";
import { arrayFolder } from "./work-folder.ts";

export interface ArrayMakerOptions {
  readonly slurm: SlurmOptions;
  readonly project: string;
  readonly runId: string | undefined;
  readonly components: ReadonlyMap<string, Component>;
  /** Seconds that calls of a function took before, where that is known. */
  readonly secondsOf: (functionName: string) => number | undefined;
  readonly limits: () => Promise<ClusterLimits>;
}

export interface Made {
  readonly prepared: readonly PreparedArray[];
  /** Calls that another session has claimed meanwhile. */
  readonly taken: readonly Flight[];
}

/** Whether a call is this session's to compute in an array. */
type ClaimCall = (key: string, arrayId: string, flight: Flight) => boolean;

const JOB_FILE = new URL(import.meta.url.endsWith(".ts") ? "./job.ts" : "./slurm-job.js", import.meta.url);
const SCRIPT_FILE = "job.sh";

/** Writes job arrays down: what their jobs compute, and with what. */
export class ArrayMaker {
  readonly #options: ArrayMakerOptions;

  constructor(options: ArrayMakerOptions) {
    this.#options = options;
  }

  /** Makes arrays of calls of one component that ask for the same. */
  async make(flights: readonly Flight[], { claim }: { readonly claim: ClaimCall }): Promise<Made> {
    const prepared: PreparedArray[] = [];
    const taken: Flight[] = [];
    if (flights.length === 0) return { prepared, taken };
    const { slurm } = this.#options;
    const { arraySize, jobCount } = await this.#options.limits();
    const most = Math.max(1, Math.min(slurm.arraySize ?? Number.POSITIVE_INFINITY, arraySize, jobCount));
    const jobs = this.#divide(flights);
    for (let from = 0; from < jobs.length; from += most) {
      const id = newArrayId();
      const claimed = jobs.slice(from, from + most).map((job) =>
        job.filter((flight) => {
          const { key } = flight.call;
          const isOurs = key === undefined || !isShareable(flight.call) || claim(key, id, flight);
          if (!isOurs) taken.push(flight);
          return isOurs;
        }),
      );
      const own = claimed.filter((job) => job.length > 0);
      if (own.length > 0) prepared.push(this.#prepare(id, own));
    }
    return { prepared, taken };
  }

  /** The calls of each job. */
  #divide(flights: readonly Flight[]): Flight[][] {
    const { slurm, secondsOf } = this.#options;
    const { callsPerJob, maxJobs } = slurm;
    const walltimeS = slurm.walltimeMs === undefined ? undefined : slurm.walltimeMs / 1000;
    const alone = flights.filter(({ call }) => call.company === "alone");
    const others = flights.filter(({ call }) => call.company !== "alone");
    const names = others.map(({ call }) => call.functionName);
    const firsts = divide(names, { callsPerJob, secondsOf, maxJobs, walltimeS });
    const shared = firsts.map((first, job) => others.slice(first, firsts[job + 1]));
    return [...shared, ...alone.map((flight) => [flight])];
  }

  #prepare(id: string, jobs: readonly (readonly Flight[])[]): PreparedArray {
    const { slurm, project, runId } = this.#options;
    const flights = jobs.flat();
    const [first] = flights;
    const component = this.#componentOf(first?.component ?? "");
    const folder = arrayFolder(slurm.workDir, id);
    const resources = this.#resourcesOf(component, first?.call.growth ?? { memory: 1, walltime: 1 });
    try {
      mkdirSync(folder, { mode: 0o700 });
      const record = {
        id,
        project,
        component: component.name,
        ...(runId === undefined ? {} : { run_id: runId }),
        created_at: new Date().toISOString(),
        driver: thisProcess(),
        resources,
        calls: flights.map(({ call: { id, name, functionName, key } }) => ({
          id,
          name,
          function_name: functionName,
          ...(key === undefined ? {} : { key }),
        })),
        firsts: jobs.reduce<number[]>((firsts, _, job) => {
          firsts.push(job === 0 ? 0 : (firsts[job - 1] ?? 0) + (jobs[job - 1]?.length ?? 0));
          return firsts;
        }, []),
      };
      const { digest, record: written } = writeArray(folder, record, flights.map(jobCallOf));
      const env = jobEnvironment(process.env, component.env);
      const script = path.join(folder, SCRIPT_FILE);
      writeFileSync(script, this.#scriptOf(component, { folder, digest, env }), { mode: 0o700 });
      const array = new WatchedArray(folder, written, "own");
      for (const [place, flight] of flights.entries()) array.await(place, flight);
      return { array, script, env };
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  #componentOf(name: string): Component {
    return this.#options.components.get(name) ?? { name, mounts: [], env: {}, tags: [] };
  }

  #resourcesOf(
    { cpus = 1, memory }: Component,
    growth: { readonly memory: number; readonly walltime: number },
  ): ArrayResources {
    const { walltimeMs } = this.#options.slurm;
    return {
      cpus,
      ...(memory === undefined ? {} : { memory_bytes: Math.ceil(memory * growth.memory) }),
      ...(walltimeMs === undefined ? {} : { walltime_s: (walltimeMs / 1000) * growth.walltime }),
    };
  }

  #scriptOf(
    { image, runtime, mounts, preloadScript, env: componentEnv }: Component,
    { folder, digest, env }: { readonly folder: string; readonly digest: string; readonly env: NodeJS.ProcessEnv },
  ): string {
    const { slurm } = this.#options;
    const workingDirectory = process.cwd();
    const contained = image !== undefined && runtime !== undefined && runtime !== "none";
    const node = slurm.node ?? (contained ? "node" : process.execPath);
    const own = [...processArguments(), fileURLToPath(JOB_FILE), folder, digest];
    const job = [node, ...own, ...(preloadScript === undefined ? [] : [preloadScript])];
    const command = contained
      ? [
          ...inContainer({
            runtime,
            image,
            mounts,
            needed: [workingDirectory, slurm.workDir, path.resolve(ownFolder, "..")],
            variables: variablesSeenInside(env, componentEnv),
            workingDirectory,
          }),
          ...job,
        ]
      : job;
    return scriptText({ setup: slurm.setup, workingDirectory, command });
  }
}

/** `20261128T143000Z-1f00c2aa`: sorts by time. */
function newArrayId(): string {
  const time = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:]/g, "");
  return `${time}-${randomBytes(4).toString("hex")}`;
}

function jobCallOf({ call }: Flight): JobCall {
  const { id, fn, args, outputs, cache, handOver, key, timeoutMs } = call;
  // What the session found out a while ago is no news when the job starts.
  return { id, fn, args, outputs, cache, handOver, absent: undefined, shared: undefined, key, timeoutMs };
}
