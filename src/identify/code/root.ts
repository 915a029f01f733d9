import { createHash } from "node:crypto";
import path from "node:path";
import type { FoundFunction } from "./candidates.ts";
import type { CodeRoot } from "./closure.ts";
import { findFunctionIn } from "./find-function.ts";
import type { Graph, Placed } from "./graph.ts";
import { type ModuleTree, plainSkeleton, type Unit } from "./module-summary.ts";
import type { Program } from "./program.ts";
import { type Ref, type Skeleton, skeletonOf } from "./skeleton.ts";

/** The function itself as the beginning of its closure; undefined where it is not found. */
export function findRoot(root: CodeRoot, program: Program, graph: Graph): Placed | undefined {
  let tree: ModuleTree;
  try {
    tree = program.tree(root.file);
  } catch {
    // All of its text counts.
    const [unit] = program.module(root.file).units;
    return unit && { file: root.file, unit };
  }
  const found =
    root.seen === undefined ? (declared(tree, root) ?? findFunctionIn(tree, root)) : findFunctionIn(tree, root);
  if (found === undefined) return undefined;
  const placed =
    found.as === "name"
      ? atTop(root, found.name, { tree, graph, line: found.node.loc.start.line })
      : { file: root.file, unit: inPlace(root.name, found, tree) };
  return root.dependsOn === undefined || root.dependsOn.length === 0 ? placed : withFiles(placed, root);
}

/** What is declared at the top of the module under the name, where that is asked for. */
function declared({ names: { scope } }: ModuleTree, { name, as }: CodeRoot): FoundFunction | undefined {
  const binding = as === "declared" ? scope.bindings.get(name) : undefined;
  return binding === undefined ? undefined : { as: "name", name, node: binding.node };
}

/** A function that is a declaration at the top of its module, or of another one. */
function atTop(
  root: CodeRoot,
  name: string,
  { tree, graph, line }: { tree: ModuleTree; graph: Graph; line: number },
): Placed {
  const imported = tree.names.imports.get(name);
  const ref: Ref = imported === undefined ? { to: "binding", name } : { to: "import", ...imported };
  const [only, ...others] = graph.targetsOf(root.file, ref);
  if (only?.to === "unit" && others.length === 0) return only.placed;
  // It comes from a package, say.
  return { file: root.file, unit: { names: [root.name], line, kind: "function", skeleton: plainSkeleton("", [ref]) } };
}

function inPlace(
  name: string,
  { node, scope, within, followed }: Extract<FoundFunction, { as: "node" }>,
  tree: ModuleTree,
): Unit {
  const { line } = node.loc.start;
  const pieces = within === undefined ? [node] : [node, within];
  const skeleton = skeletonOf(pieces, { names: tree.names, scope, when: "called" });
  const elsewhere = {
    line,
    message: `the function that is cached as "${name}" is the value of an expression, and its own code may not be seen. Write it in place, or say in "dependsOn" where it is`,
  };
  const notes = followed ? skeleton.notes : [elsewhere];
  return { names: [name], line, kind: "function", skeleton: { ...skeleton, notes } };
}

/** The same with the files that its options name. */
function withFiles({ file, unit }: Placed, root: CodeRoot): Placed {
  const more = (root.dependsOn ?? []).map((name): Ref => {
    const absolute = path.resolve(path.dirname(root.file), name);
    const relative = path.relative(path.dirname(file), absolute).split(path.sep).join("/");
    return { to: "import", specifier: relative.startsWith(".") ? relative : `./${relative}`, name: "*" };
  });
  const { skeleton } = unit;
  const digest = createHash("sha256").update(`${skeleton.digest} ${more.length}`).digest("hex").slice(0, 32);
  const widened: Skeleton = {
    ...skeleton,
    digest,
    refs: [...skeleton.refs, ...more],
    followed: [...skeleton.followed, ...more.map((_, place) => skeleton.refs.length + place)],
  };
  return { file, unit: { ...unit, skeleton: widened } };
}
