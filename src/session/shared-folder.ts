import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ResolvedManifest } from "../manifest/manifest.ts";
import { cacheRemote } from "../settings.ts";

/**
 * A manifest whose cache the jobs of a cluster share with the session: the one that the manifest or the environment names; a
 * folder that the cluster's nodes see, where they name none. What is in it is always asked for: looking takes less time than
 * a job, however short a call is.
 */
export function withSharedCache(manifest: ResolvedManifest): ResolvedManifest {
  const { project, target } = manifest;
  if (target.provider !== "slurm") return manifest;
  const remote = project.remoteCache ?? cacheRemote() ?? ownStore(target.options.workDir);
  const remoteCache = /[?&]when=/.test(remote) ? remote : `${remote}${remote.includes("?") ? "&" : "?"}when=always`;
  return { ...manifest, project: { ...project, remoteCache } };
}

/** In the folder that session and jobs share anyway. */
function ownStore(workDir: string): string {
  const folder = path.join(workDir, "store");
  // A shared cache that is not there is taken for one that is not mounted.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return pathToFileURL(folder).href;
}
