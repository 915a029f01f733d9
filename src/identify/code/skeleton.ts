import { createHash } from "node:crypto";
import { writersOf } from "./captured.ts";
import type { Effects } from "./effect-list.ts";
import { Findings } from "./findings.ts";
import { Imported } from "./imported.ts";
import { Locals, type Spelling } from "./locals.ts";
import { isNode, type Node } from "./parse.ts";
import { Printer } from "./printer.ts";
import type { Binding, Scope } from "./scope.ts";
import { Traces } from "./traces.ts";

/*
 * What a piece of code does, without how it is written: its syntax tree as a list of words, in which the names of
 * variables are replaced by numbers, and what it refers to outside of itself by places in a list. With it comes what the
 * piece may write to, which decides whether other code depends on it.
 */

/** What a piece of code refers to outside of itself. */
export type Ref =
  /** A name at the top of the same module. */
  | { readonly to: "binding"; readonly name: string }
  /** An export of another module; all of them where the name is `*`. */
  | {
      readonly to: "import";
      readonly specifier: string;
      readonly name: string;
      /** What is read of it, as far as the text names it: where it is a module's exports, only that counts. */
      readonly members?: readonly string[];
    }
  /** An export of the same module. */
  | { readonly to: "export"; readonly name: string };

export interface CodeNote {
  readonly line: number;
  readonly message: string;
}

export interface Skeleton {
  /** 32 hexadecimal digits. */
  readonly digest: string;
  readonly refs: readonly Ref[];
  /** Places of those that stand in the text, in their order; the others only tell what is written to. */
  readonly followed: readonly number[];
  /** Names that nothing in the module declares. */
  readonly globals: readonly string[];
  /** What it does when its module is loaded … */
  readonly loading: Effects;
  /** … and when it is called. */
  readonly called: Effects;
  /** References that its value may be, or hold. */
  readonly aliases: readonly number[];
  readonly notes: readonly CodeNote[];
}

/** What a module's text says of the names at its top. */
export interface ModuleNames {
  readonly scope: Scope;
  /** By local name. */
  readonly imports: ReadonlyMap<string, { readonly specifier: string; readonly name: string }>;
  /** Where only some of the names are asked about. */
  readonly only?: ReadonlySet<Binding>;
}

/** Whether a piece is executed when its module is loaded, or only where it is called. */
export type When = "loading" | "called";

/** Where pieces of code stand. */
export interface Surroundings {
  readonly names: ModuleNames;
  /** The scope in which they stand. */
  readonly scope: Scope;
  readonly when: When;
  /** What is to be said of them beside their text. */
  readonly as?: string;
}

/** The skeleton of pieces of one module's text that belong together. */
export function skeletonOf(pieces: readonly Node[], surroundings: Surroundings): Skeleton {
  const { skeleton, usesEval } = printed(pieces, surroundings, "numbers");
  // A direct `eval` sees names, so that there they count.
  return usesEval ? printed(pieces, surroundings, "names").skeleton : skeleton;
}

function printed(
  pieces: readonly Node[],
  { names, scope, when, as }: Surroundings,
  spelling: Spelling,
): { readonly skeleton: Skeleton; readonly usesEval: boolean } {
  const findings = new Findings(when);
  const imported = new Imported(names);
  const locals = new Locals(spelling, findings);
  const traces = new Traces(imported, findings);
  const printer = new Printer({ findings, imported, locals, traces });
  if (as !== undefined) printer.say(as);
  for (const piece of pieces) {
    traces.takePiece(piece);
    printer.print(piece, scope);
    const { id, init } = piece as { readonly id?: unknown; readonly init?: unknown };
    if (isNode(init) && imported.takenMembers(id, init, scope) === undefined) traces.hold(init, scope);
  }
  const written = new Set<Node>();
  for (const { binding, use } of locals.captured) {
    printer.say("captured", locals.wordOf(binding), binding.kind);
    if (binding.kind === "parameter" || binding.kind === "caught") continue;
    findings.when = "called";
    // Where it stands, its own name is that of the scope around.
    printer.print(binding.node, binding.scope);
    for (const writer of writersOf(binding, use)) {
      if (written.has(writer)) continue;
      written.add(writer);
      printer.print(writer, binding.scope);
    }
  }
  const skeleton: Skeleton = {
    digest: createHash("sha256").update(JSON.stringify(printer.words)).digest("hex").slice(0, 32),
    refs: findings.refs,
    followed: findings.followed,
    globals: [...findings.globals],
    loading: findings.effectsWhen("loading"),
    called: findings.effectsWhen("called"),
    aliases: traces.aliases,
    notes: findings.notes,
  };
  return { skeleton, usesEval: findings.usesEval };
}
