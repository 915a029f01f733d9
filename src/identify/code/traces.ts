import { Assignments } from "./assignments.ts";
import { isCacheableName } from "./cacheable-name.ts";
import { Calls } from "./calls.ts";
import type { Written } from "./effect-list.ts";
import type { Findings } from "./findings.ts";
import type { Imported } from "./imported.ts";
import { isFunction, isNode, type Node, unwrapped } from "./parse.ts";
import type { Scope } from "./scope.ts";
import { Values } from "./values.ts";

/**
 * Traces what pieces of code may write to. Whoever walks through them says what it comes to, each before what is in it:
 * what a variable holds is known from there on.
 */
export class Traces {
  readonly #values: Values;
  readonly #assignments: Assignments;
  readonly #calls: Calls;
  /** What the variables that the pieces declare hold. */
  readonly #held: Written[] = [];
  /** What the functions in the pieces give. */
  readonly #given: Written[] = [];
  /** What was thrown so far. */
  readonly #thrown: { readonly value: Node; readonly scope: Scope }[] = [];
  /** Functions that are called where they stand, or handed to a call that may do so. */
  readonly #runAtOnce = new Set<Node>();

  constructor(imported: Imported, findings: Findings) {
    this.#values = new Values(imported, findings);
    this.#assignments = new Assignments(this.#values, imported, findings);
    this.#calls = new Calls(this.#values, imported, findings);
  }

  /** References that the pieces' values may be, or hold. */
  get aliases(): number[] {
    return [...new Set([...this.#held, ...this.#given].flatMap((value) => ("ref" in value ? value.ref : [])))];
  }

  takePiece(piece: Node): void {
    this.#values.takePiece(piece);
  }

  takeFunction(fn: Node, parameters: Scope): void {
    this.#values.takeParameters(fn, parameters);
  }

  /** Whether a function that was come to is executed with what it stands in. */
  runsAtOnce(fn: Node): boolean {
    return this.#runAtOnce.has(fn);
  }

  /** Says what a variable that a piece declares gets. */
  hold(value: Node, scope: Scope): void {
    this.#held.push(...this.#values.of(value, scope));
  }

  /** Says what a function in a piece gives, or an object that it makes holds. */
  give(value: unknown, scope: Scope): void {
    if (isNode(value)) this.#given.push(...this.#values.of(value, scope));
  }

  /** The variable of `for (const x of xs)`, whose scope is that of the loop. */
  takeLoopHead(loop: Node, scope: Scope): void {
    const left = loop["left"] as Node;
    if (left.type !== "VariableDeclaration") {
      this.#assignments.write(left, scope);
      return;
    }
    const [declarator] = left["declarations"] as readonly Node[];
    if (declarator !== undefined) this.#values.assign(declarator["id"] as Node, loop["right"] as Node, scope);
  }

  /** The variable of `catch`, which gets what the block before it may throw. */
  takeCatch(clause: Node, scope: Scope): void {
    for (const { value, scope: within } of isNode(clause["param"]) ? this.#thrown : []) {
      this.#values.assign(clause["param"] as Node, value, scope, within);
    }
  }

  /** Any other statement or expression. */
  take(node: Node, scope: Scope): void {
    switch (node.type) {
      case "VariableDeclarator":
        if (isNode(node["init"])) this.#values.assign(node["id"] as Node, node["init"], scope);
        break;
      case "AssignmentPattern":
        this.#values.assign(node["left"] as Node, node["right"] as Node, scope);
        break;
      case "AssignmentExpression":
        this.#assignments.take(node["left"] as Node, node["right"] as Node, scope);
        break;
      case "UpdateExpression":
        this.#assignments.write(node["argument"] as Node, scope);
        break;
      case "UnaryExpression":
        if (node["operator"] === "delete") this.#assignments.write(node["argument"] as Node, scope);
        break;
      case "ThrowStatement":
        this.#thrown.push({ value: node["argument"] as Node, scope });
        break;
      case "ReturnStatement":
      case "YieldExpression":
        this.give(node["argument"], scope);
        break;
      case "ClassProperty":
      case "ClassPrivateProperty":
        this.give(node["value"], scope);
        break;
      case "ExpressionStatement":
        this.#calls.takeStatement(node["expression"] as Node, scope);
        break;
      case "CallExpression":
      case "OptionalCallExpression":
      case "NewExpression":
        this.#takeCall(node, scope);
        break;
      case "TaggedTemplateExpression":
        this.#takeTagged(node, scope);
        break;
      default:
    }
  }

  #takeTagged(node: Node, scope: Scope): void {
    const args = (node["quasi"] as Node)["expressions"] as readonly Node[];
    this.#calls.take({ callee: unwrapped(node["tag"] as Node), args }, scope);
  }

  #takeCall(node: Node, scope: Scope): void {
    const callee = unwrapped(node["callee"] as Node);
    const args = node["arguments"] as readonly Node[];
    this.#calls.take({ callee, args }, scope);
    if (isCacheableName(callee)) return;
    for (const part of [callee, ...args]) if (isFunction(part)) this.#runAtOnce.add(part);
  }
}
