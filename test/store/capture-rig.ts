import fs from "node:fs";
import path from "node:path";
import { DirType, FileType } from "scalable";
import { resolveType, type TypeSpec } from "../../src/identify/types/resolve.ts";
import type { Captured } from "../../src/store/capture.ts";
import { captureResult, restoreCaptured } from "../../src/store/captured-files.ts";
import type { LocalStore } from "../../src/store/local/local-store.ts";
import { workspace } from "../rig/workspace.ts";
import { openStore } from "./local-rig.ts";
import { walk } from "./walk.ts";

/** A folder in which results lie, with a store of its own beside it. */
export interface Captures {
  readonly folder: string;
  readonly store: LocalStore;
  /** An absolute path in the folder. */
  at(...relative: readonly string[]): string;
  capture(type: TypeSpec, value: unknown): Promise<Captured[]>;
  restore(value: unknown, captured: readonly Captured[]): Promise<unknown>;
}

export async function captures(): Promise<Captures> {
  const ws = await workspace();
  const folder = ws.resolve("results");
  fs.mkdirSync(folder);
  return capturesIn(folder, await openStore(ws.resolve("cache")));
}

export function capturesIn(folder: string, store: LocalStore): Captures {
  const { blobs, memo } = store;
  return {
    folder,
    store,
    at: (...relative) => path.join(folder, ...relative),
    capture: (type, value) =>
      captureResult(resolveType(type, "returnType"), value, { blobs, outputDir: folder } as never),
    restore: (value, captured) => restoreCaptured(value, { captured, blobs, memo, outputDir: folder }),
  };
}

/** All that is in a folder: kinds, contents, executable bits and targets. */
export function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of walk(folder)) {
    const file = path.join(folder, name);
    const stat = fs.lstatSync(file);
    if (stat.isSymbolicLink()) tree[name] = `-> ${fs.readlinkSync(file)}`;
    else if (stat.isDirectory()) tree[name] = "folder";
    else tree[name] = `${(stat.mode & 0o100) === 0 ? "" : "executable "}${fs.readFileSync(file, "base64")}`;
  }
  return tree;
}

/** Writes such a tree: text is a file, null a folder, `-> x` a link. */
export function plant(folder: string, tree: Readonly<Record<string, string | null>>): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(tree)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (content === null) fs.mkdirSync(file, { recursive: true });
    else if (content.startsWith("-> ")) fs.symlinkSync(content.slice(3), file);
    else fs.writeFileSync(file, content);
  }
}

export { DirType, FileType };
