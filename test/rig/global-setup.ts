import { spawnSync } from "node:child_process";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { OnDemand } from "./on-demand.ts";
import { startCeph } from "./start-ceph.ts";
import { startSlurm } from "./start-slurm.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What the compiler said where it failed; undefined where dist/ is there. */
    readonly buildFailure: string | undefined;
    /** Where tests ask for servers that the whole run shares. */
    readonly serversDoor: string;
  }
}

/**
 * Builds dist/ for the tests that start processes. A failure is handed to those tests and fails them, so that the
 * others still tell what they found. Servers are started when a test asks for one, and end with the run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = path.resolve(import.meta.dirname, "../..");
  const build = spawnSync(process.execPath, ["scripts/build.ts"], { cwd: root, encoding: "utf8" });
  const failure = build.status === 0 ? undefined : build.error?.message || build.stdout + build.stderr;
  project.provide("buildFailure", failure);

  const servers = new OnDemand({ ceph: startCeph, slurm: startSlurm });
  project.provide("serversDoor", await servers.listen());
  return () => servers.stop();
}
