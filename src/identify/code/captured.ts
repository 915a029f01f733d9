import { isCacheableName } from "./cacheable-name.ts";
import type { Effects } from "./effect-list.ts";
import { Findings } from "./findings.ts";
import { Imported } from "./imported.ts";
import { Locals } from "./locals.ts";
import { isClass, isFunction, isNode, type Node, nameOf, unwrapped } from "./parse.ts";
import { Printer } from "./printer.ts";
import { type Binding, boundIn } from "./scope.ts";
import { Traces } from "./traces.ts";

/**
 * Statements of the function around a piece of code that may write to a variable which the piece takes from there, or that
 * declare it once more, in their order.
 *
 * @param use - where the piece uses the variable.
 */
export function writersOf(binding: Binding, use: Node): readonly Node[] {
  const { scope, name, node } = binding;
  const writers = new Set<Node>();
  // The variable, and functions that write to it: whoever calls those does too.
  const watched = new Set([binding]);
  for (let before = 0; before < watched.size && canChange(binding); ) {
    before = watched.size;
    const read = reader(watched, binding);
    for (const statement of scope.statements) {
      const { loading, called } = read(statement);
      if (loading) writers.add(statement);
      const names = boundBy(statement);
      if (!called || holds(statement, use) || names === undefined) continue;
      for (const declared of names) {
        const other = scope.bindings.get(declared);
        if (other !== undefined) watched.add(other);
      }
      writers.add(statement);
    }
  }
  const isAgain = (statement: Node): boolean => boundBy(statement)?.includes(name) === true && !holds(statement, node);
  return scope.statements.filter((statement) => writers.has(statement) || isAgain(statement));
}

/** Reads statements one after the other: whether each writes to a variable when it is executed, or by what it declares. */
function reader(watched: ReadonlySet<Binding>, { scope, name, node }: Binding) {
  const findings = new Findings("loading");
  const imported = new Imported({ scope, imports: new Map(), only: watched });
  const locals = new Locals("numbers", findings);
  const printer = new Printer({ findings, imported, locals, traces: new Traces(imported, findings) });
  const isHandedOn = !isFunction(valueOf(node));
  return (statement: Node): { readonly loading: boolean; readonly called: boolean } => {
    printer.print(statement, scope);
    const { refs } = findings;
    const nameAt = (place: number): string | undefined => {
      const ref = refs[place];
      return ref?.to === "binding" ? ref.name : undefined;
    };
    const writes = ({ writes: written, calls, hands, mentions }: Effects): boolean => {
      // Functions are not changed by being handed over.
      const all = isHandedOn ? [...written, ...calls, ...hands.map(({ value }) => value)] : written;
      if (all.some((it) => "ref" in it && nameAt(it.ref) === name)) return true;
      return mentions.some((place) => nameAt(place) !== undefined && nameAt(place) !== name);
    };
    const { loading, called } = findings.drain();
    return { loading: writes(loading), called: writes(called) };
  };
}

/** Whether a variable's value is one that can be written to. */
function canChange({ node }: Binding): boolean {
  const { type } = valueOf(node);
  return type === "RegExpLiteral" || !/Literal$|^(?:Unary|Binary|Update)Expression$/.test(type);
}

function valueOf(declaration: Node): Node {
  const { init } = declaration as { readonly init?: unknown };
  return isNode(init) ? unwrapped(init) : declaration;
}

/** The names that a statement declares; undefined where that is what is cacheable, which runs for itself. */
function boundBy(statement: Node): string[] | undefined {
  if (statement.type === "VariableDeclaration") {
    const declarators = (statement["declarations"] as readonly Node[]).filter((it) => !makesCacheable(valueOf(it)));
    const identifiers = declarators.flatMap((declarator) => boundIn(declarator["id"]));
    return declarators.length === 0 ? undefined : identifiers.map((identifier) => String(identifier["name"]));
  }
  const declares = isFunction(statement) || isClass(statement) || statement.type.startsWith("TS");
  const name = declares ? nameOf(statement["id"]) : undefined;
  return name === undefined ? [] : [name];
}

function makesCacheable(value: Node): boolean {
  return value.type === "CallExpression" && isCacheableName(value["callee"] as Node);
}

function holds(node: Node, other: Node): boolean {
  return node.start <= other.start && other.end <= node.end;
}
