import { parseDuration } from "../settings.ts";
import { numberOf, scalarOf, textsOf } from "./component.ts";
import { parseFactor } from "./factor.ts";
import { childOf, entriesOf, type ManifestNode, textOf } from "./node.ts";

export type OutputKind = "file" | "folder";

export interface Retries {
  /** How often a call that failed is tried again. */
  readonly max: number;
  /** How long to wait before the first retry, in milliseconds. */
  readonly backoffMs?: number;
  /** How many times the memory of the try before a call gets that ran out of it; without effect on this machine. */
  readonly memoryFactor?: number;
  /** The same of the walltime. */
  readonly walltimeFactor?: number;
}

/** A function's component and cache policy. */
export interface Task {
  readonly name: string;
  readonly component: string;
  /** Whether results are looked up and stored. */
  readonly cache: boolean;
  /** Properties of the result object whose value is the path of a file or folder. */
  readonly outputs: ReadonlyMap<string, OutputKind>;
  readonly retries: Retries;
  /** How long one try may take. */
  readonly timeoutMs?: number;
}

/** @param node - one that has been checked. */
export function taskFrom(name: string, node: ManifestNode): Task {
  const cache = childOf(node, "cache");
  const timeoutMs = durationOf(childOf(node, "timeout"));
  return {
    name,
    component: textOf(childOf(node, "component")) ?? "",
    cache: cache?.kind !== "scalar" || cache.value !== false,
    outputs: outputsFrom(childOf(node, "outputs")),
    retries: retriesFrom(childOf(node, "retries")),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function outputsFrom(node: ManifestNode | undefined): Map<string, OutputKind> {
  const named = [...entriesOf(node)].map(([name, { value }]) => [name, textOf(value)] as const);
  const files = textsOf(node).map((name) => [name, "file"] as const);
  return new Map([...named, ...files].map(([name, kind]) => [name, kind === "folder" ? "folder" : "file"]));
}

function retriesFrom(node: ManifestNode | undefined): Retries {
  const max = numberOf(node) ?? numberOf(childOf(node, "max")) ?? 0;
  const backoffMs = durationOf(childOf(node, "backoff"));
  const memoryFactor = factorOf(childOf(node, "memory"));
  const walltimeFactor = factorOf(childOf(node, "walltime"));
  return {
    max,
    ...(backoffMs !== undefined && { backoffMs }),
    ...(memoryFactor !== undefined && { memoryFactor }),
    ...(walltimeFactor !== undefined && { walltimeFactor }),
  };
}

function factorOf(node: ManifestNode | undefined): number | undefined {
  const value = scalarOf(node);
  return value === undefined ? undefined : parseFactor(value);
}

function durationOf(node: ManifestNode | undefined): number | undefined {
  const value = scalarOf(node);
  return value === undefined ? undefined : parseDuration(value, "duration");
}
