import { randomBytes } from "node:crypto";
import type { DigestMemo } from "../memo.ts";
import { type Closure, type CodeRoot, closureOf } from "./closure.ts";
import { loadedTexts } from "./loaded-text.ts";
import { Program } from "./program.ts";

/*
 * A process runs what it has loaded, and a file may have been written since. Its digest must be of what runs: a result of
 * the old code under the key of the new one would be wrong for ever.
 */

/** Modules of this thread were loaded after this time: milliseconds since 1970. Node.js itself starts without them. */
let loadingBegan = performance.timeOrigin + Math.max(0, performance.nodeTiming.bootstrapComplete);

/** Says that none of the user's modules is loaded yet. A worker thread has the time origin of its process. */
export function loadingBegins(): void {
  loadingBegan = Date.now();
}

const programs = new WeakMap<DigestMemo, Program>();
let withoutMemo: Program | undefined;

/** The program of this thread. What was looked at once is not looked at again: it was loaded. */
function programOf(memo: DigestMemo | undefined): Program {
  if (memo === undefined) {
    withoutMemo ??= new Program(undefined);
    return withoutMemo;
  }
  const program = programs.get(memo) ?? new Program(memo);
  programs.set(memo, program);
  return program;
}

/** The closure of a function that this thread has loaded; undefined where it is not found in its module. */
export function loadedClosure(root: CodeRoot, memo: DigestMemo | undefined): Closure | undefined {
  const program = programOf(memo);
  const closure = closureOf(root, program);
  if (closure === undefined) return undefined;
  const written = closure.files.filter((file) => program.disk.look(file).changedAt >= loadingBegan);
  return written.length === 0 ? closure : asLoaded(root, closure, { written, program });
}

/** The closure with the texts that were loaded of files that were written since. */
function asLoaded(
  root: CodeRoot,
  closure: Closure,
  { written, program }: { readonly written: readonly string[]; readonly program: Program },
): Closure | undefined {
  const texts = loadedTexts(written);
  const unknown: string[] = [];
  let differs = false;
  for (const file of written) {
    const loaded = texts.get(file);
    if (loaded === undefined && closure.lazy.includes(file)) continue; // It is loaded later, and checked then.
    if (loaded === undefined || loaded.compiled) unknown.push(file);
    else if (program.override(file, loaded.text)) differs = true;
  }
  const real = differs ? closureOf(root, program) : closure;
  return real === undefined || unknown.length === 0 ? real : ofThisProcess(real, unknown);
}

/** What was loaded of a file is not known: a digest that no other process has, under which nothing else is found. */
function ofThisProcess(closure: Closure, unknown: readonly string[]): Closure {
  const warnings = unknown.map((file) => ({
    kind: "trouble" as const,
    file,
    line: 1,
    message:
      "the file was written after this process had begun, so that the code that runs may be another. Results are not shared with other processes until it is started again",
  }));
  const origins = closure.manifest.origins.map((origin) => ({ ...origin, digest: "" }));
  return {
    ...closure,
    digest: randomBytes(16).toString("hex"),
    manifest: { ...closure.manifest, origins },
    warnings: [...closure.warnings, ...warnings],
  };
}
