import { isGlobal } from "./globals.ts";
import type { Imported } from "./imported.ts";
import { isMember, type Node, nameOf, unwrapped } from "./parse.ts";
import type { Scope } from "./scope.ts";

const EVAL: ReadonlySet<string> = new Set(["eval"]);
const MAKES_CODE: ReadonlySet<string> = new Set(["eval", "Function"]);

/** Why the text of an expression that is no reference does not tell what it leads to; undefined where it does. */
export function unseenIn(node: Node, imported: Imported, scope: Scope): string | undefined {
  if (isMember(node)) {
    const object = unwrapped(node["object"] as Node);
    if (imported.namespace(object, scope) === undefined) return undefined;
    return `which member of ${nameOf(object) ?? "the module"} is meant is not to be seen from the text, so all of its exports count. Name the member`;
  }
  if (node.type === "ImportExpression") return unseenModule("imported");
  if (!isCall(node)) return undefined;
  const callee = unwrapped(node["callee"] as Node);
  if ((node["arguments"] as readonly Node[]).length > 0 && imported.isRequire(callee, scope))
    return unseenModule("required");
  if (!isGlobal(callee, MAKES_CODE, scope)) return undefined;
  return `code that ${nameOf(callee)} makes is not to be seen from the text. Say what it is in "version"`;
}

function unseenModule(loaded: "imported" | "required"): string {
  return `which module is ${loaded} is not to be seen from the text. Name the modules that it may be in "dependsOn"`;
}

/** Whether a call is a direct `eval`, which sees the names of the variables around it. */
export function callsEval(call: Node, scope: Scope): boolean {
  return call.type !== "NewExpression" && isGlobal(unwrapped(call["callee"] as Node), EVAL, scope);
}

function isCall(node: Node): boolean {
  return node.type === "CallExpression" || node.type === "OptionalCallExpression" || node.type === "NewExpression";
}
