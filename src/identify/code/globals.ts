import { keyOf, type Node, nameOf, unwrapped } from "./parse.ts";
import type { Scope } from "./scope.ts";

/** The object of all globals, by its names. */
export const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(["globalThis", "global"]);

/** Whether an expression is one of some names, and that of a global. */
export function isGlobal(node: Node, names: ReadonlySet<string>, scope: Scope): boolean {
  const name = nameOf(node);
  return name !== undefined && names.has(name) && scope.find(name) === undefined;
}

/** The global that a member is: `RATE` of `globalThis.RATE`. */
export function globalMember(member: Node, scope: Scope): string | undefined {
  return isGlobal(unwrapped(member["object"] as Node), GLOBAL_OBJECTS, scope) ? keyOf(member, "property") : undefined;
}

/** The global that a chain of members begins with: `Array` of `Array.prototype.sum`. */
export function globalBelow(node: Node, scope: Scope): string | undefined {
  let object = node;
  while (object.type === "MemberExpression") {
    const member = globalMember(object, scope);
    if (member !== undefined) return member;
    object = unwrapped(object["object"] as Node);
  }
  const name = nameOf(object);
  return name !== undefined && scope.find(name) === undefined ? name : undefined;
}
