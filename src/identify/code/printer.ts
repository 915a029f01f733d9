import { isCacheableName } from "./cacheable-name.ts";
import type { Findings } from "./findings.ts";
import { globalMember } from "./globals.ts";
import type { Imported, Reference, TakenMember } from "./imported.ts";
import { literalWord } from "./literals.ts";
import type { Locals } from "./locals.ts";
import {
  type Field,
  fieldsOf,
  isClass,
  isErased,
  isFunction,
  isMember,
  isNode,
  keyOf,
  type Node,
  nameOf,
  stringOf,
  unwrapped,
} from "./parse.ts";
import { blockScope, bodyScope, parameterScope, type Scope } from "./scope.ts";
import type { Traces } from "./traces.ts";
import { callsEval, unseenIn } from "./unseen.ts";

const INSTANCE_FIELDS = new Set(["ClassProperty", "ClassPrivateProperty", "ClassAccessorProperty"]);

/** What a printer fills while it prints, and what it asks. */
export interface Reading {
  readonly findings: Findings;
  readonly imported: Imported;
  readonly locals: Locals;
  readonly traces: Traces;
}

/**
 * Prints pieces of code as a list of words, and tells on its way what they write to. It is one walk, as both number the
 * references in the order in which they are met.
 */
export class Printer {
  readonly words: unknown[] = [];
  readonly #findings: Findings;
  readonly #imported: Imported;
  readonly #locals: Locals;
  readonly #traces: Traces;

  constructor({ findings, imported, locals, traces }: Reading) {
    this.#findings = findings;
    this.#imported = imported;
    this.#locals = locals;
    this.#traces = traces;
  }

  /** A statement, an expression, or the declaration of one variable. */
  print(node: Node, scope: Scope): void {
    if (node.type === "VariableDeclarator") this.#visitDeclarator(node, scope);
    else this.#visit(node, scope);
  }

  say(...words: readonly unknown[]): void {
    this.words.push(words);
  }

  #sayReference({ ref, said }: Reference): void {
    this.say("ref", this.#findings.mention(ref), ...said);
  }

  #visit(given: Node, scope: Scope): void {
    const node = unwrapped(given);
    if (isErased(node)) return;
    if (isFunction(node)) this.#visitFunction(node, scope);
    else this.#visitOther(node, scope);
  }

  #visitOther(node: Node, scope: Scope): void {
    const reference = this.#imported.reference(node, scope);
    if (reference !== undefined) {
      this.#sayReference(reference);
      return;
    }
    const literal = literalWord(node);
    if (literal !== undefined) {
      this.say(...literal);
      return;
    }
    const unseen = unseenIn(node, this.#imported, scope);
    if (unseen !== undefined) this.#findings.note(node, unseen);
    switch (node.type) {
      case "Identifier":
      case "JSXIdentifier":
        this.#visitName(node, scope);
        break;
      case "PrivateName":
        this.say("private", this.#locals.privateName(nameOf(node["id"]) ?? ""));
        break;
      case "TemplateLiteral":
        this.#visitTemplate(node, scope, "cooked");
        break;
      case "TaggedTemplateExpression":
        this.say("tagged");
        this.#traces.take(node, scope);
        this.#visit(node["tag"] as Node, scope);
        this.#visitTemplate(node["quasi"] as Node, scope, "raw");
        break;
      case "MemberExpression":
      case "OptionalMemberExpression":
        this.#visitMember(node, scope);
        break;
      case "CallExpression":
      case "OptionalCallExpression":
      case "NewExpression":
        this.#visitCall(node, scope);
        break;
      case "BinaryExpression":
      case "LogicalExpression":
        this.#visitBinary(node, scope);
        break;
      case "VariableDeclaration":
        this.#visitVariables(node, scope);
        break;
      case "TSImportEqualsDeclaration":
        this.#visitImportEquals(node, scope);
        break;
      case "LabeledStatement":
      case "BreakStatement":
      case "ContinueStatement":
        this.#sayLabel(nameOf(node["label"]));
        this.#visitFields(node, scope);
        break;
      default:
        this.#traces.take(node, scope);
        this.#visitFields(node, scope);
    }
  }

  #visitFields(node: Node, outer: Scope): void {
    const opened = blockScope(node, outer);
    if (opened !== undefined) this.#locals.open(opened);
    const scope = opened ?? outer;
    if (node.type === "ForOfStatement" || node.type === "ForInStatement") this.#traces.takeLoopHead(node, scope);
    if (node.type === "CatchClause") this.#traces.takeCatch(node, scope);
    this.words.push("(", node.type);
    for (const field of fieldsOf(node)) {
      if (this.#sayName(node, field)) continue;
      const { name, value } = field;
      this.words.push(name);
      if (Array.isArray(value)) {
        const members = (value as readonly (Node | null)[]).filter((member) => member === null || !isErased(member));
        this.words.push(members.length);
        for (const member of members) {
          if (member === null) this.words.push(null);
          else this.#visit(member, scope);
        }
      } else if (isNode(value)) this.#visitField(node, value, scope);
      else this.words.push(value);
    }
    this.words.push(")");
  }

  /** Says a field that is, or belongs to, a name that is no reference; returns false for others. */
  #sayName(node: Node, { name }: Field): boolean {
    // A label is said before; whether a name is computed, only where it is.
    if (name === "label" || name === "computed") return true;
    if (isClass(node) && name === "id") {
      this.say("class", nameOf(node["id"]));
      return true;
    }
    const spelled = spelledName(node, name);
    if (spelled === undefined) return false;
    this.say("key", spelled);
    // Written out, it sets the prototype; otherwise it is a key like any other.
    if (spelled === "__proto__") this.say(node["computed"] === true || node["shorthand"] === true);
    return true;
  }

  #visitField(parent: Node, value: Node, scope: Scope): void {
    const assigns = parent.type === "AssignmentExpression" || parent.type === "AssignmentPattern";
    if (assigns && value === parent["right"] && isNode(parent["left"])) {
      this.#visitNamed(nameOf(parent["left"]), value, scope);
      return;
    }
    const kept = this.#findings.when;
    // Fields get their values when an object is made.
    const isInstances = INSTANCE_FIELDS.has(parent.type) && parent["static"] !== true;
    if (isInstances && value === parent["value"]) this.#findings.when = "called";
    // A class is another name for what it inherits. To extend a class calls nothing of it.
    if (value === parent["superClass"]) this.#traces.give(value, scope);
    if (value === parent["superClass"] && (isMember(value) || nameOf(value) !== undefined))
      this.#findings.when = "called";
    this.#visit(value, scope);
    this.#findings.when = kept;
  }

  /** A function or class without a name takes that of the variable it is assigned to, and can tell it. */
  #visitNamed(name: string | undefined, value: Node, scope: Scope): void {
    const inner = unwrapped(value);
    const anonymous = (isFunction(inner) || isClass(inner)) && nameOf(inner["id"]) === undefined;
    if (anonymous && name !== undefined) this.say("named", name);
    this.#visit(value, scope);
  }

  #visitFunction(fn: Node, outer: Scope): void {
    const parameters = parameterScope(fn, outer);
    this.#locals.open(parameters);
    if (parameters.parent !== undefined && parameters.parent !== outer) this.#locals.open(parameters.parent);
    this.#traces.takeFunction(fn, parameters);
    this.words.push("(", fn.type.replace(/Declaration$|Expression$/, ""));
    for (const field of fieldsOf(fn)) this.#visitHead(fn, field, outer);
    const kept = this.#findings.when;
    if (!this.#traces.runsAtOnce(fn)) this.#findings.when = "called";
    for (const parameter of fn["params"] as readonly Node[]) {
      // A type of `this`, which is no parameter.
      if (nameOf(parameter) !== "this") this.#visit(parameter, parameters);
    }
    this.words.push("body");
    const body = fn["body"] as Node;
    if (body.type === "BlockStatement") {
      const inner = bodyScope(body, parameters);
      this.#locals.open(inner);
      for (const directive of body["directives"] as readonly Node[]) this.#visit(directive, inner);
      for (const statement of body["body"] as readonly Node[]) this.#visit(statement, inner);
    } else {
      this.words.push("=>");
      this.#traces.give(body, parameters);
      this.#visit(body, parameters);
    }
    this.words.push(")");
    this.#findings.when = kept;
  }

  /** What of a function is evaluated where it stands: its name, and decorators. */
  #visitHead(fn: Node, { name, value }: Field, scope: Scope): void {
    if (name === "params" || name === "body" || name === "computed") return;
    if (name === "decorators") this.#visitDecorators(value as readonly Node[], scope);
    else if (name === "id") this.say("function", nameOf(fn["id"]));
    else if (name === "key" && keyOf(fn) !== undefined) this.say("key", keyOf(fn));
    else if (isNode(value)) this.#visit(value, scope);
    else this.say(name, value);
  }

  /** How a method is cached is no part of what it does. */
  #visitDecorators(decorators: readonly Node[], scope: Scope): void {
    for (const decorator of decorators) {
      if (!isCacheableName(decorator["expression"] as Node)) this.#visit(decorator, scope);
    }
  }

  #visitName(node: Node, scope: Scope): void {
    const name = String(node["name"]);
    const binding = scope.find(name);
    if (binding === undefined) this.#sayGlobal(name);
    else this.say("local", this.#locals.use(node, binding));
  }

  #sayGlobal(name: string): void {
    this.#findings.globals.add(name);
    this.say("global", name);
  }

  #sayLabel(name: string | undefined): void {
    this.say("label", name === undefined ? null : this.#locals.label(name));
  }

  #visitTemplate(node: Node, scope: Scope, spelling: "cooked" | "raw"): void {
    this.words.push("(", "template");
    for (const quasi of node["quasis"] as readonly Node[]) {
      const { cooked, raw } = quasi["value"] as { readonly cooked?: string | null; readonly raw: string };
      this.say("text", cooked ?? null, spelling === "raw" ? raw : null);
    }
    for (const expression of node["expressions"] as readonly Node[]) this.#visit(expression, scope);
    this.words.push(")");
  }

  /** Sums of thousands of terms, as generated code has them, nest as deep. */
  #visitBinary(node: Node, scope: Scope): void {
    const spine: Node[] = [];
    let left: Node = node;
    while (left.type === "BinaryExpression" || left.type === "LogicalExpression") {
      spine.push(left);
      left = unwrapped(left["left"] as Node);
    }
    this.words.push("(", spine.length);
    this.#visit(left, scope);
    for (const binary of spine.reverse()) {
      this.words.push(binary["operator"]);
      this.#visit(binary["right"] as Node, scope);
    }
    this.words.push(")");
  }

  #visitMember(node: Node, scope: Scope): void {
    const global = globalMember(node, scope);
    if (global !== undefined) {
      this.#sayGlobal(global);
      return;
    }
    this.words.push("(", node.type, node["optional"] === true ? "?." : ".");
    this.#visit(node["object"] as Node, scope);
    const property = keyOf(node, "property");
    if (property !== undefined) this.say("key", property);
    else this.#visit(node["property"] as Node, scope);
    this.words.push(")");
  }

  /** `import name = Namespace.part` of TypeScript. */
  #visitImportEquals(node: Node, scope: Scope): void {
    let first = node["moduleReference"] as Node;
    while (isNode(first["left"])) {
      this.say("key", nameOf(first["right"]));
      first = first["left"];
    }
    this.#visit(first, scope);
  }

  #visitCall(node: Node, scope: Scope): void {
    const callee = unwrapped(node["callee"] as Node);
    const args = node["arguments"] as readonly Node[];
    if (callsEval(node, scope)) this.#findings.usesEval = true;
    this.#traces.take(node, scope);
    this.words.push("(", node.type, node["optional"] === true ? "?." : "", args.length);
    this.#visit(callee, scope);
    for (const argument of args) this.#visit(argument, scope);
    this.words.push(")");
  }

  #visitVariables(node: Node, scope: Scope): void {
    this.words.push("(", String(node["kind"]));
    for (const declarator of node["declarations"] as readonly Node[]) this.#visitDeclarator(declarator, scope);
    this.words.push(")");
  }

  #visitDeclarator(declarator: Node, scope: Scope): void {
    const id = declarator["id"] as Node;
    const init = declarator["init"];
    const taken = isNode(init) ? this.#imported.takenMembers(id, init, scope) : undefined;
    if (taken !== undefined) {
      this.#visitTaken(taken, scope);
      return;
    }
    this.#traces.take(declarator, scope);
    this.words.push("declarator");
    const kept = this.#findings.when;
    // A name that is declared is not used.
    if (nameOf(id) !== undefined) this.#findings.when = "called";
    this.#visit(id, scope);
    this.#findings.when = kept;
    if (isNode(init)) this.#visitNamed(nameOf(id), init, scope);
  }

  #visitTaken(taken: readonly TakenMember[], scope: Scope): void {
    this.words.push("(", "import");
    for (const { ref, target } of taken) {
      this.#sayReference({ ref, said: [] });
      this.#visit(target, scope);
    }
    this.words.push(")");
  }
}

/** The name that a field writes out, where it is one that does and the text tells it. */
function spelledName(node: Node, field: string): string | undefined {
  if (field === "key") return keyOf(node);
  return field === "id" && node.type === "TSEnumMember" ? (nameOf(node["id"]) ?? stringOf(node["id"])) : undefined;
}
