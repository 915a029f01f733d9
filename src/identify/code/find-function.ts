import { findSourceMap } from "node:module";
import { pathToFileURL } from "node:url";
import { ScalableError } from "../../errors.ts";
import { type Candidate, candidatesIn, type FoundFunction } from "./candidates.ts";
import type { CodeRoot, CodeSite } from "./closure.ts";
import type { ModuleTree } from "./module-summary.ts";
import { childrenOf, isFunction, type Node, parseModule } from "./parse.ts";
import { Scope } from "./scope.ts";
import { skeletonOf } from "./skeleton.ts";

/**
 * Where a module makes something cacheable under a name; undefined where that cannot be told from the text.
 *
 * @throws ScalableError with `E_FUNCTION` where it does so with two functions at its top.
 */
export function findFunctionIn(tree: ModuleTree, root: CodeRoot): FoundFunction | undefined {
  const { name } = root;
  const candidates = candidatesIn(tree);
  const named = candidates.filter((candidate) => candidate.name === name);
  for (const by of ["cacheable", "some call"] as const) {
    const fitting = distinct(named.filter((candidate) => candidate.by === by));
    if (fitting.length > 0) return oneOf(fitting, root);
  }
  const unnamed = distinct(candidates.filter(({ by, name: own }) => by === "cacheable" && own === undefined));
  if (unnamed.length > 0) return oneOf(unnamed, root);
  const alone = distinct(named);
  return alone.length === 0 ? undefined : oneOf(alone, root);
}

/** The candidate that was loaded: the only one, or the only one with its text, or at its place. */
function oneOf(candidates: readonly Candidate[], { file, name, seen }: CodeRoot): FoundFunction | undefined {
  const [first, second] = candidates;
  if (second === undefined) return first?.found;
  const twins = candidates.filter(
    (candidate) => candidate.atTop && candidate.by === "cacheable" && candidate.name === name,
  );
  if (twins.length > 1) {
    const [one, other] = twins.map(({ found }) => found.node.loc.start.line);
    throw new ScalableError(
      "E_FUNCTION",
      `${file} makes two functions cacheable under the name "${name}", in lines ${one} and ${other}, and they could not be told apart. Give one of them another name: cacheable({ name: "…" }, …).`,
      { functionName: name, path: file },
    );
  }
  if (seen === undefined) return undefined;
  const digest = digestOfText(seen.text);
  const sameText = candidates.filter(({ found }) => digest !== undefined && digestOf(found.node) === digest);
  if (sameText.length === 1) return sameText[0]?.found;
  const line = sourceLine(seen.site);
  const { length } = candidates.filter(({ lines }) => lines.from <= line && line <= lines.to);
  const atPlace = (sameText.length > 0 ? sameText : candidates).filter(({ lines }) => lines.from === line);
  return length === 1 && atPlace.length === 1 ? atPlace[0]?.found : undefined;
}

/** The line in the source, where a compiler stands between that and what was loaded. */
function sourceLine({ file, line, column }: CodeSite): number {
  const map = findSourceMap(pathToFileURL(file).href) ?? findSourceMap(file);
  const origin = map?.findOrigin(line, column);
  return origin !== undefined && "lineNumber" in origin ? origin.lineNumber : line;
}

/** A digest of a function by itself, whatever it refers to. */
function digestOf(node: Node): string | undefined {
  const fn = functionIn(node);
  const scope = new Scope(undefined);
  return fn && skeletonOf([fn], { names: { scope, imports: new Map() }, scope, when: "called" }).digest;
}

/** The same of a function's text, which may be that of a method. */
function digestOfText(text: string): string | undefined {
  for (const wrapped of [`(${text}\n)`, `({ ${text}\n})`, `(class { ${text}\n})`, `(class { static ${text}\n})`]) {
    try {
      return digestOf(parseModule(wrapped, "function.js"));
    } catch {
      // The next wrapping may fit.
    }
  }
  return undefined;
}

function functionIn(node: Node): Node | undefined {
  if (isFunction(node)) return node;
  for (const child of childrenOf(node)) {
    const found = functionIn(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The names under which a module makes functions cacheable, as far as its text tells. */
export function cacheableNamesIn(tree: ModuleTree): string[] {
  const names = candidatesIn(tree)
    .filter(({ by }) => by === "cacheable")
    .flatMap(({ name }) => name ?? []);
  return [...new Set(names)];
}

/** Candidates one of which is found at a place. */
function distinct(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.found.node, candidate])).values()];
}
