import { emptyAsMapping, type ManifestNode, type MappingEntry, type MappingNode, withEntries } from "./node.ts";

/** The manifest with empty mappings in place of what was left empty, as in `components:` with nothing below. */
export function withoutEmpty(root: MappingNode): MappingNode {
  return filled(root, {
    project: same,
    targets: eachOf((target) => filledNode(target, { overlay: overlayNode })),
    components: eachOf(same),
    tasks: eachOf(same),
    overlays: eachOf(overlayNode),
  });
}

type Change = (node: ManifestNode) => ManifestNode;

function same(node: ManifestNode): ManifestNode {
  return node;
}

/** Options are left as they are: there, empty is a value. */
function overlayNode(node: ManifestNode): ManifestNode {
  return filledNode(node, { components: eachOf(same), options: same });
}

function eachOf(change: Change): Change {
  return (node) => {
    if (node.kind !== "mapping") return node;
    const entries = [...node.entries].map(([key, entry]) => [key, changed(entry, change)] as const);
    return { ...node, entries: new Map(entries) };
  };
}

function filledNode(node: ManifestNode, changes: Readonly<Record<string, Change>>): ManifestNode {
  return node.kind === "mapping" ? filled(node, changes) : node;
}

function filled(node: MappingNode, changes: Readonly<Record<string, Change>>): MappingNode {
  const entries = Object.entries(changes).flatMap(([key, change]) => {
    const entry = node.entries.get(key);
    return entry === undefined ? [] : [[key, changed(entry, change)] as const];
  });
  return withEntries(node, entries);
}

function changed(entry: MappingEntry, change: Change): MappingEntry {
  return { ...entry, value: change(emptyAsMapping(entry.value)) };
}
