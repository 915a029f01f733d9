import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { SYSTEM_PATH } from "../test/rig/debian-packages.ts";
import { SlurmCluster } from "../test/rig/slurm-cluster.ts";
import { startSlurm } from "../test/rig/start-slurm.ts";
import { NotMeasured } from "./measure.ts";
import type { Row } from "./row.ts";

/** A cluster of three nodes with two cores each, all on this machine. */
export interface Cluster {
  /** What finds it, with commands that tell when they have ended. */
  readonly env: Readonly<Record<string, string>>;
  /** File with a line for each command of Slurm that has ended: its name and arguments. */
  readonly log: string;
}

/** @throws NotMeasured where there is no Slurm on this machine. */
export async function withCluster(folder: string, measure: (cluster: Cluster) => Promise<Row[]>): Promise<Row[]> {
  const { shared, stop } = await startSlurm();
  if ("unavailable" in shared) throw new NotMeasured(shared.unavailable);
  try {
    const log = path.join(folder, "commands.log");
    writeFileSync(log, "");
    const bin = path.join(folder, "bin");
    mkdirSync(bin);
    for (const command of ["sbatch", "squeue", "scancel", "scontrol", "sacct"]) {
      const real = spawnSync("which", [command], { env: { PATH: SYSTEM_PATH }, encoding: "utf8" }).stdout.trim();
      const file = path.join(bin, command);
      // In one write, so that lines of commands at the same time stay whole.
      writeFileSync(
        file,
        `#!/bin/sh\n${real} "$@"\nended=$?\nprintf '%s\\n' "${command} $*" >>'${log}'\nexit $ended\n`,
      );
      chmodSync(file, 0o755);
    }
    const { env } = new SlurmCluster(shared.server);
    return await measure({ env: { ...env, PATH: `${bin}:${process.env["PATH"]}` }, log });
  } finally {
    await stop();
  }
}
