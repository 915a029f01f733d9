import type * as z from "zod";
import type { ManifestNode, MappingEntry } from "./node.ts";

/** A place in the manifest: the keys, and indexes of lists, that lead to it. */
export type Path = readonly string[];

export interface CheckedNode {
  /** The node, in which what variables expanded to has become a number or a boolean where that is asked for. */
  readonly node: ManifestNode;
  readonly issues: readonly Issue[];
}

/** What a schema says about one place. */
export interface Issue {
  readonly path: Path;
  readonly kind: "unknown key" | "missing key" | "bad value";
  /** What the value must be; of unknown keys, the key. */
  readonly detail: string;
}

/** Checks a node against a schema. */
export function checkNode(schema: z.ZodType, node: ManifestNode): CheckedNode {
  const issues = issuesOf(schema, node);
  const rereadable = issues.filter(({ path }) => rereadAt(node, path) !== undefined);
  if (rereadable.length === 0) return { node, issues };
  let reread = node;
  for (const { path } of rereadable) reread = rereadIn(reread, path);
  return { node: reread, issues: issuesOf(schema, reread) };
}

/** What stands at a path; undefined where nothing does. */
export function nodeAt(node: ManifestNode, path: Path): ManifestNode | undefined {
  let found: ManifestNode | undefined = node;
  for (const step of path) {
    if (found?.kind === "mapping") found = found.entries.get(step)?.value;
    else if (found?.kind === "list") found = found.items[Number(step)];
    else return undefined;
  }
  return found;
}

function rereadAt(node: ManifestNode, path: Path): number | boolean | undefined {
  const found = nodeAt(node, path);
  return found?.kind === "scalar" && found.value !== found.reread ? found.reread : undefined;
}

function rereadIn(node: ManifestNode, path: Path): ManifestNode {
  const [step, ...rest] = path;
  if (step === undefined) return node.kind === "scalar" ? { ...node, value: node.reread ?? node.value } : node;
  if (node.kind === "list") {
    return { ...node, items: node.items.map((item, index) => (String(index) === step ? rereadIn(item, rest) : item)) };
  }
  const entry: MappingEntry | undefined = node.kind === "mapping" ? node.entries.get(step) : undefined;
  if (node.kind !== "mapping" || entry === undefined) return node;
  return { ...node, entries: new Map(node.entries).set(step, { ...entry, value: rereadIn(entry.value, rest) }) };
}

function issuesOf(schema: z.ZodType, node: ManifestNode): Issue[] {
  const { error } = schema.safeParse(toData(node));
  if (error === undefined) return [];
  return error.issues.flatMap((issue) => toIssues(issue, [], node)).filter(({ path }) => !isFaulty(node, path));
}

function isFaulty(node: ManifestNode, path: Path): boolean {
  const found = nodeAt(node, path);
  return found?.kind === "scalar" && found.faulty === true;
}

function toIssues(issue: z.core.$ZodIssue, above: Path, node: ManifestNode): Issue[] {
  const path = [...above, ...issue.path.map((step) => decodeKey(String(step)))];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path, kind: "unknown key", detail: decodeKey(key) }));
  }
  if (issue.code === "invalid_union") {
    const [branch, ...others] = issue.errors.filter((errors) => !errors.some(isOfAnotherType));
    if (branch !== undefined && others.length === 0) return branch.flatMap((inner) => toIssues(inner, path, node));
  }
  const missing = nodeAt(node, path) === undefined;
  return [{ path, kind: missing ? "missing key" : "bad value", detail: issue.message }];
}

/** Whether a branch of a union was not meant at all. */
function isOfAnotherType(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_union");
}

/** The plain value of a node, in objects without a prototype. */
function toData(node: ManifestNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toData);
  const data: Record<string, unknown> = Object.create(null);
  for (const [key, { value }] of node.entries) data[encodeKey(key)] = toData(value);
  return data;
}

/** Zod leaves `__proto__` out, and would not check what is below it. */
function encodeKey(key: string): string {
  return key === "__proto__" || key.startsWith("\0") ? `\0${key}` : key;
}

function decodeKey(key: string): string {
  return key.startsWith("\0") ? key.slice(1) : key;
}
