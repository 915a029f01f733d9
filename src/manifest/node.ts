import type { Span } from "./source.ts";

/** A value of the manifest that knows where it stands. */
export type ManifestNode = ScalarNode | ListNode | MappingNode;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As it was written, without quotes, and with variables expanded: `1.10` stays `1.10`. */
  readonly text: string;
  /** The number or boolean that a text with variables in it stands for, where one of these is asked for. */
  readonly reread?: number | boolean;
  /** It stands for what could not be read, which has been said: nothing more is to be said about it. */
  readonly faulty?: true;
  readonly span: Span;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly ManifestNode[];
  readonly span: Span;
}

export interface MappingNode {
  readonly kind: "mapping";
  /** A Map, as any text can be a key: also `__proto__`. */
  readonly entries: ReadonlyMap<string, MappingEntry>;
  readonly span: Span;
}

export interface MappingEntry {
  readonly keySpan: Span;
  readonly value: ManifestNode;
}

/** The value of a key, where `node` is a mapping that has it. */
export function childOf(node: ManifestNode | undefined, key: string): ManifestNode | undefined {
  return node?.kind === "mapping" ? node.entries.get(key)?.value : undefined;
}

/** The entries of a mapping; none of anything else. */
export function entriesOf(node: ManifestNode | undefined): ReadonlyMap<string, MappingEntry> {
  return node?.kind === "mapping" ? node.entries : new Map();
}

/** The text of a scalar that is text. */
export function textOf(node: ManifestNode | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** A mapping with some entries replaced or added. */
export function withEntries(node: MappingNode, entries: Iterable<readonly [string, MappingEntry]>): MappingNode {
  return { ...node, entries: new Map([...node.entries, ...entries]) };
}

/** An empty mapping for what was left empty, as in `components:` with nothing below; anything else as it is. */
export function emptyAsMapping(node: ManifestNode): ManifestNode {
  const empty = node.kind === "scalar" && node.value === null && !node.faulty;
  return empty ? { kind: "mapping", entries: new Map(), span: node.span } : node;
}
