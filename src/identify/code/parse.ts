import { createRequire } from "node:module";
import path from "node:path";
import type * as Babel from "@babel/parser";

/** A node of the syntax tree, whatever its type. */
export type Node = {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly loc: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
} & Readonly<Record<string, unknown>>;

// The parser takes some 20 ms to load, and a process in which nothing has changed does without it.
let loaded: typeof Babel | undefined;
function babel(): typeof Babel {
  loaded ??= createRequire(import.meta.url)("@babel/parser") as typeof Babel;
  return loaded;
}

const SYNTAX: Readonly<Record<string, readonly Babel.ParserPlugin[]>> = {
  ".ts": ["typescript"],
  ".mts": ["typescript"],
  ".cts": ["typescript"],
  ".tsx": ["typescript", "jsx"],
  ".js": ["jsx"],
  ".jsx": ["jsx"],
  ".mjs": [],
  ".cjs": [],
};

const COMMON: readonly Babel.ParserPlugin[] = ["decorators", "decoratorAutoAccessors", "explicitResourceManagement"];

/** Whether files of this name hold code that can be read. */
export function isCode(file: string): boolean {
  return Object.hasOwn(SYNTAX, path.extname(file));
}

/**
 * The statements of a module or script.
 *
 * @throws SyntaxError where it cannot be parsed.
 */
export function parseModule(text: string, file: string): Node {
  const plugins = [...(SYNTAX[path.extname(file)] ?? []), ...COMMON];
  const options: Babel.ParserOptions = {
    sourceType: "unambiguous",
    plugins: [...plugins],
    attachComment: false,
    createImportExpressions: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    allowNewTargetOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowUndeclaredExports: true,
  };
  return babel().parse(text, options).program as unknown as Node;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Fields that say where something stands, how it is spelled, or of which type it is: not what it does. */
const WITHOUT_MEANING = new Set([
  "type",
  "start",
  "end",
  "loc",
  "range",
  "extra",
  "leadingComments",
  "trailingComments",
  "innerComments",
  "shorthand",
  "typeAnnotation",
  "typeParameters",
  "typeArguments",
  "superTypeParameters",
  "returnType",
  "implements",
  "accessibility",
  "readonly",
  "override",
  "abstract",
  "declare",
  "definite",
  "importKind",
  "exportKind",
  "interpreter",
  "predicate",
]);

/** Wrappers around an expression that only the type checker sees. */
const TRANSPARENT = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "ParenthesizedExpression",
]);

const RUNTIME_TYPESCRIPT = new Set([
  "TSEnumDeclaration",
  "TSEnumBody",
  "TSEnumMember",
  "TSModuleDeclaration",
  "TSModuleBlock",
  "TSParameterProperty",
  "TSImportEqualsDeclaration",
  "TSExternalModuleReference",
  "TSExportAssignment",
]);

/** The expression without what only the type checker sees. */
export function unwrapped(node: Node): Node {
  let inner = node;
  while (TRANSPARENT.has(inner.type) && isNode(inner["expression"])) inner = inner["expression"];
  return inner;
}

/** Whether a node is nothing at run time: a type, a declaration for the type checker, an empty statement. */
export function isErased(node: Node): boolean {
  if (node.type === "EmptyStatement") return true;
  if (node["declare"] === true) return true;
  // Overloads and abstract members have no body; an abstract field is not even defined.
  if (node["abstract"] === true && node.type !== "ClassDeclaration" && node.type !== "ClassExpression") return true;
  return node.type.startsWith("TS") && !TRANSPARENT.has(node.type) && !RUNTIME_TYPESCRIPT.has(node.type);
}

/** A field of a node that counts: a child, a list of children (null for a hole), or a plain value. */
export interface Field {
  readonly name: string;
  readonly value: Node | readonly (Node | null)[] | string | number | boolean;
}

/** What of a node counts: plain values first, then children in the order in which they stand in the text. */
export function fieldsOf(node: Node): Field[] {
  const fields: Field[] = [];
  for (const name of Object.keys(node)) {
    if (WITHOUT_MEANING.has(name)) continue;
    // In `a?.b` it has a meaning, in `b?: number` none.
    if (name === "optional" && !node.type.startsWith("Optional")) continue;
    const value = node[name];
    if (isNode(value)) fields.push({ name, value });
    else if (Array.isArray(value)) {
      if (value.length > 0) fields.push({ name, value: value as readonly (Node | null)[] });
    } else if (typeof value === "string" || typeof value === "number" || value === true) fields.push({ name, value });
  }
  return fields.sort((a, b) => positionOf(a) - positionOf(b) || (a.name < b.name ? -1 : 1));
}

function positionOf({ value }: Field): number {
  if (isNode(value)) return value.start;
  if (!Array.isArray(value)) return -1;
  return (value as readonly (Node | null)[]).find((member) => member !== null)?.start ?? -1;
}

/** The children of a node that count. */
export function childrenOf(node: Node): Node[] {
  return fieldsOf(node).flatMap(({ value }) =>
    isNode(value) ? [value] : Array.isArray(value) ? value.filter((member) => isNode(member)) : [],
  );
}

export function isFunction(node: Node): boolean {
  return FUNCTIONS.has(node.type);
}

const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ObjectMethod",
  "ClassMethod",
  "ClassPrivateMethod",
]);

export function isClass(node: Node): boolean {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}

export function isMember(node: Node): boolean {
  return node.type === "MemberExpression" || node.type === "OptionalMemberExpression";
}

/** The name of an identifier; undefined for any other node. */
export function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === "Identifier" ? String(node["name"]) : undefined;
}

/** The text of a string literal, or of a template without holes. */
export function stringOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "StringLiteral") return String(node["value"]);
  if (node.type !== "TemplateLiteral" || (node["expressions"] as unknown[]).length > 0) return undefined;
  const [only] = node["quasis"] as readonly Node[];
  return (only?.["value"] as { readonly cooked?: string } | undefined)?.cooked;
}

/** The name of a property or member, where it is one that the text tells. */
export function keyOf(node: Node, field: "key" | "property" = "key"): string | undefined {
  const key = node[field];
  if (!isNode(key)) return undefined;
  if (node["computed"] !== true) {
    if (key.type === "Identifier") return String(key["name"]);
    if (key.type === "NumericLiteral") return String(key["value"]);
    if (key.type === "BigIntLiteral") return String(BigInt(String(key["value"])));
  }
  return stringOf(key);
}
