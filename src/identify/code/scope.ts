import { childrenOf, isErased, isNode, type Node, nameOf } from "./parse.ts";

/** How a name came to be. */
export type BindingKind = "import" | "const" | "let" | "var" | "parameter" | "function" | "class" | "enum" | "caught";

/** A name and what it stands for. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** The declarator, function, class or pattern that declares it. */
  readonly node: Node;
  readonly scope: Scope;
}

/** The names that a piece of the text declares, and those around it. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly bindings = new Map<string, Binding>();
  /** The statements of the block, where it is one. */
  readonly statements: readonly Node[];

  constructor(parent: Scope | undefined, statements: readonly Node[] = []) {
    this.parent = parent;
    this.statements = statements;
  }

  declare(name: string, kind: BindingKind, node: Node): void {
    // A function and a namespace, or two enums, may share a name: the first one leads to the others by its module.
    if (!this.bindings.has(name)) this.bindings.set(name, { name, kind, node, scope: this });
  }

  find(name: string): Binding | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      if (binding !== undefined) return binding;
    }
    return undefined;
  }

  /** Whether this scope is `other` or lies in it. */
  isWithin(other: Scope): boolean {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (scope === other) return true;
    }
    return false;
  }
}

/** The identifiers that a pattern binds, in their order. */
export function boundIn(pattern: unknown): Node[] {
  if (!isNode(pattern)) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return (pattern["properties"] as readonly Node[]).flatMap((property) =>
        boundIn(property.type === "RestElement" ? property["argument"] : property["value"]),
      );
    case "ArrayPattern":
      return (pattern["elements"] as readonly unknown[]).flatMap(boundIn);
    case "AssignmentPattern":
      return boundIn(pattern["left"]);
    case "RestElement":
      return boundIn(pattern["argument"]);
    case "TSParameterProperty":
      return boundIn(pattern["parameter"]);
    default:
      return [];
  }
}

/** Declares what the statements of a block declare for the whole block: `let`, `const`, classes, functions. */
export function declareLexical(scope: Scope, statements: readonly Node[]): void {
  for (const statement of statements) {
    const declaration = declarationOf(statement);
    if (declaration === undefined || isErased(declaration)) continue;
    const name = nameOf(declaration["id"]);
    if (declaration.type === "VariableDeclaration" && declaration["kind"] !== "var")
      declareVariables(scope, declaration);
    else if (name === undefined) continue;
    else if (declaration.type === "FunctionDeclaration") scope.declare(name, "function", declaration);
    else if (declaration.type === "ClassDeclaration") scope.declare(name, "class", declaration);
    else if (declaration.type === "TSEnumDeclaration" || declaration.type === "TSModuleDeclaration")
      scope.declare(name, "enum", declaration);
    else if (declaration.type === "TSImportEqualsDeclaration") scope.declare(name, "const", declaration);
  }
}

/** What a `var` may stand in and still be one of the function or module around. */
const HOLDS_STATEMENTS = new Set(
  (
    "BlockStatement CatchClause DoWhileStatement ExportNamedDeclaration ForInStatement ForOfStatement ForStatement " +
    "IfStatement LabeledStatement SwitchCase SwitchStatement TryStatement WhileStatement WithStatement"
  ).split(" "),
);

/** Declares the `var`s of a function or module, however deep in blocks they stand. */
export function declareVars(scope: Scope, node: Node): void {
  if (node.type === "VariableDeclaration" && node["kind"] === "var" && !isErased(node)) declareVariables(scope, node);
  if (HOLDS_STATEMENTS.has(node.type)) for (const child of childrenOf(node)) declareVars(scope, child);
}

function declareVariables(scope: Scope, declaration: Node): void {
  const kind = declaration["kind"] === "var" ? "var" : declaration["kind"] === "let" ? "let" : "const";
  for (const declarator of declaration["declarations"] as readonly Node[]) {
    for (const identifier of boundIn(declarator["id"])) scope.declare(String(identifier["name"]), kind, declarator);
  }
}

/** The declaration that a statement makes, exported or not. */
export function declarationOf(statement: Node): Node | undefined {
  if (statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration") {
    const { declaration } = statement as { readonly declaration?: unknown };
    return isNode(declaration) ? declaration : undefined;
  }
  return statement;
}

/** The scope of a function's parameters, in which its own name stands too. */
export function parameterScope(fn: Node, outer: Scope): Scope {
  const scope = new Scope(outer);
  const name = fn.type === "FunctionExpression" ? nameOf(fn["id"]) : undefined;
  if (name !== undefined) scope.declare(name, "function", fn);
  const own = new Scope(scope);
  for (const parameter of fn["params"] as readonly Node[]) {
    for (const identifier of boundIn(parameter)) own.declare(String(identifier["name"]), "parameter", parameter);
  }
  // An arrow function has those of the function around it.
  if (fn.type !== "ArrowFunctionExpression") own.declare("arguments", "parameter", fn);
  return own;
}

/** The scope of a function's body. */
export function bodyScope(body: Node, parameters: Scope): Scope {
  const statements = (body["body"] ?? []) as readonly Node[];
  const scope = new Scope(parameters, statements);
  for (const statement of statements) declareVars(scope, statement);
  declareLexical(scope, statements);
  return scope;
}

/** The scope that a node opens for what is in it, functions apart; undefined where it opens none. */
export function blockScope(node: Node, outer: Scope): Scope | undefined {
  switch (node.type) {
    case "BlockStatement":
    case "TSModuleBlock":
    case "Program": {
      const scope = new Scope(outer, node["body"] as readonly Node[]);
      declareLexical(scope, node["body"] as readonly Node[]);
      if (node.type === "TSModuleBlock")
        for (const member of node["body"] as readonly Node[]) declareVars(scope, member);
      return scope;
    }
    case "StaticBlock": {
      const scope = new Scope(outer, node["body"] as readonly Node[]);
      for (const statement of node["body"] as readonly Node[]) declareVars(scope, statement);
      declareLexical(scope, node["body"] as readonly Node[]);
      return scope;
    }
    case "SwitchStatement": {
      const branches = (node["cases"] as readonly Node[]).map((branch) => branch["consequent"] as readonly Node[]);
      const scope = new Scope(outer, branches.flat());
      for (const statements of branches) declareLexical(scope, statements);
      return scope;
    }
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement": {
      const head = node[node.type === "ForStatement" ? "init" : "left"];
      const scope = new Scope(outer);
      if (isNode(head)) declareLexical(scope, [head]);
      return scope;
    }
    case "CatchClause": {
      const scope = new Scope(outer);
      for (const identifier of boundIn(node["param"])) scope.declare(String(identifier["name"]), "caught", node);
      return scope;
    }
    case "ClassExpression": {
      const name = nameOf(node["id"]);
      if (name === undefined) return undefined;
      const scope = new Scope(outer);
      scope.declare(name, "class", node);
      return scope;
    }
    case "TSEnumDeclaration": {
      const scope = new Scope(outer);
      for (const member of enumMembers(node)) {
        const id = member["id"];
        if (isNode(id)) scope.declare(String(id["name"] ?? id["value"]), "enum", member);
      }
      return scope;
    }
    default:
      return undefined;
  }
}

function enumMembers(node: Node): readonly Node[] {
  const members = node["members"] ?? (isNode(node["body"]) ? node["body"]["members"] : []);
  return members as readonly Node[];
}
