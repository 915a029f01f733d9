import { randomBytes } from "node:crypto";
import type { DigestMemo } from "../memo.ts";
import { type Closure, type CodeRoot, closureOf } from "./closure.ts";
import { loadedTexts } from "./loaded-text.ts";
import { Program } from "./program.ts";
import { stateNow } from "./witnesses.ts";

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

interface Begun {
  readonly program: Program;
  readonly at: number;
}

const programs = new WeakMap<DigestMemo, Begun>();
let withoutMemo: Begun | undefined;

/**
 * The program of this thread: what was looked at once is not looked at again, as it was loaded. That does not hold for
 * what was loaded since, nor for what is loaded later.
 */
function programOf(memo: DigestMemo | undefined, loadedBefore: number, lazy: readonly string[] = []): Program {
  const known = memo === undefined ? withoutMemo : programs.get(memo);
  const holds = (file: string): boolean => known?.program.disk.look(file).state === stateNow(file);
  if (known !== undefined && known.at >= loadedBefore && lazy.every(holds)) return known.program;
  const begun = { program: new Program(memo), at: performance.now() };
  if (memo === undefined) withoutMemo = begun;
  else programs.set(memo, begun);
  return begun.program;
}

/**
 * The closure of a function that this thread has loaded; undefined where it is not found in its module.
 *
 * @param loadedBefore - when its module had been loaded at the latest, as `performance.now()` has it.
 */
export function loadedClosure(root: CodeRoot, memo: DigestMemo | undefined, loadedBefore: number): Closure | undefined {
  let program = programOf(memo, loadedBefore);
  let closure = closureOf(root, program);
  if (closure !== undefined && closure.lazy.length > 0) {
    const fresh = programOf(memo, loadedBefore, closure.lazy);
    if (fresh !== program) closure = closureOf(root, fresh);
    program = fresh;
  }
  return closure && asLoaded(root, closure, program);
}

/** The closure with the texts that were loaded of files that were written since. */
function asLoaded(root: CodeRoot, read: Closure, program: Program): Closure | undefined {
  const isWritten = (file: string): boolean => program.disk.look(file).changedAt >= loadingBegan;
  const unknown = new Set<string>();
  const seen = new Set<string>();
  let closure = read;
  for (;;) {
    // Packages and settings: what they were when they were loaded is nowhere to be read.
    for (const file of closure.looked) if (isWritten(file)) unknown.add(file);
    const written = closure.files.filter((file) => isWritten(file) && !seen.has(file));
    if (written.length === 0) break;
    const texts = loadedTexts(written);
    let differs = false;
    for (const file of written) {
      seen.add(file);
      const loaded = texts.get(file);
      if (loaded === undefined && closure.lazy.includes(file)) continue; // It is loaded later, and checked then.
      if (loaded === undefined || loaded.compiled) unknown.add(file);
      else if (program.override(file, loaded.text)) differs = true;
    }
    if (!differs) break;
    // What was loaded may lead to other files than what is there now.
    const real = closureOf(root, program);
    if (real === undefined) return undefined;
    closure = real;
  }
  return unknown.size === 0 ? closure : ofThisProcess(closure, [...unknown]);
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
