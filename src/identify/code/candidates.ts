import type { ModuleTree } from "./module-summary.ts";
import {
  childrenOf,
  isClass,
  isErased,
  isFunction,
  isNode,
  keyOf,
  type Node,
  nameOf,
  stringOf,
  unwrapped,
} from "./parse.ts";
import { blockScope, bodyScope, parameterScope, type Scope } from "./scope.ts";

/** A function as the text of a module has it, with the scope that it stands in. */
export type FoundFunction =
  /** A function, or an expression whose value it is. */
  | {
      readonly as: "node";
      readonly node: Node;
      readonly scope: Scope;
      /** The class whose method it is, where it may use other members. */
      readonly within?: Node;
      /** Whether the function's own code is seen there. */
      readonly followed: boolean;
    }
  /** A name at the top of the module: a declaration there, or an import. */
  | { readonly as: "name"; readonly name: string; readonly node: Node };

/** A function that a module may make cacheable. */
export interface Candidate {
  readonly found: FoundFunction;
  /** The name under which it is cached; undefined where the text does not tell. */
  readonly name: string | undefined;
  /** How sure it is that this is made cacheable: by `cacheable` itself, or by a function that may call it. */
  readonly by: "cacheable" | "some call" | "nothing";
  /** Whether that is done when the module is loaded, and not by a function. */
  readonly atTop: boolean;
  /** Lines on which that is done. */
  readonly lines: { readonly from: number; readonly to: number };
}

/** What a module may make cacheable, in the order of its text. */
export function candidatesIn(tree: ModuleTree): readonly Candidate[] {
  const finder = new Finder(tree);
  finder.walk(tree.program, tree.names.scope);
  return finder.candidates;
}

class Finder {
  readonly candidates: Candidate[] = [];
  readonly #tree: ModuleTree;
  /** The class that is being walked through. */
  #class: Node | undefined;
  /** How many functions the walk is in. */
  #depth = 0;

  constructor(tree: ModuleTree) {
    this.#tree = tree;
  }

  walk(given: Node, outer: Scope): void {
    const node = unwrapped(given);
    if (isErased(node)) return;
    if (isFunction(node)) this.#walkFunction(node, outer);
    else this.#walkOther(node, outer);
  }

  #walkFunction(node: Node, outer: Scope): void {
    this.#takeAlone(node, outer);
    this.#depth += 1;
    const parameters = parameterScope(node, outer);
    for (const parameter of node["params"] as readonly Node[]) this.walk(parameter, parameters);
    const body = node["body"] as Node;
    if (body.type !== "BlockStatement") this.walk(body, parameters);
    else {
      const scope = bodyScope(body, parameters);
      for (const statement of body["body"] as readonly Node[]) this.walk(statement, scope);
    }
    this.#depth -= 1;
    for (const decorator of (node["decorators"] ?? []) as readonly Node[]) this.#takeDecorator(node, decorator, outer);
  }

  #walkOther(node: Node, outer: Scope): void {
    const scope = node.type === "Program" ? outer : (blockScope(node, outer) ?? outer);
    if (node.type === "CallExpression") this.#takeCall(node, scope);
    const around = this.#class;
    if (isClass(node)) this.#class = node;
    for (const child of childrenOf(node)) this.walk(child, scope);
    this.#class = around;
  }

  #add(node: Node, candidate: Omit<Candidate, "atTop" | "lines">): void {
    const lines = { from: node.loc.start.line, to: node.loc.end.line };
    this.candidates.push({ ...candidate, atTop: this.#depth === 0, lines });
  }

  /** A function that nothing is done with here: another module may make it cacheable. */
  #takeAlone(node: Node, scope: Scope): void {
    const name = node.type === "FunctionDeclaration" ? nameOf(node["id"]) : undefined;
    if (name === undefined) return;
    const top = scope === this.#tree.names.scope;
    const found: FoundFunction = top ? { as: "name", name, node } : { as: "node", node, scope, followed: true };
    this.#add(node, { found, name, by: "nothing" });
  }

  #takeDecorator(method: Node, decorator: Node, scope: Scope): void {
    const expression = unwrapped(decorator["expression"] as Node);
    if (!this.#isCacheable(expression, scope)) return;
    const options =
      expression.type === "CallExpression" ? optionsOf(expression["arguments"] as readonly Node[]) : undefined;
    const name = options === undefined ? undefined : nameOption(options);
    const within = this.#class === undefined || !usesThis(method) ? {} : { within: this.#class };
    this.#add(method, {
      found: { as: "node", node: method, scope, ...within, followed: true },
      name: name === "unknown" ? undefined : (name?.text ?? keyOf(method)),
      by: "cacheable",
    });
  }

  #takeCall(call: Node, scope: Scope): void {
    const callee = unwrapped(call["callee"] as Node);
    const args = call["arguments"] as readonly Node[];
    const by = this.#isCacheable(callee, scope) ? "cacheable" : "some call";
    const fn = args.at(-1);
    if (fn === undefined) return;
    const found = this.#functionAt(fn, scope, by);
    if (found === undefined) return;
    const options = args.length > 1 ? args[0] : this.#optionsBefore(callee, scope);
    const name = isNode(options) ? nameOption(unwrapped(options)) : undefined;
    // Whoever calls the function around says which function it is, and mostly its name with it.
    if (found.handedIn === true && typeof name !== "object") return;
    this.#add(call, {
      found: found.found,
      name: name === "unknown" ? undefined : (name?.text ?? found.name),
      by,
    });
  }

  /** The function that an argument is, with its own name. */
  #functionAt(
    argument: Node,
    scope: Scope,
    by: "cacheable" | "some call",
  ): { readonly found: FoundFunction; readonly name: string | undefined; readonly handedIn?: true } | undefined {
    const node = unwrapped(argument);
    if (isFunction(node)) return { found: { as: "node", node, scope, followed: true }, name: nameOf(node["id"]) };
    const name = nameOf(node);
    const binding = name === undefined ? undefined : scope.find(name);
    if (name !== undefined && binding !== undefined) {
      if (binding.scope === this.#tree.names.scope) {
        const imported = this.#tree.names.imports.get(name);
        const own = imported === undefined ? name : imported.name;
        return { found: { as: "name", name, node: binding.node }, name: own === "default" ? undefined : own };
      }
      if (binding.kind === "parameter") {
        return { found: { as: "node", node, scope, followed: false }, name: undefined, handedIn: true };
      }
      return { found: { as: "node", node: binding.node, scope: binding.scope, followed: true }, name };
    }
    // An object's method, or what another function made.
    if (by !== "cacheable" || isData(node) || isClass(node)) return undefined;
    const method = node.type === "MemberExpression" ? keyOf(node, "property") : undefined;
    return { found: { as: "node", node, scope, followed: node.type === "MemberExpression" }, name: method };
  }

  /** Whether an expression is `cacheable`, `cacheable(options)`, or a variable that holds that. */
  #isCacheable(given: Node, scope: Scope): boolean {
    const node = unwrapped(given);
    if (node.type === "CallExpression") {
      const args = node["arguments"] as readonly Node[];
      const [first] = args;
      const wraps = first === undefined || (args.length === 1 && !isFunction(unwrapped(first)));
      return wraps && this.#isCacheable(node["callee"] as Node, scope);
    }
    if (node.type === "MemberExpression") return keyOf(node, "property") === "cacheable";
    const name = nameOf(node);
    if (name === undefined) return false;
    const binding = scope.find(name);
    if (binding === undefined) return name === "cacheable";
    if (binding.kind === "import")
      return name === "cacheable" || this.#tree.names.imports.get(name)?.name === "cacheable";
    const init = binding.node["init"];
    return isNode(init) && unwrapped(init).type === "CallExpression" && this.#isCacheable(init, binding.scope);
  }

  /** The options of a wrapper: `cacheable(options)(fn)`, or `wrap(fn)`. */
  #optionsBefore(callee: Node, scope: Scope): Node | undefined {
    if (callee.type === "CallExpression") return optionsOf(callee["arguments"] as readonly Node[]);
    const binding = scope.find(nameOf(callee) ?? "");
    const init = binding?.node["init"];
    if (!isNode(init)) return undefined;
    const value = unwrapped(init);
    return value.type === "CallExpression" ? optionsOf(value["arguments"] as readonly Node[]) : undefined;
  }
}

function optionsOf(args: readonly Node[]): Node | undefined {
  const [first] = args;
  return first === undefined ? undefined : unwrapped(first);
}

/** The option `name`: its text, or that there is one that cannot be read; undefined where there is none. */
function nameOption(options: Node): { readonly text: string } | "unknown" | undefined {
  if (options.type !== "ObjectExpression") return undefined;
  for (const property of options["properties"] as readonly Node[]) {
    if (property.type !== "ObjectProperty" || keyOf(property) !== "name") continue;
    const text = stringOf(unwrapped(property["value"] as Node));
    return text === undefined ? "unknown" : { text };
  }
  return undefined;
}

/** Whether a method may lead to other members of its object or class. */
function usesThis(node: Node): boolean {
  if (node.type === "ThisExpression" || node.type === "Super" || node.type === "PrivateName") return true;
  return childrenOf(node).some(usesThis);
}

function isData(node: Node): boolean {
  return node.type.endsWith("Literal") || node.type === "ObjectExpression" || node.type === "ArrayExpression";
}
