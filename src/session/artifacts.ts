import fs from "node:fs";
import path from "node:path";
import type { CachedFunction } from "../cacheable/identified-call.ts";
import { pathsIn } from "../store/captured-files.ts";
import type { ArtifactEvent } from "../telemetry/event.ts";

/** The files and folders that a result names. What cannot be looked at is left out: it is only for the record. */
export function artifactsOf(
  { settings: { returnType } }: CachedFunction,
  value: unknown,
): Pick<ArtifactEvent, "kind" | "path" | "bytes">[] {
  if (returnType === undefined || returnType.result.form === "plain") return [];
  return pathsIn(returnType, value).flatMap(({ kind, path: named }) => {
    const absolute = path.resolve(named);
    try {
      const bytes = kind === "file" ? fs.statSync(absolute).size : bytesIn(absolute);
      return [{ kind, path: absolute, bytes }];
    } catch {
      return [];
    }
  });
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += fs.lstatSync(path.join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}
