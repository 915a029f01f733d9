/** A session that runs in a job itself must not hand over what is said of that job; where and how Slurm is asked is no part of that. */
const OWN_JOB = /^(SLURM_(?!(CONF|CONF_SERVER|CLUSTERS|JWT)$)|SLURMD_|PMI_|PMIX_)/;

/**
 * The variables that jobs see: those of this process, and over them the component's. A local cache is one of this machine: a
 * job has one of its own, unless the component names a folder.
 */
export function jobEnvironment(own: NodeJS.ProcessEnv, component: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !OWN_JOB.test(name) && name !== "SCALABLE_CACHE_DIR");
  return { ...Object.fromEntries(kept), ...component };
}

/** Not TMPDIR: a folder of the node's is none of the container's. */
const SEEN = /^(SCALABLE_|AWS_|GOOGLE_|NODE_)/;

/** Names of the variables that a container is to be given. */
export function variablesSeenInside(env: NodeJS.ProcessEnv, component: Readonly<Record<string, string>>): string[] {
  const slurm = ["SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT", "SLURMD_NODENAME"];
  return [...new Set([...slurm, ...Object.keys(env).filter((name) => SEEN.test(name)), ...Object.keys(component)])];
}
