import path from "node:path";
import type { DigestMemo } from "../memo.ts";
import { Graph } from "./graph.ts";
import { dataFile, type ModuleSummary, type ModuleTree, readTree, summarize, wholeFile } from "./module-summary.ts";
import { packed, revived } from "./packed-summary.ts";
import { isCode } from "./parse.ts";
import { Disk, recall, remember } from "./witnesses.ts";

/** Bumped with the rules of a digest. */
export const CODE_VERSION = 1;
/** Bumped with whatever changes a digest, or the form of what is remembered: that is then read once more. */
export const MEMO_VERSION = 2;

/** The project's own code, each module of which is read and parsed once. */
export class Program {
  readonly disk: Disk;
  readonly memo: DigestMemo | undefined;
  #graph: Graph | undefined;
  readonly #summaries = new Map<string, ModuleSummary>();
  readonly #texts = new Map<string, string>();
  #recentTree: { readonly file: string; readonly tree: ModuleTree } | undefined;

  constructor(memo: DigestMemo | undefined, disk: Disk = new Disk()) {
    this.memo = memo;
    this.disk = disk;
  }

  get graph(): Graph {
    this.#graph ??= new Graph(this);
    return this.#graph;
  }

  /**
   * Takes what was loaded of a file for its text, where that is not what is on disk now.
   *
   * @returns whether that is another one.
   */
  override(file: string, text: string): boolean {
    if (this.#text(file) === text) return false;
    this.#texts.set(file, text);
    this.#graph = undefined;
    this.#summaries.delete(file);
    if (this.#recentTree?.file === file) this.#recentTree = undefined;
    return true;
  }

  /** Whether no text stands for that of a file. */
  get isAsOnDisk(): boolean {
    return this.#texts.size === 0;
  }

  module(file: string): ModuleSummary {
    const known = this.#summaries.get(file) ?? this.#recall(file) ?? this.#read(file);
    this.#summaries.set(file, known);
    return known;
  }

  /** @throws SyntaxError or RangeError where the text cannot be parsed. */
  tree(file: string): ModuleTree {
    // The functions of a module are mostly asked for one after the other.
    if (this.#recentTree?.file !== file) this.#recentTree = { file, tree: readTree(this.#text(file), file) };
    return this.#recentTree.tree;
  }

  #text(file: string): string {
    return (this.#texts.get(file) ?? this.disk.text(file) ?? "").replace(/^\uFEFF/, "");
  }

  #recall(file: string): ModuleSummary | undefined {
    if (this.#texts.has(file)) return undefined;
    const recalled = recall(this.memo, memoName(file), this.disk);
    try {
      return recalled === undefined ? undefined : revived(recalled.content as Parameters<typeof revived>[0]);
    } catch {
      return undefined; // It is no summary.
    }
  }

  #read(file: string): ModuleSummary {
    const summary = this.#summary(file);
    if (!this.#texts.has(file)) {
      remember(this.memo, memoName(file), { paths: [file], disk: this.disk, content: packed(summary) });
    }
    return summary;
  }

  #summary(file: string): ModuleSummary {
    if (path.extname(file) === ".json") return dataFile(this.#text(file));
    if (!isCode(file)) return wholeFile(this.disk.content(file) ?? "");
    try {
      return summarize(this.tree(file));
    } catch (error) {
      return wholeFile(this.#text(file), error instanceof Error ? error.message : String(error));
    }
  }
}

function memoName(file: string): string {
  return `module/${MEMO_VERSION} ${file}`;
}
