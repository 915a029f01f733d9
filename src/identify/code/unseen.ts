import { globalMember, isGlobal } from "./globals.ts";
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
  const maker = makerOfCode(callee, imported, scope);
  if (maker === undefined) return undefined;
  return `code that ${maker} makes is not to be seen from the text. Say what it is in "version"`;
}

/** The name of a function that makes code of a text: `eval`, however it is called, and those of `node:vm`. */
function makerOfCode(callee: Node, imported: Imported, scope: Scope): string | undefined {
  if (callee.type === "SequenceExpression")
    return makerOfCode(unwrapped((callee["expressions"] as readonly Node[]).at(-1) as Node), imported, scope);
  if (isGlobal(callee, MAKES_CODE, scope)) return nameOf(callee);
  const member = isMember(callee) ? globalMember(callee, scope) : undefined;
  if (member !== undefined && MAKES_CODE.has(member)) return member;
  const ref = imported.reference(callee, scope)?.ref;
  return ref?.to === "import" && /^(?:node:)?vm$/.test(ref.specifier) ? "node:vm" : undefined;
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
