import path from "node:path";
import { ScalableError } from "../errors.ts";
import type { Manifest } from "./check.ts";
import { type Component, componentFrom } from "./component.ts";
import { lockOf } from "./lock.ts";
import { childOf, entriesOf, type ManifestNode, type MappingNode, textOf } from "./node.ts";
import { providers, type ResolvedTarget } from "./providers.ts";
import { withAbsolutePaths } from "./slurm-options.ts";
import { didYouMean, listed } from "./suggest.ts";
import { componentsOf, optionsOf } from "./targets.ts";
import { type Task, taskFrom } from "./task.ts";

export interface Project {
  readonly name: string;
  /** Absolute: a relative path is seen from the manifest's folder. */
  readonly localCache?: string;
  /** The URL of the cache that a team shares. */
  readonly remoteCache?: string;
  readonly trustedKeys?: readonly string[];
  readonly defaultStorage?: string;
}

/** A manifest as one target sees it: variables expanded, the overlay applied, defaults filled in. */
export interface ResolvedManifest {
  /** Absolute path. */
  readonly file: string;
  readonly project: Project;
  readonly target: ResolvedTarget;
  readonly components: ReadonlyMap<string, Component>;
  readonly tasks: ReadonlyMap<string, Task>;
  /** `sha256:` and a digest of what the manifest means for this target: the same wherever and however it is written. */
  readonly lock: string;
}

/** Where a manifest names none. */
const IMPLICIT = "local";

/**
 * A manifest as one of its targets sees it.
 *
 * @param name - of the target. Default: `SCALABLE_TARGET`; else `local`, where there is one; else the only one.
 * @throws ScalableError with the code `E_SETTING`, where there is no such target, or no way to tell which one.
 */
export function resolveTarget(manifest: Manifest, name?: string): ResolvedManifest {
  const { file, root } = manifest;
  const chosen = chooseTarget(manifest.targets, name);
  const node = entriesOf(childOf(root, "targets")).get(chosen)?.value;
  const target = targetFrom(root, chosen, node);
  const components = new Map<string, Component>();
  for (const [each, component] of componentsOf(root, node)) components.set(each, componentFrom(each, component));
  const tasks = new Map<string, Task>();
  for (const [each, { value }] of entriesOf(childOf(root, "tasks"))) tasks.set(each, taskFrom(each, value));
  const project = projectFrom(childOf(root, "project"));
  // Before paths are made absolute, as another folder is not another manifest.
  const lock = lockOf({ version: 1, project, target, components, tasks });
  return {
    file,
    project: withAbsoluteCache(project, file),
    target: target.provider === "slurm" ? withAbsolutePaths(target, path.dirname(file)) : target,
    components,
    tasks,
    lock,
  };
}

function chooseTarget(targets: readonly string[], name: string | undefined): string {
  const known = targets.length === 0 ? [IMPLICIT] : targets;
  const fromEnvironment = name === undefined ? process.env["SCALABLE_TARGET"] || undefined : undefined;
  const asked = name ?? fromEnvironment;
  if (asked === undefined) {
    const [only, ...others] = known;
    if (known.includes(IMPLICIT)) return IMPLICIT;
    if (only !== undefined && others.length === 0) return only;
    throw unclear("The manifest has several targets, and none was chosen: name one, or set SCALABLE_TARGET.", known);
  }
  if (known.includes(asked)) return asked;
  const by = fromEnvironment === undefined ? "" : " (from SCALABLE_TARGET)";
  const message = `The manifest has no target ${JSON.stringify(asked)}${by}${didYouMean(asked, known)}`;
  throw unclear(message, known);
}

function unclear(message: string, known: readonly string[]): ScalableError {
  return new ScalableError("E_SETTING", `${message} Targets: ${listed(known)}`, { setting: "SCALABLE_TARGET" });
}

function targetFrom(root: MappingNode, name: string, node: ManifestNode | undefined): ResolvedTarget {
  const target: MappingNode =
    node?.kind === "mapping" ? node : { kind: "mapping", entries: new Map(), span: root.span };
  const provider = textOf(childOf(target, "provider")) ?? IMPLICIT;
  const checked = providers.get(provider)?.check(optionsOf(root, target), name);
  // A manifest with such a target has problems, and is none that could have been read.
  if (checked?.target === undefined) throw new TypeError(`The target ${JSON.stringify(name)} was not checked.`);
  return checked.target;
}

function projectFrom(node: ManifestNode | undefined): Project {
  const localCache = textOf(childOf(node, "local_cache"));
  const remoteCache = textOf(childOf(node, "remote_cache"));
  const keys = childOf(node, "trusted_keys");
  const trustedKeys = keys?.kind === "list" ? keys.items.flatMap((item) => textOf(item) ?? []) : [];
  const defaultStorage = textOf(childOf(node, "default_storage"));
  return {
    name: textOf(childOf(node, "name")) ?? "",
    ...(localCache !== undefined && { localCache }),
    ...(remoteCache !== undefined && { remoteCache }),
    ...(trustedKeys.length > 0 && { trustedKeys }),
    ...(defaultStorage !== undefined && { defaultStorage }),
  };
}

function withAbsoluteCache(project: Project, file: string): Project {
  if (project.localCache === undefined) return project;
  return { ...project, localCache: path.resolve(path.dirname(file), project.localCache) };
}
