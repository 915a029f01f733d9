import type { ManifestNode } from "./node.ts";
import { DEEPEST } from "./parse.ts";
import type { ProblemList } from "./problem-list.ts";
import type { Span } from "./source.ts";

/** How much a node is once all aliases in it are replaced by what they stand for. */
interface Measure {
  /** A node counts as 16 characters. */
  readonly weight: number;
  readonly height: number;
}

/** What aliases may add to a manifest, in characters; an honest one stays far below. */
const BUDGET = 4_000_000;
const NODE_WEIGHT = 16;

/**
 * The anchors of a document, as far as it was read. An alias gives the very node that has the anchor, which costs nothing;
 * but all that comes later goes through each of them, so their sizes are added up and bounded here.
 */
export class Anchors {
  readonly #problems: ProblemList;
  readonly #nodes = new Map<string, ManifestNode | "open">();
  readonly #measures = new WeakMap<ManifestNode, Measure>();
  #added = 0;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  /** The node of this anchor begins: until it ends, an alias to it would be within itself. */
  open(name: string): void {
    this.#nodes.set(name, "open");
  }

  close(name: string, node: ManifestNode): void {
    this.#nodes.set(name, node);
  }

  /** The node that an alias stands for. Where there is none, that is a problem, and undefined. */
  resolve(name: string, { span, depth }: { readonly span: Span; readonly depth: number }): ManifestNode | undefined {
    const node = this.#nodes.get(name);
    const shown = JSON.stringify(name.slice(0, 60));
    if (node === undefined) {
      const message = `There is no anchor ${shown} before this alias: write &name before the value that it stands for.`;
      this.#problems.add({ code: "E_ALIAS", span, message });
      return undefined;
    }
    if (node === "open") {
      const message = `This alias stands within its own anchor ${shown}: write out what it should be.`;
      this.#problems.add({ code: "E_ALIAS", span, message });
      return undefined;
    }
    const { weight, height } = this.#measureOf(node);
    if (depth + height > DEEPEST) {
      const message = `With what this alias stands for, lists and mappings are nested more than ${DEEPEST} deep.`;
      this.#problems.add({ code: "E_TOO_DEEP", span, message });
      return undefined;
    }
    return this.#afford(weight, span) ? node : undefined;
  }

  /** Counts entries that a merge key copies. */
  spend(entries: number, span: Span): void {
    this.#afford(entries * NODE_WEIGHT, span);
  }

  /** To be called for each node once it is complete, the inner ones first. */
  measure(node: ManifestNode): void {
    if (node.kind === "scalar") return; // found at once
    const children = node.kind === "list" ? node.items : [...node.entries.values()].map(({ value }) => value);
    let weight = NODE_WEIGHT;
    let height = 0;
    for (const child of children) {
      const of = this.#measureOf(child);
      weight += of.weight;
      height = Math.max(height, of.height);
    }
    this.#measures.set(node, { weight, height: height + 1 });
  }

  #measureOf(node: ManifestNode): Measure {
    if (node.kind === "scalar") return { weight: NODE_WEIGHT + node.text.length, height: 0 };
    return this.#measures.get(node) ?? { weight: NODE_WEIGHT, height: 1 };
  }

  #afford(weight: number, span: Span): boolean {
    this.#added += weight;
    if (this.#added <= BUDGET) return true;
    const message = "Aliases make this manifest many times larger than its text: write out what is needed.";
    // Once: each alias after this one would be the same problem.
    if (this.#added - weight <= BUDGET) this.#problems.add({ code: "E_ALIAS", span, message });
    return false;
  }
}
