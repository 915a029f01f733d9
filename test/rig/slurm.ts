import { inject } from "vitest";
import { demand, type Shared } from "./on-demand.ts";
import { SlurmCluster } from "./slurm-cluster.ts";
import type { MemoryLimit } from "./slurm-conf.ts";
import type { Isolation } from "./slurm-machine.ts";
import { type SlurmOptions, startSlurm } from "./start-slurm.ts";

/** How a test process gets at a cluster that another one started. */
export interface SlurmAccess {
  readonly folder: string;
  readonly nodes: readonly string[];
  readonly isolation: Isolation;
  readonly memory: MemoryLimit;
  readonly door: string;
}

export interface MaybeSlurm {
  readonly cluster?: SlurmCluster;
  readonly unavailable?: string;
}

/**
 * The cluster that the whole test run shares, or why there is none on this machine. In CI that is an error, so that
 * nothing is left out unnoticed. Other test files use it at the same time: what stops parts of it, or fills it, belongs
 * on a cluster of one's own.
 */
export async function slurm(): Promise<MaybeSlurm> {
  return orFail(await demand<SlurmAccess>(inject("serversDoor"), "slurm"));
}

/** One for the test file alone, which has to stop it; it is there within seconds. */
export async function slurmOfOnesOwn(
  options?: SlurmOptions,
): Promise<MaybeSlurm & { readonly stop: () => Promise<void> }> {
  const { shared, stop } = await startSlurm(options);
  return { ...orFail(shared), stop };
}

function orFail(shared: Shared<SlurmAccess>): MaybeSlurm {
  if ("server" in shared) return { cluster: new SlurmCluster(shared.server) };
  if (process.env["CI"] === "true") throw new Error(`No Slurm for the tests of clusters: ${shared.unavailable}`);
  return shared;
}
