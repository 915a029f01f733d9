import { type Node, nameOf } from "./parse.ts";

/** What an expression says that stands for one value, however that is written; undefined for other nodes. */
export function literalWord(node: Node): readonly unknown[] | undefined {
  switch (node.type) {
    case "BigIntLiteral":
      return ["bigint", String(BigInt(String(node["value"])))];
    case "NumericLiteral":
      return ["number", String(node["value"])];
    case "StringLiteral":
      return ["string", String(node["value"])];
    case "Directive":
      return ["directive", String((node["value"] as Node)["value"])];
    case "MetaProperty":
      return ["meta", nameOf(node["meta"]), nameOf(node["property"])];
    default:
      return undefined;
  }
}
