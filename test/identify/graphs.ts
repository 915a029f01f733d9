import fc from "fast-check";

/*
 * Values of all kinds that have an encoding, with shared and cyclic references. A value is described first and built
 * from its description, so that it can be built twice, and with its parts put in in another order.
 */

export class Point {
  constructor(fields: object) {
    Object.assign(this, fields);
  }
}
export class Vector {
  constructor(fields: object) {
    Object.assign(this, fields);
  }
}
export class List extends Array<unknown> {}
export class Registry extends Map<unknown, unknown> {}
export class Group extends Set<unknown> {}

/** Leaves that are alike enough to be mistaken for each other. Each is built anew for each value. */
const LEAVES: readonly (() => unknown)[] = [
  ...[0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, 0.1, 2 ** 53, 1e-320].map((value) => () => value),
  ...[0n, 1n, -1n, 255n, 256n, 2n ** 64n].map((value) => () => value),
  ...["", "0", "1", "a", "ab", "\0", "é", "e\u0301", "\ud800", "\udc00", "\ud83d\ude00"].map((value) => () => value),
  ...[true, false, null, undefined].map((value) => () => value),
  ...[() => new Date(0), () => new Date(1), () => new Date(Number.NaN)],
  ...[() => /a/, () => /a/g, () => /b/, () => Object.assign(/a/g, { lastIndex: 1 })],
  ...[() => new Uint8Array(), () => new Uint8Array([1]), () => new Int8Array([1]), () => Buffer.from([1])],
  ...[() => new Float64Array([-0]), () => new Float64Array([0]), () => new BigInt64Array([1n])],
  ...[() => new Uint8Array([0, 1]).subarray(1), () => new DataView(new ArrayBuffer(1))],
  ...[() => new ArrayBuffer(0), () => new ArrayBuffer(1), () => new SharedArrayBuffer(1)],
  ...[1, "1", 1n, true, -0].map((value) => () => new Object(value)),
  ...[() => new URL("http://a/"), () => new URLSearchParams("a=1")],
  ...[() => new Error("a"), () => new TypeError("a"), () => new Error("b"), () => new Error("a", { cause: undefined })],
];

const KINDS = [
  "array",
  "sparse",
  "list",
  "named",
  "object",
  "null",
  "point",
  "vector",
  "map",
  "registry",
  "set",
  "group",
  "error",
] as const;

interface Node {
  readonly kind: (typeof KINDS)[number];
  readonly keys: readonly string[];
  /** What the keys, members or elements lead to: one of the nodes, or a leaf. */
  readonly links: readonly number[];
}

/** A description of a value. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly leaves: readonly number[];
}

const keyArb = fc.constantFrom(
  "a",
  "b",
  "",
  "__proto__",
  "constructor",
  "length",
  "toString",
  "0",
  "\ud800",
  "é",
  "aa",
);

const nodeArb: fc.Arbitrary<Node> = fc.record({
  kind: fc.constantFrom(...KINDS),
  keys: fc.uniqueArray(keyArb, { maxLength: 3 }),
  links: fc.array(fc.nat(9), { maxLength: 3 }),
});

/** Small graphs: their nodes lead to each other in all ways, and few enough to be alike now and then. */
export const graphArb: fc.Arbitrary<Graph> = fc.record({
  nodes: fc.array(nodeArb, { minLength: 1, maxLength: 4 }),
  leaves: fc.array(fc.nat(LEAVES.length - 1), { minLength: 1, maxLength: 5 }),
});

/** The same graph with one thing changed. */
export function varied(graph: Graph, place: number, by: number): Graph {
  const nodes = graph.nodes.map((node, at) => {
    if (at !== place % graph.nodes.length) return node;
    const kind = KINDS[(KINDS.indexOf(node.kind) + by) % KINDS.length] ?? "array";
    if (place % 3 === 0) return { ...node, kind };
    if (place % 3 === 1)
      return { ...node, links: node.links.map((link, i) => (i === by % node.links.length ? link + 1 : link)) };
    return { ...node, keys: node.keys.slice(1) };
  });
  return { ...graph, nodes };
}

export function build({ nodes, leaves }: Graph): unknown {
  const built = nodes.map(({ kind }) => emptyOf(kind));
  const ends = leaves.map((leaf) => LEAVES[leaf]?.());
  const at = (link: number): unknown => (link < built.length ? built[link] : ends[link % ends.length]);
  for (const [place, node] of nodes.entries()) fill(built[place] as object, node, at);
  return built[0];
}

function emptyOf(kind: Node["kind"]): object {
  switch (kind) {
    case "array":
    case "sparse":
    case "named":
      return [];
    case "list":
      return new List();
    case "object":
      return {};
    case "null":
      return Object.create(null) as object;
    case "point":
      return new Point({});
    case "vector":
      return new Vector({});
    case "map":
      return new Map();
    case "registry":
      return new Registry();
    case "set":
      return new Set();
    case "group":
      return new Group();
    case "error":
      return new RangeError("e");
  }
}

function fill(object: object, { kind, keys, links }: Node, at: (link: number) => unknown): void {
  const define = (key: string, value: unknown): void => {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  };
  if (object instanceof Map) {
    links.forEach((link, i) => void object.set(at(link), at(links[i + 1] ?? 0)));
  } else if (object instanceof Set) for (const link of links) object.add(at(link));
  else if (Array.isArray(object)) {
    for (const link of links) {
      if (kind === "sparse" && link % 3 === 0) object.length += 1;
      else object.push(at(link));
    }
    if (kind === "named") define("name", at(links[0] ?? 0));
  } else if (object instanceof Error) Object.assign(object, { cause: at(links[0] ?? 0), code: at(links[1] ?? 0) });
  else keys.forEach((key, i) => void define(key, at(links[i] ?? i + 20)));
}

/** A description of a value without shared references. */
export type Tree =
  | { readonly leaf: number }
  | { readonly array: readonly Tree[] }
  | { readonly object: readonly (readonly [string, Tree])[] }
  | { readonly set: readonly Tree[] }
  | { readonly map: readonly (readonly [Tree, Tree])[] };

/** @param idOf - what no two keys of one map have in common. */
export function treeArb(idOf: (tree: Tree) => string): fc.Arbitrary<Tree> {
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => {
    const entry = <T>(key: fc.Arbitrary<T>): fc.Arbitrary<[T, Tree]> => fc.tuple(key, tie("tree"));
    return {
      tree: fc.oneof(
        { maxDepth: 4, depthIdentifier: "tree" },
        fc.nat(LEAVES.length - 1).map((leaf) => ({ leaf })),
        fc.array(tie("tree"), { maxLength: 4 }).map((array) => ({ array })),
        fc.uniqueArray(entry(keyArb), { maxLength: 4, selector: ([key]) => key }).map((object) => ({ object })),
        fc.array(tie("tree"), { maxLength: 4 }).map((set) => ({ set })),
        fc.uniqueArray(entry(tie("tree")), { maxLength: 4, selector: ([key]) => idOf(key) }).map((map) => ({ map })),
      ),
    };
  });
  return tree;
}

/** @param ordered - puts the members of what has no order into the order in which they are to be put in. */
export function grow(tree: Tree, ordered: <T>(members: readonly T[]) => readonly T[] = (members) => members): unknown {
  if ("leaf" in tree) return LEAVES[tree.leaf]?.();
  if ("array" in tree) return tree.array.map((element) => grow(element, ordered));
  if ("set" in tree) return new Set(ordered(tree.set).map((member) => grow(member, ordered)));
  if ("map" in tree)
    return new Map(ordered(tree.map).map(([key, value]) => [grow(key, ordered), grow(value, ordered)]));
  return Object.fromEntries(ordered(tree.object).map(([key, value]) => [key, grow(value, ordered)]));
}
