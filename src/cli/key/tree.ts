import { escapeUnprintable } from "../../escape.ts";
import type { CodeManifest } from "../../identify/code/manifest.ts";

interface Branch {
  readonly text: string;
  readonly below: Branch[];
}

/** A manifest as a tree of what reaches what: each declaration once, under the one that reached it first. */
export function treeLines({ declarations, packages }: CodeManifest): string[] {
  const branches = declarations.map(
    ({ name, file, line }): Branch => ({ text: `${name}  ${file}:${line}`, below: [] }),
  );
  const roots: Branch[] = [];
  for (const [place, { via }] of declarations.entries()) {
    const branch = branches[place];
    if (branch !== undefined) (branches[via]?.below ?? roots).push(branch);
  }
  for (const { name, version, via } of packages) {
    (branches[via]?.below ?? roots).push({ text: version === "" ? name : `${name} ${version}`, below: [] });
  }
  const lines: string[] = [];
  // Chains of calls may be longer than the stack is deep.
  const left = roots.toReversed().map((branch) => ({ branch, own: "", indent: "" }));
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { branch, own, indent } = next;
    lines.push(own + escapeUnprintable(branch.text));
    for (const [place, below] of [...branch.below.entries()].reverse()) {
      const isLast = place === branch.below.length - 1;
      left.push({
        branch: below,
        own: `${indent}${isLast ? "└─ " : "├─ "}`,
        indent: `${indent}${isLast ? "   " : "│  "}`,
      });
    }
  }
  return lines;
}
