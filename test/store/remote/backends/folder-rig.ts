import fs from "node:fs";
import path from "node:path";
import type { RemoteMode } from "../../../../src/remote-location.ts";
import { openFolder } from "../../../../src/store/remote/backends/folder/open-folder.ts";
import type { ObjectStore, Operation } from "../../../../src/store/remote/backends/object-store.ts";
import type { Workspace } from "../../../rig/workspace.ts";

/** The sources that a child process imports: what is not public is not in the package's exports. */
export const OPEN_FOLDER = path.resolve(
  import.meta.dirname,
  "../../../../src/store/remote/backends/folder/open-folder.ts",
);

/** An operation that nobody aborts. */
export function operation(): Operation {
  return { signal: new AbortController().signal, progress: () => undefined };
}

/** A folder in a workspace, and the store in it. */
export function sharedFolder(ws: Workspace): string {
  const folder = ws.resolve("shared");
  fs.mkdirSync(folder);
  return folder;
}

export function openStore(folder: string, mode?: RemoteMode): Promise<ObjectStore> {
  const location = { scheme: "file", url: `file://${folder}`, folder } as const;
  return openFolder(mode === undefined ? location : { ...location, mode });
}

/** All files below a folder, relative to it. */
export function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** All names that a listing gives, page by page. */
export async function listAll(store: ObjectStore, prefix: string, limit?: number): Promise<string[]> {
  const names: string[] = [];
  for (let more = true; more; ) {
    const after = names.at(-1);
    const page = await store.list(prefix, {
      operation: operation(),
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    });
    names.push(...page.objects.map(({ name }) => name));
    more = page.more;
  }
  return names;
}
