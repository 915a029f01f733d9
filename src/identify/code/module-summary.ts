import { createHash } from "node:crypto";
import { isCacheableName } from "./cacheable-name.ts";
import { NO_EFFECTS } from "./effect-list.ts";
import { Imported } from "./imported.ts";
import {
  isErased,
  isFunction,
  isMember,
  isNode,
  type Node,
  nameOf,
  parseModule,
  stringOf,
  unwrapped,
} from "./parse.ts";
import { boundIn, declarationOf, declareLexical, declareVars, Scope } from "./scope.ts";
import { type ModuleNames, type Ref, type Skeleton, skeletonOf } from "./skeleton.ts";

/** A declaration at the top of a module, or a statement there. */
export interface Unit {
  /** The names that it declares, in their order; none for a statement. */
  readonly names: readonly string[];
  readonly line: number;
  /** What it is, as far as that decides whether others can write to it. */
  readonly kind: "function" | "cacheable" | "value" | "statement";
  readonly skeleton: Skeleton;
}

/** A name of another module; all of them where it is `*`. */
export interface ImportedName {
  readonly specifier: string;
  readonly name: string;
}

/** Where an export comes from: a name of the module itself, or another module. */
export type Exported = { readonly local: string } | ImportedName;

/** What other modules, and this one's functions, need to know of a module's text. */
export interface ModuleSummary {
  readonly units: readonly Unit[];
  readonly exports: Readonly<Record<string, Exported>>;
  /** By local name. */
  readonly imports: Readonly<Record<string, ImportedName>>;
  /** Specifiers of `export * from`. */
  readonly stars: readonly string[];
  /** Specifiers of the modules that are loaded with it, in their order. */
  readonly loads: readonly string[];
  /** Those of them of which nothing is named, so that they are there for what they do. */
  readonly effects: readonly string[];
  /** Why its text could not be read; it is then one unit. */
  readonly unreadable?: string;
}

/** A module's syntax tree with the names at its top. */
export interface ModuleTree {
  readonly program: Node;
  readonly names: ModuleNames;
}

/** @throws SyntaxError where the text cannot be parsed; RangeError where it is nested too deeply. */
export function readTree(text: string, file: string): ModuleTree {
  const program = parseModule(text, file);
  const scope = new Scope(undefined);
  const imports = new Map<string, { specifier: string; name: string }>();
  const statements = program["body"] as readonly Node[];
  for (const statement of statements) {
    if (statement.type !== "ImportDeclaration" || statement["importKind"] === "type") continue;
    for (const given of statement["specifiers"] as readonly Node[]) {
      const local = nameOf(given["local"]);
      if (local === undefined || given["importKind"] === "type") continue;
      scope.declare(local, "import", given);
      imports.set(local, { specifier: stringOf(statement["source"]) ?? "", name: importedName(given) });
    }
  }
  declareLexical(scope, statements);
  for (const statement of statements) declareVars(scope, statement);
  return { program, names: { scope, imports } };
}

function importedName(specifier: Node): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  return nameOf(specifier["imported"]) ?? stringOf(specifier["imported"]) ?? "";
}

/** What is to be known of a module from its tree. */
export function summarize(tree: ModuleTree): ModuleSummary {
  const units: Unit[] = [];
  const exports: Record<string, Exported> = Object.create(null) as Record<string, Exported>;
  const stars: string[] = [];
  const loads: string[] = [];
  const effects: string[] = [];
  for (const statement of tree.program["body"] as readonly Node[]) {
    const specifier = stringOf(statement["source"]);
    if (specifier !== undefined && !isForTypes(statement)) loads.push(specifier);
    effects.push(...onlyLoadedBy(statement, tree.names));
    if (statement.type === "ImportDeclaration") continue;
    if (statement.type === "ExportAllDeclaration") {
      if (specifier !== undefined && statement["exportKind"] !== "type") stars.push(specifier);
      continue;
    }
    const declaration = declarationOf(statement);
    if (statement.type === "ExportNamedDeclaration") takeExports(statement, specifier, exports);
    if (statement.type === "ExportDefaultDeclaration") takeDefault(declaration, exports);
    if (declaration === undefined || isErased(declaration)) continue;
    if (statement.type === "ExportNamedDeclaration" && declaration === statement) continue;
    units.push(...unitsOf(declaration, statement, tree.names));
  }
  // What is required or imported by an expression that is executed at once is loaded as well.
  for (const { skeleton } of units) {
    for (const place of skeleton.loading.mentions) {
      const ref = skeleton.refs[place];
      if (ref?.to === "import" && !loads.includes(ref.specifier)) loads.push(ref.specifier);
    }
  }
  return { units, exports, imports: Object.fromEntries(tree.names.imports), stars, loads, effects };
}

/** The module that `import "x"`, `await import("x")` or `require("x")` loads, where that is all of the statement. */
function onlyLoadedBy(statement: Node, names: ModuleNames): string[] {
  if (statement.type === "ImportDeclaration") {
    const isAll = (statement["specifiers"] as readonly Node[]).length === 0 && !isForTypes(statement);
    return isAll ? [stringOf(statement["source"]) ?? ""] : [];
  }
  if (statement.type !== "ExpressionStatement") return [];
  const awaited = unwrapped(statement["expression"] as Node);
  const loading = awaited.type === "AwaitExpression" ? unwrapped(awaited["argument"] as Node) : awaited;
  const ref = isMember(loading) ? undefined : new Imported(names).reference(loading, names.scope)?.ref;
  return ref?.to === "import" && nameOf(loading) === undefined ? [ref.specifier] : [];
}

function isForTypes(statement: Node): boolean {
  return statement["importKind"] === "type" || statement["exportKind"] === "type";
}

function takeExports(statement: Node, specifier: string | undefined, exports: Record<string, Exported>): void {
  if (statement["exportKind"] === "type") return;
  for (const given of (statement["specifiers"] ?? []) as readonly Node[]) {
    if (given["exportKind"] === "type") continue;
    const exported = nameOf(given["exported"]) ?? stringOf(given["exported"]) ?? "";
    const whole = given.type === "ExportNamespaceSpecifier";
    const local = whole ? "*" : (nameOf(given["local"]) ?? stringOf(given["local"]) ?? "");
    exports[exported] = specifier === undefined ? { local } : { specifier, name: local };
  }
  const declaration = statement["declaration"];
  if (!isNode(declaration) || isErased(declaration)) return;
  for (const name of declaredNames(declaration)) exports[name] = { local: name };
}

function takeDefault(declaration: Node | undefined, exports: Record<string, Exported>): void {
  if (declaration === undefined || isErased(declaration)) return;
  const name = nameOf(declaration.type === "Identifier" ? declaration : declaration["id"]);
  const named = declaration.type === "Identifier" || /Declaration$/.test(declaration.type);
  exports["default"] = { local: named && name !== undefined ? name : "default" };
}

function declaredNames(declaration: Node): string[] {
  if (declaration.type === "VariableDeclaration") {
    return (declaration["declarations"] as readonly Node[]).flatMap((declarator) =>
      boundIn(declarator["id"]).map((identifier) => String(identifier["name"])),
    );
  }
  const name = nameOf(declaration["id"]);
  return name === undefined ? [] : [name];
}

function unitsOf(declaration: Node, statement: Node, names: ModuleNames): Unit[] {
  const { line } = statement.loc.start;
  const { scope } = names;
  if (declaration.type === "VariableDeclaration") {
    const kind = String(declaration["kind"]);
    // What `using` declares is disposed of before the function is called.
    const disposal = kind.endsWith("using") ? { as: kind } : {};
    return (declaration["declarations"] as readonly Node[]).map((declarator) => ({
      names: boundIn(declarator["id"]).map((identifier) => String(identifier["name"])),
      line: declarator.loc.start.line,
      kind: kindOfValue(declarator["init"]),
      skeleton: skeletonOf([declarator], { names, scope, when: "loading", ...disposal }),
    }));
  }
  const isDefault = statement.type === "ExportDefaultDeclaration";
  // `export default name` declares nothing.
  if (isDefault && declaration.type === "Identifier") return [];
  const skeleton = skeletonOf([declaration], { names, scope, when: "loading" });
  const name = nameOf(declaration["id"]);
  const declares =
    /^(Function|Class|TSEnum|TSModule|TSImportEquals)/.test(declaration.type) &&
    declaration.type.endsWith("Declaration");
  if (declares && name !== undefined) {
    const kind = declaration.type === "FunctionDeclaration" ? "function" : "value";
    return [{ names: [name], line, kind, skeleton }];
  }
  if (isDefault) return [{ names: ["default"], line, kind: kindOfValue(declaration), skeleton }];
  return [{ names: varNames(declaration), line, kind: "statement", skeleton }];
}

/** The names that `var`s within a statement declare for the module. */
function varNames(statement: Node): string[] {
  const scope = new Scope(undefined);
  declareVars(scope, statement);
  return [...scope.bindings.keys()];
}

function kindOfValue(init: unknown): Unit["kind"] {
  if (!isNode(init)) return "value";
  const value = unwrapped(init);
  if (isFunction(value)) return "function";
  return value.type === "CallExpression" && isCacheableName(value["callee"] as Node) ? "cacheable" : "value";
}

/** A file that holds data, or that cannot be read as code: one unit, which all of its names stand for. */
export function wholeFile(content: string | Buffer, unreadable?: string): ModuleSummary {
  const unit: Unit = { names: [], line: 1, kind: "value", skeleton: plainSkeleton(content, []) };
  return {
    units: [unit],
    exports: {},
    imports: {},
    stars: [],
    loads: [],
    effects: [],
    ...(unreadable === undefined ? {} : { unreadable }),
  };
}

/** The skeleton of something that does nothing, and has the content and refers to what is given. */
export function plainSkeleton(content: string | Buffer, refs: readonly Ref[]): Skeleton {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 32);
  const effects = { loading: NO_EFFECTS, called: NO_EFFECTS };
  return { digest, refs, followed: [...refs.keys()], globals: [], ...effects, aliases: [], notes: [] };
}

/** JSON without its spelling; the order of its properties can be seen by a program. */
export function dataFile(text: string): ModuleSummary {
  let isWritable = true;
  try {
    const content: unknown = JSON.parse(text, (_, value: unknown) => {
      if (Object.is(value, -0) || value === Infinity || value === -Infinity) isWritable = false;
      return value;
    });
    // `-0` and `1e999` would be written as other values.
    return wholeFile(isWritable ? JSON.stringify(content) : text);
  } catch {
    return wholeFile(text);
  }
}
