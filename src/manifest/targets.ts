import { pathText, shown, valueSpan } from "./describe-issue.ts";
import { childOf, entriesOf, type ManifestNode, type MappingNode, textOf, withEntries } from "./node.ts";
import type { Finding } from "./problem-list.ts";
import { providers } from "./providers.ts";
import { didYouMean, listed } from "./suggest.ts";

/** Keys of a target that are not options of its provider. */
const OWN_KEYS = new Set(["provider", "overlay"]);

/** What is wrong with references from one part of the manifest to another, and with the options of its targets. */
export function* crossFindings(root: MappingNode): Generator<Finding> {
  yield* taskFindings(root);
  for (const [name, { value }] of entriesOf(childOf(root, "overlays")))
    yield* overlayFindings(root, value, ["overlays", name]);
  for (const [name, { value }] of entriesOf(childOf(root, "targets"))) yield* targetFindings(root, name, value);
}

function* taskFindings(root: MappingNode): Generator<Finding> {
  const components = entriesOf(childOf(root, "components"));
  for (const [name, { value }] of entriesOf(childOf(root, "tasks"))) {
    const component = textOf(childOf(value, "component"));
    if (component === undefined || component === "" || components.has(component)) continue;
    const path = ["tasks", name, "component"];
    const message = `${pathText(path)} is ${shown(childOf(value, "component"))}, which is not among the components`;
    yield reference("E_TASK_COMPONENT_REF", message, { root, path, name: component, known: components.keys() });
  }
}

function* overlayFindings(root: MappingNode, overlay: ManifestNode, path: readonly string[]): Generator<Finding> {
  const components = entriesOf(childOf(root, "components"));
  for (const [name, { keySpan }] of entriesOf(childOf(overlay, "components"))) {
    if (components.has(name)) continue;
    const message = `${pathText(path)} changes ${JSON.stringify(name.slice(0, 60))}, which is not among the components`;
    const found = reference("E_OVERLAY_REF", message, { root, path, name, known: components.keys() });
    yield { ...found, span: keySpan };
  }
}

function* targetFindings(root: MappingNode, name: string, target: ManifestNode): Generator<Finding> {
  const overlay = childOf(target, "overlay");
  const overlays = entriesOf(childOf(root, "overlays"));
  const overlayName = textOf(overlay);
  if (overlayName !== undefined && overlayName !== "" && !overlays.has(overlayName)) {
    const path = ["targets", name, "overlay"];
    const message = `${pathText(path)} is ${shown(overlay)}, which is not among the overlays`;
    yield reference("E_OVERLAY_REF", message, { root, path, name: overlayName, known: overlays.keys() });
  }
  if (overlay?.kind === "mapping") yield* overlayFindings(root, overlay, ["targets", name, "overlay"]);

  const provider = textOf(childOf(target, "provider"));
  if (provider === undefined || provider === "" || target.kind !== "mapping") return;
  const known = providers.get(provider);
  if (known === undefined) {
    const path = ["targets", name, "provider"];
    const message = `${pathText(path)} is ${shown(childOf(target, "provider"))}, which is no provider`;
    const found = reference("E_UNKNOWN_PROVIDER", message, { root, path, name: provider, known: providers.keys() });
    yield { ...found, hint: `Providers: ${listed(providers.keys())}` };
    return;
  }
  yield* known.check(optionsOf(root, target), name).findings;
  // All of them, as a call can name any.
  for (const [each, component] of componentsOf(root, target)) yield* known.componentFindings(component, each);
}

interface Reference {
  readonly root: MappingNode;
  readonly path: readonly string[];
  readonly name: string;
  readonly known: Iterable<string>;
}

function reference(code: Finding["code"], message: string, { root, path, name, known }: Reference): Finding {
  const names = [...known];
  const hint = names.length === 0 ? "There are none." : `There are: ${listed(names)}`;
  return { code, span: valueSpan(root, path), message: `${message}${didYouMean(name, names)}`, hint };
}

/** The overlay of a target, wherever it is written. */
export function overlayOf(root: MappingNode, target: ManifestNode | undefined): ManifestNode | undefined {
  const overlay = childOf(target, "overlay");
  const name = textOf(overlay);
  return name === undefined ? overlay : entriesOf(childOf(root, "overlays")).get(name)?.value;
}

/** A target's options, with those of its overlay. */
export function optionsOf(root: MappingNode, target: MappingNode): MappingNode {
  const own = [...target.entries].filter(([key]) => !OWN_KEYS.has(key));
  const changes = entriesOf(childOf(overlayOf(root, target), "options"));
  return withEntries({ ...target, entries: new Map(own) }, changes);
}

/** The components as a target sees them: keys of its overlay replace those of a component, each as a whole. */
export function componentsOf(root: MappingNode, target: ManifestNode | undefined): ReadonlyMap<string, ManifestNode> {
  const changes = entriesOf(childOf(overlayOf(root, target), "components"));
  const components = new Map<string, ManifestNode>();
  for (const [name, { value }] of entriesOf(childOf(root, "components"))) {
    const change = entriesOf(changes.get(name)?.value);
    components.set(name, value.kind === "mapping" ? withEntries(value, change) : value);
  }
  return components;
}
