import type { Findings } from "./findings.ts";
import { globalBelow, globalMember } from "./globals.ts";
import type { Imported } from "./imported.ts";
import { childrenOf, type Node, nameOf, unwrapped } from "./parse.ts";
import type { Scope } from "./scope.ts";
import type { Values } from "./values.ts";

/** What assignments write to. */
export class Assignments {
  readonly #values: Values;
  readonly #imported: Imported;
  readonly #findings: Findings;

  constructor(values: Values, imported: Imported, findings: Findings) {
    this.#values = values;
    this.#imported = imported;
    this.#findings = findings;
  }

  /** `target = value` */
  take(target: Node, value: Node, scope: Scope): void {
    this.write(target, scope);
    this.#values.assign(target, value, scope);
    this.#keep(target, value, scope);
  }

  /** Says that something gets another value. */
  write(given: Node, scope: Scope): void {
    const target = unwrapped(given);
    switch (target.type) {
      case "ObjectPattern":
      case "ArrayPattern":
      case "AssignmentPattern":
      case "RestElement":
        for (const child of childrenOf(target)) this.write(child, scope);
        return;
      case "ObjectProperty":
        this.write(target["value"] as Node, scope);
        return;
      case "Identifier":
        this.#writeName(String(target["name"]), scope);
        return;
      case "MemberExpression":
        this.#writeMember(target, scope);
        return;
      default:
    }
  }

  #writeName(name: string, scope: Scope): void {
    const { globals, writes } = this.#findings.effects;
    const binding = scope.find(name);
    const ref = binding && this.#imported.atTop(binding);
    if (binding === undefined) globals.add(name);
    else if (ref !== undefined) writes.push({ ref: this.#findings.placeOf(ref) });
  }

  #writeMember(target: Node, scope: Scope): void {
    const { globals, writes } = this.#findings.effects;
    const member = globalMember(target, scope);
    if (member !== undefined) {
      globals.add(member);
      return;
    }
    const object = unwrapped(target["object"] as Node);
    writes.push(...this.#values.of(object, scope));
    const global = globalBelow(object, scope);
    if (global !== undefined) globals.add(global);
  }

  /** What is kept somewhere outside may be written to from there. */
  #keep(target: Node, value: Node, scope: Scope): void {
    const name = nameOf(unwrapped(target));
    const binding = name === undefined ? undefined : scope.find(name);
    if (binding !== undefined && this.#imported.atTop(binding) === undefined) return;
    const { hands } = this.#findings.effects;
    for (const held of this.#values.of(value, scope)) hands.push({ value: held, callee: undefined, place: 0 });
  }
}
