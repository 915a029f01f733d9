import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type * as Acorn from "acorn";
import { ScalableError } from "../errors.ts";

/** What can be read off a function's own text. */
export interface FunctionSource {
  /** Names of the parameters in their order. */
  readonly parameters: readonly Parameter[];
  /** Whether the body, its arrow functions included, mentions `this` or `super`. */
  readonly usesThis: boolean;
  /** Whether it mentions `arguments`. */
  readonly usesArguments: boolean;
  /** The syntax tree without positions, comments and the spelling of literals, as plain values. */
  readonly tree: unknown;
}

export interface Parameter {
  /** The name; its place (`"0"`, `"1"`, …) where the parameter is destructured. */
  readonly name: string;
  readonly named: boolean;
  readonly rest: boolean;
}

type Node = { readonly type: string } & Readonly<Record<string, unknown>>;

// The parser takes some milliseconds to load, and a process whose functions all hit under `code: "name"` needs it once.
let loaded: typeof Acorn | undefined;
function acorn(): typeof Acorn {
  loaded ??= createRequire(import.meta.url)("acorn") as typeof Acorn;
  return loaded;
}

const OPTIONS: Acorn.Options = {
  ecmaVersion: "latest",
  sourceType: "module",
  allowAwaitOutsideFunction: true,
  allowSuperOutsideMethod: true,
  allowReturnOutsideFunction: true,
  // A method is read without its class.
  checkPrivateFields: false,
};

/**
 * The text of a function can be that of an expression, of a method or of a sloppy-mode function, and only the first
 * parses as it is.
 */
const WRAPPINGS: readonly ((text: string) => string)[] = [
  (text) => `(${text}\n)`,
  (text) => `({ ${text}\n})`,
  (text) => `(class extends null { ${text}\n})`,
  (text) => `(class extends null { static ${text}\n})`,
];

function parse(text: string): Node | undefined {
  for (const sourceType of ["module", "script"] as const) {
    for (const wrap of WRAPPINGS) {
      try {
        return acorn().parse(wrap(text), { ...OPTIONS, sourceType }) as unknown as Node;
      } catch {
        // The next wrapping may fit; where none does, the caller says so.
      }
    }
  }
  return undefined;
}

/**
 * Reads a function's text.
 *
 * @throws ScalableError with `E_FUNCTION` where there is no text to read (native and bound functions), or none that
 * can be parsed.
 */
export function readFunction(fn: (...args: never[]) => unknown, name: string): FunctionSource {
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}$/.test(text)) {
    throw new ScalableError(
      "E_FUNCTION",
      `The function "${name}" has no source text (it is native, or made by bind), so a change of it could not be noticed. Wrap it in a function of your own.`,
      { functionName: name },
    );
  }
  const program = parse(text);
  const found = program === undefined ? undefined : findFunction(program);
  if (found === undefined) {
    throw new ScalableError(
      "E_FUNCTION",
      `The text of the function "${name}" cannot be parsed, so a change of it could not be noticed. Its text begins: ${text.slice(0, 80)}`,
      { functionName: name },
    );
  }
  const params = Array.isArray(found["params"]) ? (found["params"] as readonly Node[]) : [];
  const mentions = { usesThis: false, usesArguments: false };
  scan(found["params"], mentions);
  scan(found["body"], mentions);
  return { parameters: params.map(readParameter), ...mentions, tree: treeOf({ ...found, id: null }) };
}

/** A digest of what a function does by its own text; of the text itself, where it cannot be read. */
export function codeDigest(fn: (...args: never[]) => unknown): string {
  let code: string;
  try {
    const literal = (_: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);
    code = JSON.stringify(readFunction(fn, fn.name).tree, literal);
  } catch {
    code = Function.prototype.toString.call(fn);
  }
  return createHash("sha256").update(code).digest("hex").slice(0, 32);
}

/** The outermost function of a parsed text. */
function findFunction(node: unknown): Node | undefined {
  if (!isNode(node)) return undefined;
  if (/Function/.test(node.type)) return node;
  // A computed name of a method may hold functions too, and comes first.
  const method = node.type === "Property" || node.type === "MethodDefinition" || node.type === "PropertyDefinition";
  for (const child of method ? [node["value"]] : childrenOf(node)) {
    const found = findFunction(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readParameter(node: Node, place: number): Parameter {
  const rest = node.type === "RestElement";
  const inner = rest ? node["argument"] : node.type === "AssignmentPattern" ? node["left"] : node;
  const name = isNode(inner) && inner.type === "Identifier" ? String(inner["name"]) : undefined;
  return { name: name ?? String(place), named: name !== undefined, rest };
}

/*
 * The walks below keep their own stack: a sum of a few thousand terms, as generated code has it, nests as deep, and the
 * engine's own stack is too small for it.
 */

/** Looks for `this` and `arguments` that belong to the function itself: arrow functions share them, others do not. */
function scan(root: unknown, mentions: { usesThis: boolean; usesArguments: boolean }): void {
  const waiting = [root];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (Array.isArray(part)) for (const member of part) waiting.push(member);
    if (!isNode(part) || part.type === "FunctionExpression" || part.type === "FunctionDeclaration") continue;
    if (part.type === "ThisExpression" || part.type === "Super") mentions.usesThis = true;
    if (part.type === "Identifier" && part["name"] === "arguments") mentions.usesArguments = true;
    // A direct eval sees both.
    if (part.type === "CallExpression" && isNode(part["callee"]) && part["callee"]["name"] === "eval") {
      mentions.usesThis = true;
      mentions.usesArguments = true;
    }
    for (const child of childrenOf(part)) waiting.push(child);
  }
}

function childrenOf(node: Node): readonly unknown[] {
  return Object.values(node).flatMap((field) => (Array.isArray(field) || isNode(field) ? field : []));
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

const WITHOUT_MEANING = new Set(["type", "start", "end", "loc", "range", "sourceFile"]);

function treeOf(root: unknown): unknown {
  const result: unknown[] = [];
  const waiting: { readonly part: unknown; readonly target: object; readonly place: PropertyKey }[] = [];
  waiting.push({ part: root, target: result, place: 0 });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, target, place } = next;
    let converted: unknown = part;
    if (part instanceof RegExp)
      converted = null; // its pattern and flags stand beside it
    else if (typeof part === "object" && part !== null) {
      converted = Array.isArray(part) || isNode(part) ? [] : {};
      const fields = isNode(part) ? fieldsOf(part) : Object.entries(part);
      for (const [name, content] of fields) waiting.push({ part: content, target: converted as object, place: name });
    }
    Reflect.set(target, place, converted);
  }
  return result[0];
}

/** A node's type, and the names and contents of its fields in the order of their names; each at its place in an array. */
function fieldsOf(node: Node): [PropertyKey, unknown][] {
  const names = Object.keys(node).filter(
    (name) => !WITHOUT_MEANING.has(name) && !(node.type === "Literal" && name === "raw"),
  );
  return [node.type, ...names.sort().flatMap((name) => [name, node[name]])].map((content, place) => [place, content]);
}

/** What TypeScript, esbuild, Babel and SWC make of private fields. */
const COMPILED_PRIVATE = /classPrivateField|class_private_field|__private(?:Get|Set|Add|In|Method|Wrapper)\b/;

const privateState = new Map<string, boolean>();

/** Whether a class, by its text, has fields that cannot be seen from outside: `#field`, or what compilers make of it. */
export function hasPrivateState(classText: string): boolean {
  if (COMPILED_PRIVATE.test(classText)) return true;
  if (!/#[\p{ID_Start}$_]/u.test(classText)) return false;
  const id = createHash("sha256").update(classText).digest("base64");
  let verdict = privateState.get(id);
  if (verdict === undefined) {
    const tree = parse(classText);
    // Where it cannot be parsed, the text has a `#name` somewhere, and a wrong guess would be a wrong key.
    verdict = tree === undefined || declaresPrivateField(tree);
    privateState.set(id, verdict);
  }
  return verdict;
}

function declaresPrivateField(node: unknown): boolean {
  if (!isNode(node)) return false;
  if (node.type === "PropertyDefinition" || node.type === "AccessorProperty") {
    if (isNode(node["key"]) && node["key"].type === "PrivateIdentifier" && node["static"] !== true) return true;
  }
  return childrenOf(node).some(declaresPrivateField);
}
