import path from "node:path";
import { NodeBuilder } from "./build-nodes.ts";
import { checkNode } from "./check-node.ts";
import { findingOf } from "./describe-issue.ts";
import type { Environment } from "./expand.ts";
import { childOf, entriesOf, type MappingNode } from "./node.ts";
import { parseYaml } from "./parse.ts";
import type { Problem } from "./problem.ts";
import { ProblemList } from "./problem-list.ts";
import { readSource } from "./read-source.ts";
import { manifestSchema } from "./schema.ts";
import type { Source } from "./source.ts";
import { crossFindings } from "./targets.ts";
import { withoutEmpty } from "./without-empty.ts";

/** A manifest without problems. `resolveTarget` gives what one of its targets sees. */
export interface Manifest {
  /** Absolute path. */
  readonly file: string;
  /** Names, in the order of the file. */
  readonly targets: readonly string[];
  readonly components: readonly string[];
  readonly tasks: readonly string[];
  /** @internal Checked, with variables expanded. */
  readonly root: MappingNode;
}

/** A manifest, or what is wrong with it: one of the two is there. */
export interface ManifestCheck {
  readonly manifest?: Manifest;
  /** In the order of the file; empty where there is a manifest. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a manifest and finds all that is wrong with it. Throws a {@link ScalableError} where the file cannot be read:
 * `E_FILE_NOT_FOUND`, `E_FILE_KIND`, `E_FILE_UNREADABLE`.
 */
export async function checkManifest(file: string): Promise<ManifestCheck> {
  const { source, finding } = await readSource(file);
  const problems = new ProblemList(source);
  if (finding !== undefined) {
    problems.add(finding);
    return { problems: problems.toArray() };
  }
  const root = rootOf(source, problems, process.env);
  if (root === undefined || !problems.empty) return { problems: problems.toArray() };
  const names = (section: string) => [...entriesOf(childOf(root, section)).keys()];
  const manifest = {
    file: path.resolve(file),
    targets: names("targets"),
    components: names("components"),
    tasks: names("tasks"),
    root,
  };
  return { manifest, problems: [] };
}

function rootOf(source: Source, problems: ProblemList, environment: Environment): MappingNode | undefined {
  const { document, findings } = parseYaml(source.text);
  problems.addAll(findings);
  // What is left of a text with errors in it says little about what was meant.
  if (document === undefined) return undefined;
  const built = new NodeBuilder(source.text, environment, problems).build(document);
  const nothing = built.kind === "scalar" && built.value === null;
  if (built.kind !== "mapping" && !nothing) {
    const message = "A manifest must be a mapping: start with version: 1 and project: on lines of their own.";
    problems.add({ code: "E_BAD_VALUE", span: built.span, message });
    return undefined;
  }
  const mapping: MappingNode =
    built.kind === "mapping" ? built : { kind: "mapping", entries: new Map(), span: built.span };
  const { node, issues } = checkNode(manifestSchema, withoutEmpty(mapping));
  for (const issue of issues) problems.add(findingOf(issue, node));
  if (node.kind !== "mapping") return undefined;
  problems.addAll(crossFindings(node));
  return node;
}
