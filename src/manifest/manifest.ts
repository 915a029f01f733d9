import { checkManifest, type Manifest } from "./check.ts";
import { ManifestError } from "./manifest-error.ts";

export { checkManifest, type Manifest, type ManifestCheck } from "./check.ts";
export type { Component, Runtime } from "./component.ts";
export type { LocalOptions } from "./local-options.ts";
export { ManifestError } from "./manifest-error.ts";
export type { Mount } from "./mount.ts";
export { formatProblem, type Problem, type ProblemCode } from "./problem.ts";
export type { ResolvedTarget } from "./providers.ts";
export { type Project, type ResolvedManifest, resolveTarget } from "./resolve-target.ts";
export type { SlurmOptions } from "./slurm-options.ts";
export type { OutputKind, Retries, Task } from "./task.ts";

/** The path of the manifest: `SCALABLE_MANIFEST`; `scalable.yaml` where it is not set. */
export function defaultManifestPath(): string {
  return process.env["SCALABLE_MANIFEST"] || "scalable.yaml";
}

/**
 * Reads a manifest. Throws a {@link ManifestError} with all that is wrong with it, and a {@link ScalableError} where the
 * file cannot be read (`E_FILE_NOT_FOUND`, `E_FILE_KIND`, `E_FILE_UNREADABLE`).
 */
export async function readManifest(file: string): Promise<Manifest> {
  const { manifest, problems } = await checkManifest(file);
  if (manifest === undefined) throw new ManifestError(file, problems);
  return manifest;
}
