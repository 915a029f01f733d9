import { execFile, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Bench, Case } from "../case.ts";
import { run } from "../fixtures.ts";
import { alternate, type Side, timed } from "../measure.ts";
import { rowsOf } from "../row.ts";
import { type Cluster, withCluster } from "../slurm-cluster.ts";

const AUTO = "scalable";
const ONE = "one job for each call";
const DASK = "Dask, workers in jobs";
const SBATCH = "sbatch";

/** What a session does to hand calls over, beside what sbatch takes. */
export const slurmSubmit: Case = {
  name: "slurm/submit",
  run: (bench) =>
    withCluster(bench.folder("cluster"), async (cluster) => {
      const n = bench.scaled(1_000);
      const outcomes = await alternate(
        [
          sessionSide(bench, cluster, {
            name: AUTO,
            options: { calls_per_job: 1, array_size: 250, extra: ["--hold"] },
            measure: (peer, round) => peer.ask("submit", round + 10, n, cluster.log),
          }),
          {
            name: SBATCH,
            async prepare() {
              return async () =>
                timed(async () => {
                  for (let from = 0; from < n; from += 250) await submitHeld(cluster, Math.min(250, n - from));
                });
            },
          },
        ],
        { rounds: bench.rounds(7), warmups: 1, settle: () => cancelAll(cluster) },
      );
      return rowsOf(outcomes, [
        {
          name: "slurm, submit",
          measured: `${n} calls that nobody has made, a job for each, in arrays of 250: from the first \`submit\` to the end of the last \`sbatch\`; against as many \`sbatch\` of arrays as large, one after another.`,
          peer: SBATCH,
          target: { kind: "difference", atMost: 3 },
        },
      ]);
    }),
};

/** Calls that take much less than a job. */
export const slurmBrief: Case = {
  name: "slurm/brief",
  run: (bench) =>
    withCluster(bench.folder("cluster"), async (cluster) => {
      const n = bench.scaled(200);
      const side = (name: string, options: object): Side =>
        sessionSide(bench, cluster, { name, options, measure: (peer, round) => peer.ask("calls", round + 10, n) });
      const outcomes = await alternate(
        [
          side(AUTO, {}),
          side(ONE, { calls_per_job: 1 }),
          {
            name: DASK,
            async prepare() {
              const peer = await bench.start("dask_slurm_peer.py", "distributed");
              await peer.ask("open", cluster.env);
              return async (round) => (await peer.ask("calls", round, n, 6)).seconds;
            },
          },
        ],
        { rounds: bench.rounds(3), warmups: 1 },
      );
      const measured = `${n} calls of 50 ms on a cluster of three nodes with two cores each, all on this machine: from the first \`submit\` to the last result. `;
      return rowsOf(outcomes, [
        {
          name: "slurm, short calls",
          measured: `${measured}Calls share jobs, as their function was called before.`,
          peer: ONE,
          target: { kind: "ratio", atMost: 0.5 },
        },
        {
          name: "slurm, short calls",
          measured: `${measured}The peer's six workers are started by an array of six jobs in the same time.`,
          peer: DASK,
          target: { kind: "none" },
        },
      ]);
    }),
};

/** What the controller is asked while jobs wait. */
export const slurmQueries: Case = {
  name: "slurm/queries",
  run: (bench) =>
    withCluster(bench.folder("cluster"), async (cluster) => {
      const side = (name: string, n: number): Side =>
        sessionSide(bench, cluster, {
          name,
          options: { calls_per_job: 1, extra: ["--hold"] },
          measure: (peer, round) => peer.ask("queries", round + 10, n, cluster.log, 10),
        });
      const many = bench.scaled(1_000);
      const outcomes = await alternate([side(AUTO, many), side("one job", 1)], { rounds: bench.rounds(3), warmups: 0 });
      return rowsOf(outcomes, [
        {
          name: "slurm, queries",
          measured: `Commands of Slurm in each interval of one second while ${many} jobs wait; against one job. (A number, not a time.)`,
          peer: "one job",
          target: { kind: "seconds", atMost: 1 },
        },
      ]);
    }),
};

/** The same workflow again, when all of it is done. */
export const slurmAgain: Case = {
  name: "slurm/again",
  run: (bench) =>
    withCluster(bench.folder("cluster"), async (cluster) => {
      const n = bench.scaled(1_000);
      const folder = bench.folder("again");
      const program = fileURLToPath(new URL("../peers/slurm-again.ts", import.meta.url));
      const manifest = path.join(folder, "scalable.yaml");
      writeFileSync(
        manifest,
        "version: 1\nproject: { name: bench, local_cache: cache }\ntargets:\n  hpc: { provider: slurm, poll_interval: 1s, calls_per_job: 200 }\n",
      );
      const env = { ...process.env, ...cluster.env, SCALABLE_RUNS_DIR: path.join(folder, "runs") };
      const workflow = (): Promise<unknown> =>
        promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", program, manifest, String(n)], {
          env,
          cwd: folder,
        });
      await workflow();
      const commands = (): number => readFileSync(cluster.log, "utf8").split("\n").length;
      const before = commands();
      const outcomes = await alternate(
        [
          {
            name: AUTO,
            async prepare() {
              return async () => timed(workflow);
            },
          },
          {
            name: "node -e 0",
            async prepare() {
              return async () => timed(() => run(process.execPath, ["-e", "0"]));
            },
          },
        ],
        { rounds: bench.rounds(11), warmups: 1 },
      );
      return rowsOf(outcomes, [
        {
          name: "slurm, again",
          measured: `Whole processes: a workflow of ${n} calls that have been made before, against \`node -e 0\`.`,
          peer: "node -e 0",
          target: { kind: "seconds", atMost: 1 },
          notes: [`commands of Slurm meanwhile: ${commands() - before}`],
        },
      ]);
    }),
};

interface SessionSide {
  readonly name: string;
  /** Of the target. */
  readonly options: object;
  readonly measure: (peer: Awaited<ReturnType<Bench["start"]>>, round: number) => Promise<{ readonly seconds: number }>;
}

function sessionSide(bench: Bench, cluster: Cluster, { name, options, measure }: SessionSide): Side {
  return {
    name,
    async prepare() {
      const peer = await bench.start("scalable-slurm.ts");
      const folder = bench.folder(name.replace(/\W+/g, "-"));
      await peer.ask("open", folder, cluster.env, options);
      if (!("extra" in options)) await peer.ask("calls", -1, 1);
      return async (round) => (await measure(peer, round)).seconds;
    },
  };
}

function submitHeld({ env }: Cluster, jobs: number): Promise<unknown> {
  const args = ["--parsable", "--hold", "--output=/dev/null", `--array=0-${jobs - 1}`, "--wrap=true"];
  return promisify(execFile)("sbatch", args, { env: { ...process.env, ...env } });
}

function cancelAll({ env }: Cluster): void {
  spawnSync("scancel", ["--user", "root"], { env: { ...process.env, ...env } });
}
