import fs from "node:fs";
import path from "node:path";
import { ScalableError } from "../../errors.ts";
import { type Closure, closureOf } from "../../identify/code/closure.ts";
import { type CodeManifest, joined } from "../../identify/code/manifest.ts";
import { Program } from "../../identify/code/program.ts";
import { codeDetail, readDetail, writeDetail } from "../../identify/detail.ts";
import { codeId } from "./cached-code.ts";

/** The code of a function as it is on disk now. */
export type CodeOnDisk =
  | {
      readonly state: "found";
      readonly id: string;
      /** As an entry would keep it, so that the two can be compared. */
      readonly manifest: CodeManifest;
      /** Absolute paths of all modules that were looked at. */
      readonly files: readonly string[];
      /** That from which the manifest names files. */
      readonly folder: string;
    }
  | { readonly state: "missing"; readonly why: string; readonly folder: string };

/** The code below a working directory. Manifests name files from the folder of the package that they are in. */
export class Disk {
  readonly #program = new Program(undefined);
  readonly #folders: readonly [string, ...string[]];
  readonly #known = new Map<string, CodeOnDisk>();

  constructor(workingDirectory: string) {
    this.#folders = projectFolders(workingDirectory);
  }

  codeOf(origins: CodeManifest["origins"]): CodeOnDisk {
    const id = JSON.stringify(origins.map(({ file, name, dependsOn }) => [file, name, dependsOn]));
    const known = this.#known.get(id) ?? this.#read(origins);
    this.#known.set(id, known);
    return known;
  }

  #read(origins: CodeManifest["origins"]): CodeOnDisk {
    const [nearest] = this.#folders;
    const own = origins[0]?.file ?? "";
    const folder = this.#folders.find((each) => fs.existsSync(path.join(each, own))) ?? nearest;
    const closures: Closure[] = [];
    for (const { file, name, dependsOn } of origins) {
      const absolute = path.join(folder, file);
      if (!fs.existsSync(absolute)) return { state: "missing", why: `there is no ${file}`, folder };
      try {
        const closure = closureOf({ file: absolute, name, dependsOn }, this.#program);
        if (closure === undefined) return { state: "missing", why: `it is not found in ${file}`, folder };
        closures.push(closure);
      } catch (error) {
        if (!(error instanceof ScalableError)) throw error;
        return { state: "missing", why: error.message, folder };
      }
    }
    const manifest = asKept(joined(closures.map((closure) => closure.manifest)));
    const files = closures.flatMap((closure) => closure.files);
    return { state: "found", id: codeId(manifest.origins), manifest, files, folder };
  }
}

/** Entries keep shorter names and digests. */
function asKept(manifest: CodeManifest): CodeManifest {
  const kept = readDetail(writeDetail(codeDetail(manifest)));
  return kept?.kind === "code" ? kept.manifest : manifest;
}

/** The folder of the nearest package.json, and of those above it. */
function projectFolders(workingDirectory: string): [string, ...string[]] {
  const found: string[] = [];
  for (let folder = workingDirectory; ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, "package.json"))) found.push(folder);
    if (folder === path.dirname(folder)) break;
  }
  const [nearest = workingDirectory, ...others] = found;
  return [nearest, ...others];
}
