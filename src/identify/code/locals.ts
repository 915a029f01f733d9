import type { Findings } from "./findings.ts";
import { isNode, type Node } from "./parse.ts";
import type { Binding, Scope } from "./scope.ts";

/** How local variables are told apart: by the order of their use, so that renaming them changes nothing, or by name. */
export type Spelling = "numbers" | "names";

/** A variable of a function around pieces of code, and where they use it first. */
interface Captured {
  readonly binding: Binding;
  readonly use: Node;
}

/** The names that count only within pieces of code. */
export class Locals {
  readonly #spelling: Spelling;
  readonly #findings: Findings;
  readonly #own = new Set<Scope>();
  readonly #captured = new Map<Binding, Captured>();
  readonly #variables = new Map<Binding, number>();
  readonly #privateNames = new Map<string, number>();
  readonly #labels = new Map<string, number>();

  constructor(spelling: Spelling, findings: Findings) {
    this.#spelling = spelling;
    this.#findings = findings;
  }

  /** Variables of functions around the pieces. More may be added while these are gone through. */
  get captured(): Iterable<Captured> {
    return this.#captured.values();
  }

  /** Says that a scope lies within a piece. */
  open(scope: Scope): void {
    this.#own.add(scope);
  }

  /** The word for a variable that is used. */
  use(node: Node, binding: Binding): string | number {
    if (!this.#own.has(binding.scope)) this.#capture(node, binding);
    return this.#spelling === "names" ? binding.name : numberIn(this.#variables, binding);
  }

  /** The word for a variable that was used. */
  wordOf(binding: Binding): string | number {
    return this.#variables.get(binding) ?? binding.name;
  }

  privateName(name: string): number {
    return numberIn(this.#privateNames, name);
  }

  label(name: string): number {
    return numberIn(this.#labels, name);
  }

  #capture(node: Node, binding: Binding): void {
    if (this.#captured.has(binding)) return;
    this.#captured.set(binding, { binding, use: node });
    const fixed = binding.kind === "function" || binding.kind === "class" || binding.kind === "enum";
    const initialised = binding.kind === "const" && isNode(binding.node["init"]);
    if (fixed || initialised) return;
    this.#findings.note(
      node,
      `"${binding.name}" is a variable of the function around it, whose value is no part of the key. Pass it as an argument, or say what it is in "version"`,
    );
  }
}

/** The number of something that is counted when it is first met. */
function numberIn<T>(numbers: Map<T, number>, met: T): number {
  const number = numbers.get(met) ?? numbers.size;
  numbers.set(met, number);
  return number;
}
