import { createHash } from "node:crypto";
import path from "node:path";
import { Linker } from "./link.ts";
import { type CodeManifest, relativePath } from "./manifest.ts";
import { isCode } from "./parse.ts";
import { MEMO_VERSION, Program } from "./program.ts";
import { findRoot } from "./root.ts";
import { recall, remember } from "./witnesses.ts";

/** Where static reading could not follow the code. */
export interface CodeWarning {
  /** `unseen`: what may be said by `version` or `dependsOn`. */
  readonly kind: "unseen" | "trouble";
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** All code that a function's behaviour depends on. */
export interface Closure {
  /** 32 hexadecimal digits. */
  readonly digest: string;
  readonly manifest: CodeManifest;
  readonly warnings: readonly CodeWarning[];
  /** Absolute paths of the modules that were looked at. */
  readonly files: readonly string[];
  /** Absolute paths of packages and settings that were looked at. */
  readonly looked: readonly string[];
  /** Those of the modules that are not loaded before the function's own module: it may load them while it runs. */
  readonly lazy: readonly string[];
}

/** A function in a file. */
export interface CodeRoot {
  /** Absolute path of its module. */
  readonly file: string;
  /** The name under which it is cached, or that it is declared by. */
  readonly name: string;
  readonly as?: "declared";
  /** Paths of more files, from the folder of its module. */
  readonly dependsOn?: readonly string[];
  /** Where it is loaded: what is known of it there. */
  readonly seen?: {
    /** Its text as the engine has it. */
    readonly text: string;
    /** Where it is made cacheable. */
    readonly site: CodeSite;
  };
}

/** A place in a module as it was loaded; both numbers from 1. */
export interface CodeSite {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function idOf({ file, name, as, dependsOn, seen }: CodeRoot): string {
  const text = seen && createHash("sha256").update(seen.text).digest("base64");
  return JSON.stringify([file, name, as, dependsOn, text, seen?.site.line, seen?.site.column]);
}

/**
 * The code of a function, read from the text of its module and of those that it leads to.
 *
 * @returns undefined where the function is not found in its module, or that cannot be parsed.
 * @throws ScalableError with `E_FUNCTION` where its module makes two functions cacheable under its name.
 */
export function closureOf(root: CodeRoot, program: Program = new Program(undefined)): Closure | undefined {
  return (program.isAsOnDisk ? recalled(root, program) : undefined) ?? readClosure(root, program);
}

/** What is remembered of a closure; its manifest, which may be long and is rarely needed, apart. */
interface Remembered extends Pick<Closure, "digest" | "warnings" | "lazy"> {
  /** Places among the paths, which are in one order for all functions, so that they are compared once. */
  readonly files: readonly number[];
  readonly looked: readonly number[];
}

/** A record that another release wrote, or anybody else, costs time and nothing else. */
function isRemembered(content: unknown): content is Remembered {
  if (typeof content !== "object" || content === null) return false;
  const { digest, files, looked, lazy, warnings } = content as Partial<Remembered>;
  const isDigest = typeof digest === "string" && /^[0-9a-f]{32}$/.test(digest);
  return isDigest && Array.isArray(files) && Array.isArray(looked) && Array.isArray(lazy) && Array.isArray(warnings);
}

function recalled(root: CodeRoot, program: Program): Closure | undefined {
  const id = idOf(root);
  const found = recall(program.memo, `closure/${MEMO_VERSION} ${id}`, program.disk);
  if (found === undefined) return undefined;
  if (!isRemembered(found.content)) return undefined;
  const { files, looked, ...known } = found.content;
  const { paths } = found;
  const at = (places: readonly number[]): string[] => places.map((place) => paths[place] ?? "");
  let manifest: CodeManifest | undefined;
  return {
    ...known,
    files: at(files),
    looked: at(looked),
    get manifest() {
      const kept = manifest ?? recall(program.memo, `manifest/${MEMO_VERSION} ${id}`, program.disk)?.content;
      manifest = kept as CodeManifest | undefined;
      manifest ??= readClosure(root, program)?.manifest ?? { origins: [], declarations: [], packages: [] };
      return manifest;
    },
  };
}

function readClosure(root: CodeRoot, program: Program): Closure | undefined {
  const { graph } = program;
  const start = findRoot(root, program, graph);
  if (start === undefined) return undefined;
  const linker = new Linker(graph);
  linker.link(start);
  const folder = graph.resolver.packages.around(root.file)?.folder ?? path.dirname(root.file);
  const { digest, warnings } = linker;
  const files = [...new Set([root.file, ...linker.files])];
  const loaded = new Set(graph.loadOrder([root.file]));
  const lazy = files.filter((file) => !loaded.has(file));
  const origin = { file: relativePath(folder, root.file), name: root.name, dependsOn: root.dependsOn ?? [], digest };
  const manifest = { origins: [origin], ...linker.manifest(folder) };
  // Modules that were looked for count where they were found: for the functions that they belong to.
  const looked = [...graph.looked.paths].filter((file) => !isCode(file) && !files.includes(file));
  const known = { digest, warnings, lazy };
  if (program.isAsOnDisk) {
    const { disk, memo } = program;
    // What was looked at to find modules is that of all functions so far, which costs a little time after an edit there.
    const paths = [...new Set([...graph.looked.paths, ...files])];
    const places = new Map(paths.map((file, place) => [file, place]));
    const placesOf = (some: readonly string[]): number[] => some.flatMap((file) => places.get(file) ?? []);
    remember(memo, `manifest/${MEMO_VERSION} ${idOf(root)}`, { paths, disk, content: manifest });
    remember(memo, `closure/${MEMO_VERSION} ${idOf(root)}`, {
      paths,
      disk,
      content: { ...known, files: placesOf(files), looked: placesOf(looked) } satisfies Remembered,
    });
  }
  return {
    ...known,
    files,
    looked,
    manifest,
  };
}
