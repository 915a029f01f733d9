import { ScalableError } from "../../errors.ts";
import { UsageError } from "../usage-error.ts";

/** Where the jobs of a project are. */
export interface SlurmProject {
  readonly project: string;
  /** The `work_dir` of its targets on Slurm, absolute, each once. */
  readonly workDirs: readonly string[];
}

/**
 * What a manifest says of jobs.
 *
 * @param target - only this one; else all of its targets on Slurm.
 * @throws UsageError where there is none; ManifestError, and ScalableError where the manifest cannot be read.
 */
export async function slurmProjectOf(file: string | undefined, target: string | undefined): Promise<SlurmProject> {
  const { defaultManifestPath, readManifest, resolveTarget } = await import("../../manifest/manifest.ts");
  const path = file ?? defaultManifestPath();
  const manifest = await readManifest(path);
  const names = target === undefined ? manifest.targets : [target];
  const resolved = names.map((name) => resolveTarget(manifest, name));
  const workDirs = resolved.flatMap(({ target }) => (target.provider === "slurm" ? [target.options.workDir] : []));
  const [first] = workDirs;
  if (first === undefined) {
    throw new UsageError(
      target === undefined
        ? `${path} has no target with provider: slurm, and only those have jobs.`
        : `the target ${JSON.stringify(target)} runs no jobs: its provider is ${resolved[0]?.target.provider ?? "local"}, not slurm.`,
    );
  }
  const [{ project = { name: "" } } = {}] = resolved;
  return { project: project.name, workDirs: [...new Set(workDirs)] };
}

/** The same where jobs are only one place to look in: nothing, where there is no manifest or none that names any. */
export async function slurmProjectIfAny(file: string | undefined): Promise<SlurmProject> {
  try {
    return await slurmProjectOf(file, undefined);
  } catch (error) {
    const isMissing = error instanceof ScalableError && error.code === "E_FILE_NOT_FOUND";
    if (error instanceof UsageError || (file === undefined && isMissing)) return { project: "", workDirs: [] };
    throw error;
  }
}
