import { isMember, isNode, keyOf, type Node, nameOf, stringOf, unwrapped } from "./parse.ts";
import type { Binding, Scope } from "./scope.ts";
import type { ModuleNames, Ref } from "./skeleton.ts";

/** What an expression is as a whole. */
export interface Reference {
  readonly ref: Ref;
  /** The members that are read of what the reference is to, as they are written: `?.name` where that is optional. */
  readonly said: readonly string[];
}

/** A variable of a pattern, and the export of another module that it gets. */
export interface TakenMember {
  readonly ref: Ref;
  readonly target: Node;
}

/** What names and expressions of a module stand for outside of a piece of it. */
export class Imported {
  readonly #names: ModuleNames;

  constructor(names: ModuleNames) {
    this.#names = names;
  }

  /** The reference that an expression or declaration is as a whole; undefined for others. */
  reference(node: Node, scope: Scope): Reference | undefined {
    if (isMember(node)) return this.member(node, scope);
    const ref = this.#whole(node, scope);
    return ref && { ref, said: [] };
  }

  #whole(node: Node, scope: Scope): Ref | undefined {
    switch (node.type) {
      case "Identifier":
      case "JSXIdentifier": {
        const binding = scope.find(String(node["name"]));
        return binding && this.atTop(binding);
      }
      case "CallExpression":
      case "OptionalCallExpression":
      case "NewExpression":
        return this.required(node, scope);
      case "ImportExpression":
        return allOf(node["source"]);
      case "TSImportEqualsDeclaration":
        // `import name = require("…")` of TypeScript
        return allOf((node["moduleReference"] as Node)["expression"]);
      default:
        return undefined;
    }
  }

  /** The reference that a name at the top of the module stands for; undefined for a local one. */
  atTop(binding: Binding): Ref | undefined {
    const { scope, only } = this.#names;
    if (binding.scope !== scope || only?.has(binding) === false) return undefined;
    const imported = this.#names.imports.get(binding.name);
    return imported === undefined ? { to: "binding", name: binding.name } : { to: "import", ...imported };
  }

  /** What `imported.a.b` is; undefined where it does not begin with an import, or a member's name is not in the text. */
  member(node: Node, scope: Scope): Reference | undefined {
    const members: string[] = [];
    const said: string[] = [];
    let object = node;
    while (isMember(object)) {
      const property = keyOf(object, "property");
      if (property === undefined) return undefined;
      members.unshift(property);
      said.unshift(object["optional"] === true ? `?.${property}` : property);
      object = unwrapped(object["object"] as Node);
    }
    const imported = this.#importOf(object, scope);
    if (imported === undefined) return undefined;
    if (imported.name !== "*") return { ref: { to: "import", ...imported, members }, said };
    const [name = "", ...rest] = members;
    const ref: Ref = { to: "import", specifier: imported.specifier, name };
    return { ref: rest.length === 0 ? ref : { ...ref, members: rest }, said: said.slice(1) };
  }

  #importOf(node: Node, scope: Scope): { readonly specifier: string; readonly name: string } | undefined {
    const namespace = this.namespace(node, scope);
    return namespace === undefined ? this.#importNamed(node, scope) : { specifier: namespace, name: "*" };
  }

  #importNamed(node: Node, scope: Scope): { readonly specifier: string; readonly name: string } | undefined {
    const name = nameOf(node);
    if (name === undefined || scope.find(name)?.scope !== this.#names.scope) return undefined;
    return this.#names.imports.get(name);
  }

  /** The specifier of the module that an expression is all exports of: `ns`, or `(await import("./x"))`. */
  namespace(node: Node, scope: Scope): string | undefined {
    if (node.type === "AwaitExpression") {
      const argument = unwrapped(node["argument"] as Node);
      return argument.type === "ImportExpression" ? stringOf(argument["source"]) : undefined;
    }
    const imported = this.#importNamed(node, scope);
    return imported?.name === "*" ? imported.specifier : undefined;
  }

  /**
   * The variables of `const { a, b } = namespace`, or `= await import("./x")`, where only `a` and `b` count; undefined
   * where all of the module does.
   */
  takenMembers(id: unknown, init: Node, scope: Scope): readonly TakenMember[] | undefined {
    if (!isNode(id) || id.type !== "ObjectPattern") return undefined;
    const specifier = this.namespace(unwrapped(init), scope);
    if (specifier === undefined) return undefined;
    const taken: TakenMember[] = [];
    for (const property of id["properties"] as readonly Node[]) {
      const name = property.type === "ObjectProperty" ? keyOf(property) : undefined;
      if (name === undefined) return undefined;
      taken.push({ ref: { to: "import", specifier, name }, target: property["value"] as Node });
    }
    return taken;
  }

  /** Whether a function that is called is the `require` of CommonJS, or one that `createRequire` made. */
  isRequire(callee: Node, scope: Scope): boolean {
    const name = nameOf(callee);
    if (name === undefined) return this.#makesRequire(callee, scope);
    const binding = scope.find(name);
    if (binding === undefined) return name === "require";
    const init = binding.node["init"];
    return isNode(init) && this.#makesRequire(unwrapped(init), scope);
  }

  #makesRequire(node: Node, scope: Scope): boolean {
    if (node.type !== "CallExpression") return false;
    const callee = unwrapped(node["callee"] as Node);
    if (callee.type === "MemberExpression") return keyOf(callee, "property") === "createRequire";
    return (this.#importNamed(callee, scope)?.name ?? nameOf(callee)) === "createRequire";
  }

  /** The module that `require("./x")` gives; undefined for other calls. */
  required(call: Node, scope: Scope): Ref | undefined {
    const [first] = call["arguments"] as readonly Node[];
    return this.isRequire(unwrapped(call["callee"] as Node), scope) ? allOf(first) : undefined;
  }
}

/** All exports of the module that a specifier in the text names. */
function allOf(node: unknown): Ref | undefined {
  const specifier = stringOf(node);
  return specifier === undefined ? undefined : { to: "import", specifier, name: "*" };
}
