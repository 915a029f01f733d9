import { keyOf, type Node, nameOf, unwrapped } from "./parse.ts";

/**
 * Whether a function that is called is `cacheable`, by its name. `cacheable(…)` runs nothing: the function in it is
 * called later, and with copies of its arguments.
 */
export function isCacheableName(callee: Node): boolean {
  const inner = unwrapped(callee);
  if (inner.type === "CallExpression") return isCacheableName(inner["callee"] as Node);
  return (
    nameOf(inner) === "cacheable" || (inner.type === "MemberExpression" && keyOf(inner, "property") === "cacheable")
  );
}
