import type * as z from "zod";
import { type Issue, nodeAt, type Path } from "./check-node.ts";
import type { ManifestNode } from "./node.ts";
import type { ProblemCode } from "./problem.ts";
import type { Finding } from "./problem-list.ts";
import { componentSchema, manifestSchema, overlaySchema, projectSchema, retriesSchema, taskSchema } from "./schema.ts";
import type { Span } from "./source.ts";
import { didYouMean, listed } from "./suggest.ts";

/** Mappings whose keys are fixed: which they are, and the code of another key. */
interface Keyed {
  readonly what: string;
  readonly code: ProblemCode;
  readonly keys: readonly string[];
}

const TOP = keyed("the manifest", "E_UNKNOWN_TOP_KEY", manifestSchema);
const PROJECT = keyed("project", "E_UNKNOWN_PROJECT_KEY", projectSchema);
const COMPONENT = keyed("a component", "E_UNKNOWN_COMPONENT_KEY", componentSchema);
const TASK = keyed("a task", "E_UNKNOWN_TASK_KEY", taskSchema);
const RETRIES = keyed("retries", "E_UNKNOWN_TASK_KEY", retriesSchema);
const OVERLAY = keyed("an overlay", "E_UNKNOWN_OVERLAY_KEY", overlaySchema);

/** What the schema of the whole manifest says, for people. */
export function findingOf(issue: Issue, root: ManifestNode): Finding {
  const { path, kind, detail } = issue;
  if (kind === "unknown key") {
    const { what, code, keys } = keyedAt(path);
    const place = path.length < 2 ? what : `${what} (${pathText(path)})`;
    const message = `Unknown key ${JSON.stringify(detail.slice(0, 60))} in ${place}${didYouMean(detail, keys)}`;
    return { code, span: keySpan(root, [...path, detail]), message, hint: `Known keys: ${listed(keys)}` };
  }
  if (kind === "missing key") {
    const key = path.at(-1) ?? "";
    const example = path.length === 1 && key === "version" ? ": write version: 1." : ": add it.";
    const message = `${capital(placeText(path.slice(0, -1)))} has no key ${JSON.stringify(key)}, which is required${example}`;
    return { code: "E_MISSING_KEY", span: keySpan(root, path.slice(0, -1)), message };
  }
  if (path.length === 1 && path[0] === "version") {
    const message = `version is ${shown(nodeAt(root, path))}, but must be 1, without quotes: no other version is known.`;
    return { code: "E_BAD_VERSION", span: valueSpan(root, path), message };
  }
  return badValue(root, path, { code: "E_BAD_VALUE", expected: detail });
}

export interface BadValue {
  readonly code: ProblemCode;
  readonly expected: string;
  /** What the value is called, where that is not its path. */
  readonly place?: string;
}

/** `tasks.fit.cpus is "four", but must be a positive number.` */
export function badValue(
  root: ManifestNode,
  path: Path,
  { code, expected, place = placeText(path) }: BadValue,
): Finding {
  const message = `${capital(place)} is ${shown(nodeAt(root, path))}, but must be ${expected}.`;
  return { code, span: valueSpan(root, path), message };
}

/** The value at a path; its key where the value is empty. */
export function valueSpan(root: ManifestNode, path: Path): Span {
  const node = nodeAt(root, path);
  if (node === undefined || node.span.end <= node.span.start || node.kind !== "scalar") return keySpan(root, path);
  return node.span;
}

/** The key at the end of a path; of a list's item, the item. */
export function keySpan(root: ManifestNode, path: Path): Span {
  const parent = nodeAt(root, path.slice(0, -1));
  const key = path.at(-1);
  const entry = parent?.kind === "mapping" && key !== undefined ? parent.entries.get(key) : undefined;
  if (entry !== undefined) return entry.keySpan;
  const { start } = nodeAt(root, path)?.span ?? root.span;
  return { start, end: start + 1 };
}

function placeText(path: Path): string {
  return path.length === 0 ? "the manifest" : pathText(path);
}

/** `tasks.fit.retries`, for people: a key that is long, or has a dot in it, is not set apart. */
export function pathText(path: Path): string {
  const text = path.map((step) => (step.length > 60 ? `${step.slice(0, 60)}…` : step)).join(".");
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

/** A value in a message. */
export function shown(node: ManifestNode | undefined): string {
  if (node === undefined) return "missing";
  if (node.kind !== "scalar") return node.kind === "list" ? "a list" : "a mapping";
  if (node.value === null) return "empty";
  if (typeof node.value !== "string") return node.text.slice(0, 60);
  return JSON.stringify(node.value.length > 60 ? `${node.value.slice(0, 60)}…` : node.value);
}

/** Only the manifest itself: keys stand as they are written. */
function capital(place: string): string {
  return place === "the manifest" ? "The manifest" : place;
}

function keyed(what: string, code: ProblemCode, schema: z.ZodObject): Keyed {
  return { what, code, keys: Object.keys(schema.shape) };
}

function keyedAt(path: Path): Keyed {
  const [section, , ...below] = path;
  if (section === undefined) return TOP;
  if (section === "project") return PROJECT;
  if (section === "components") return COMPONENT;
  if (section === "tasks") return below.length === 0 ? TASK : RETRIES;
  // In overlays, and in the `overlay` of a target.
  return below.includes("components") ? COMPONENT : OVERLAY;
}
