import { type Document, isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar } from "yaml";
import { Anchors } from "./anchors.ts";
import { type Environment, type ExpansionFault, expandVariables } from "./expand.ts";
import type { ManifestNode, MappingEntry, MappingNode } from "./node.ts";
import { DEEPEST } from "./parse.ts";
import type { ProblemList } from "./problem-list.ts";
import type { Span } from "./source.ts";

const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const NUMBER = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/**
 * Makes located nodes of a YAML document: anchors and merge keys are followed, variables expanded. What cannot be
 * is a problem, and becomes empty.
 */
export class NodeBuilder {
  readonly #text: string;
  readonly #environment: Environment;
  readonly #problems: ProblemList;
  readonly #anchors: Anchors;

  constructor(text: string, environment: Environment, problems: ProblemList) {
    this.#text = text;
    this.#environment = environment;
    this.#problems = problems;
    this.#anchors = new Anchors(problems);
  }

  build({ contents }: Document.Parsed): ManifestNode {
    return contents === null ? emptyAt({ start: 0, end: 0 }) : this.#node(contents, 0);
  }

  #node(node: ParsedNode, depth: number): ManifestNode {
    const span = spanOf(node);
    if (depth > DEEPEST) {
      this.#problems.add({ code: "E_TOO_DEEP", span, message: `This is nested more than ${DEEPEST} deep.` });
      return faultyAt(span);
    }
    if (isAlias(node)) return this.#anchors.resolve(node.source, { span, depth }) ?? faultyAt(span);
    if (node.anchor !== undefined) this.#anchors.open(node.anchor);
    const built = this.#unaliased(node, depth);
    this.#anchors.measure(built);
    if (node.anchor !== undefined) this.#anchors.close(node.anchor, built);
    return built;
  }

  #unaliased(node: ParsedNode, depth: number): ManifestNode {
    const span = spanOf(node);
    if (isScalar(node)) return this.#scalar(node, span);
    if (isMap<ParsedNode, ParsedNode | null>(node)) return this.#mapping(node.items, { span, depth });
    if (!isSeq<ParsedNode>(node)) return emptyAt(span);
    const items = node.items.map((item) => this.#node(item, depth + 1));
    return { kind: "list", items, span };
  }

  #scalar(scalar: Scalar, span: Span): ManifestNode {
    const { value, source } = scalar;
    if (value === null || typeof value === "number" || typeof value === "boolean") {
      return { kind: "scalar", value, text: source ?? String(value), span };
    }
    if (typeof value !== "string") return emptyAt(span);
    const { text, changed, faults } = expandVariables(value, this.#environment);
    for (const fault of faults) this.#fault(fault, span);
    if (faults.length > 0) return faultyAt(span);
    const reread = changed ? rereadOf(text) : undefined;
    return { kind: "scalar", value: text, text, span, ...(reread !== undefined && { reread }) };
  }

  #mapping(
    pairs: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[],
    { span, depth }: { readonly span: Span; readonly depth: number },
  ): MappingNode {
    const own = new Map<string, MappingEntry>();
    let merged: ReadonlyMap<string, MappingEntry> | undefined;
    for (const { key: keyNode, value: valueNode } of pairs) {
      const keySpan = spanOf(keyNode);
      const key = this.#key(keyNode);
      const value = valueNode === null ? emptyAt(keySpan) : this.#node(valueNode, depth + 1);
      if (key === undefined) continue;
      const merges = isMergeKey(keyNode);
      if (merges ? merged !== undefined : own.has(key)) this.#duplicate(key, keySpan);
      else if (merges) merged = this.#merged(value, keySpan);
      else own.set(key, { keySpan, value });
    }
    if (merged === undefined) return { kind: "mapping", entries: own, span };
    this.#anchors.spend(merged.size, span);
    return { kind: "mapping", entries: new Map([...merged, ...own]), span };
  }

  /** The entries that `<<` brings, where the first mapping of a list goes before the others. */
  #merged(value: ManifestNode, span: Span): ReadonlyMap<string, MappingEntry> {
    const sources = value.kind === "list" ? value.items : [value];
    const entries = new Map<string, MappingEntry>();
    for (const source of sources) {
      if (source.kind === "scalar" && source.faulty) continue;
      if (source.kind !== "mapping") {
        const message = '"<<" must be followed by an alias to a mapping (<<: *name), or by a list of such.';
        this.#problems.add({ code: "E_BAD_VALUE", span, message });
        continue;
      }
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return entries;
  }

  #key(node: ParsedNode): string | undefined {
    const resolved = isAlias(node) ? this.#node(node, 0) : undefined;
    if (resolved?.kind === "scalar" && resolved.value !== null) return resolved.text;
    // Not `#node`, which would expand variables.
    if (isScalar(node) && node.value !== null) {
      const text = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
      if (node.anchor !== undefined) {
        const scalar = { kind: "scalar", value: text, text, span: spanOf(node) } as const;
        this.#anchors.measure(scalar);
        this.#anchors.close(node.anchor, scalar);
      }
      return text;
    }
    const message = "A key must be text: write it before the colon.";
    this.#problems.add({ code: "E_BAD_VALUE", span: spanOf(node), message });
    return undefined;
  }

  #duplicate(key: string, span: Span): void {
    const message = `The key ${JSON.stringify(key.slice(0, 60))} is in this mapping already: remove or rename one of them.`;
    this.#problems.add({ code: "E_DUPLICATE_KEY", span, message });
  }

  #fault(fault: ExpansionFault, span: Span): void {
    const reference = fault.kind === "unset" ? `\${${fault.name}}` : fault.reference;
    const found = this.#text.indexOf(reference, span.start);
    const at = found === -1 || found >= span.end ? span : { start: found, end: found + reference.length };
    this.#problems.add(
      fault.kind === "unset"
        ? { code: "E_UNSET_VARIABLE", span: at, message: unsetMessage(fault.name) }
        : { code: "E_BAD_VALUE", span: at, message: FAULTS[fault.kind] },
    );
  }
}

const FAULTS = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it shows how a reference is written
  malformed: "This is neither ${NAME} nor ${NAME:-default}: correct it, or write $${ for a literal ${.",
  "too deep": "Defaults are nested too deep here: give one of the variables a value of its own.",
  "too large": "The variables in this text make it longer than a million characters: shorten them.",
} as const;

function unsetMessage(name: string): string {
  const shown = name.slice(0, 60);
  return `The environment variable ${shown} is not set: set it, or give a default (\${${shown}:-default}).`;
}

/** Quoted, it is a key like any other. */
function isMergeKey(node: ParsedNode): boolean {
  return isScalar(node) && node.value === "<<" && node.type === "PLAIN";
}

function rereadOf(text: string): number | boolean | undefined {
  if (BOOLEAN.test(text)) return text.toLowerCase() === "true";
  return NUMBER.test(text) ? Number(text) : undefined;
}

function faultyAt(span: Span): ManifestNode {
  return { kind: "scalar", value: null, text: "", span, faulty: true };
}

function emptyAt(span: Span): ManifestNode {
  return { kind: "scalar", value: null, text: "", span };
}

function spanOf(node: ParsedNode): Span {
  const [start, end] = node.range;
  return { start, end };
}
