import { parseBytes } from "../settings.ts";
import { type Mount, parseMount } from "./mount.ts";
import { childOf, entriesOf, type ManifestNode, textOf } from "./node.ts";

/** What runs a component's image; `none` runs its calls without one. */
export type Runtime = "apptainer" | "podman" | "docker" | "none";

/** What calls need to run, as one target has it. */
export interface Component {
  readonly name: string;
  readonly image?: string;
  readonly runtime?: Runtime;
  readonly cpus?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly mounts: readonly Mount[];
  /** An object without a prototype: each of its keys is a variable. */
  readonly env: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly preloadScript?: string;
}

/** @param node - one that has been checked. */
export function componentFrom(name: string, node: ManifestNode): Component {
  const image = textOf(childOf(node, "image"));
  const runtime = textOf(childOf(node, "runtime"));
  const cpus = numberOf(childOf(node, "cpus"));
  const memory = scalarOf(childOf(node, "memory"));
  const preloadScript = textOf(childOf(node, "preload_script"));
  return {
    name,
    ...(image !== undefined && { image }),
    ...(isRuntime(runtime) && { runtime }),
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory: parseBytes(memory, "memory") }),
    mounts: mountsFrom(childOf(node, "mounts")),
    env: environmentFrom(childOf(node, "env")),
    tags: textsOf(childOf(node, "tags")),
    ...(preloadScript !== undefined && { preloadScript }),
  };
}

/** The texts in a list. */
export function textsOf(node: ManifestNode | undefined): string[] {
  return node?.kind === "list" ? node.items.map((item) => textOf(item) ?? "") : [];
}

/** A number or text. */
export function scalarOf(node: ManifestNode | undefined): string | number | undefined {
  return textOf(node) ?? numberOf(node);
}

export function numberOf(node: ManifestNode | undefined): number | undefined {
  return node?.kind === "scalar" && typeof node.value === "number" ? node.value : undefined;
}

function mountsFrom(node: ManifestNode | undefined): Mount[] {
  if (node?.kind !== "mapping") return textsOf(node).flatMap((text) => parseMount(text) ?? []);
  // A source with a colon in it is one that a list could not have.
  return [...node.entries].flatMap(([source, { value }]) => {
    const mount = parseMount(`source:${textOf(value) ?? ""}`);
    return mount === undefined ? [] : [{ ...mount, source }];
  });
}

function environmentFrom(node: ManifestNode | undefined): Record<string, string> {
  const environment: Record<string, string> = Object.create(null);
  for (const [name, { value }] of entriesOf(node)) {
    // As it was written: `1.10` is a version as often as a number.
    environment[name] = value.kind === "scalar" ? value.text : "";
  }
  return environment;
}

function isRuntime(text: string | undefined): text is Runtime {
  return text === "apptainer" || text === "podman" || text === "docker" || text === "none";
}
