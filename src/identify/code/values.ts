import { ANY_PLACE, type Written } from "./effect-list.ts";
import type { Findings } from "./findings.ts";
import { isGlobal } from "./globals.ts";
import type { Imported } from "./imported.ts";
import { isFunction, isMember, isNode, type Node, unwrapped } from "./parse.ts";
import { type Binding, boundIn, parameterScope, type Scope } from "./scope.ts";

/** Functions that give what shares nothing with what they are given. */
const COPYING: ReadonlySet<string> = new Set(["structuredClone", "String", "Number", "Boolean", "BigInt", "Symbol"]);

/** What outside of a piece of code the values in it may be, or hold. */
export class Values {
  readonly #imported: Imported;
  readonly #findings: Findings;
  /** Those of local variables. */
  readonly #held = new Map<Binding, readonly Written[]>();
  /** Those of the parameters of functions that are called where they stand. */
  readonly #handed = new Map<Node, readonly Written[]>();
  /** Identifiers that name parameters of the piece, where it is a function, and which. */
  readonly #parameters = new Map<Node, number>();
  /** The function that the piece is. */
  #piece: Node | undefined;

  constructor(imported: Imported, findings: Findings) {
    this.#imported = imported;
    this.#findings = findings;
  }

  /** Where the piece is a function, what is done to its parameters is done to what callers hand over. */
  takePiece(piece: Node): void {
    const fn = functionOf(piece);
    if (fn === undefined) return;
    this.#piece = fn;
    for (const [place, parameter] of (fn["params"] as readonly Node[]).entries()) {
      for (const identifier of boundIn(parameter)) this.#parameters.set(identifier, place);
    }
  }

  /** Says what a function gets from the call in which it stands. */
  hand(fn: Node, values: readonly Written[]): void {
    this.#handed.set(fn, values);
  }

  /** Says which function the parameters in a scope are of: they hold what it is handed. */
  takeParameters(fn: Node, parameters: Scope): void {
    for (const binding of parameters.bindings.values()) {
      if (binding.kind !== "parameter") continue;
      const values = [...(this.#handed.get(fn) ?? [])];
      for (const identifier of boundIn(binding.node)) {
        const place = this.#parameters.get(identifier);
        if (place !== undefined && String(identifier["name"]) === binding.name) values.push({ parameter: place });
      }
      // `arguments` is bound to the function itself.
      if (binding.node === this.#piece) values.push({ parameter: ANY_PLACE });
      if (values.length > 0) this.#held.set(binding, values);
    }
  }

  /** What is assigned to a local name may be something outside. */
  assign(target: Node, value: Node, scope: Scope, scopeOfValue = scope): void {
    const values = this.of(value, scopeOfValue);
    if (values.length === 0) return;
    for (const identifier of boundIn(target)) {
      const binding = scope.find(String(identifier["name"]));
      if (binding === undefined || this.#imported.atTop(binding) !== undefined) continue;
      this.#held.set(binding, [...(this.#held.get(binding) ?? []), ...values]);
    }
  }

  /** What outside of the piece an expression's value may be, or hold. */
  of(expression: Node, scope: Scope): readonly Written[] {
    const node = unwrapped(expression);
    switch (node.type) {
      case "Identifier":
        return this.#ofName(String(node["name"]), scope);
      case "MemberExpression":
      case "OptionalMemberExpression": {
        const member = this.#imported.member(node, scope);
        return member === undefined
          ? this.#ofAny([node["object"]], scope)
          : [{ ref: this.#findings.placeOf(member.ref) }];
      }
      case "CallExpression":
      case "OptionalCallExpression":
      case "NewExpression":
        return this.#ofCall(node, scope);
      case "ConditionalExpression":
        return this.#ofAny([node["consequent"], node["alternate"]], scope);
      case "LogicalExpression":
      case "AssignmentExpression":
        return this.#ofAny([node["left"], node["right"]], scope);
      case "AwaitExpression":
      case "SpreadElement":
        return this.#ofAny([node["argument"]], scope);
      case "ArrowFunctionExpression":
        // `(() => TABLE)()`
        return this.#ofAny([node["body"]], parameterScope(node, scope));
      case "TaggedTemplateExpression": {
        const tag = unwrapped(node["tag"] as Node);
        const given = (node["quasi"] as Node)["expressions"] as readonly unknown[];
        return this.#ofAny([isMember(tag) ? tag["object"] : tag, ...given], scope);
      }
      case "SequenceExpression":
        return this.#ofAny((node["expressions"] as readonly Node[]).slice(-1), scope);
      case "ArrayExpression":
        return this.#ofAny(node["elements"] as readonly unknown[], scope);
      case "ObjectExpression":
        return this.#ofAny((node["properties"] as readonly Node[]).map(heldBy), scope);
      default:
        return [];
    }
  }

  /** That of all that are there of some expressions. */
  #ofAny(expressions: readonly unknown[], scope: Scope): readonly Written[] {
    return expressions.flatMap((expression) => (isNode(expression) ? this.of(expression, scope) : []));
  }

  #ofName(name: string, scope: Scope): readonly Written[] {
    const binding = scope.find(name);
    if (binding === undefined) return [];
    const ref = this.#imported.atTop(binding);
    return ref === undefined ? (this.#held.get(binding) ?? []) : [{ ref: this.#findings.placeOf(ref) }];
  }

  /**
   * What a method gives may be a part of its object: `TABLE.get("gas").price = 3`; what a function gives is known with
   * the function; and both may give what they are given.
   */
  #ofCall(call: Node, scope: Scope): readonly Written[] {
    const required = this.#imported.required(call, scope);
    if (required !== undefined) return [{ ref: this.#findings.placeOf(required) }];
    const callee = unwrapped(call["callee"] as Node);
    if (isGlobal(callee, COPYING, scope)) return [];
    const isMethod = isMember(callee) && this.#imported.member(callee, scope) === undefined;
    const given = this.#ofAny(call["arguments"] as readonly Node[], scope);
    return [...this.of(isMethod ? (callee["object"] as Node) : callee, scope), ...given];
  }
}

/** What an object holds by a property: nothing where that is a method. */
function heldBy(property: Node): unknown {
  if (property.type === "ObjectMethod") return undefined;
  return property.type === "ObjectProperty" ? property["value"] : property;
}

/** The function that a piece is, or that its variable holds. */
function functionOf(piece: Node): Node | undefined {
  if (isFunction(piece)) return piece;
  const init = piece.type === "VariableDeclarator" ? piece["init"] : undefined;
  if (!isNode(init)) return undefined;
  const inner = unwrapped(init);
  return isFunction(inner) ? inner : undefined;
}
