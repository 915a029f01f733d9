import fc from "fast-check";

/*
 * Small programs of several modules, as data: what refers to what is known without reading their text, so that tests
 * can tell what a function reaches. `print-program.ts` writes them down, in many ways.
 */

/** A number, text or pattern in a program. Each is there once, by its number. */
export interface Literal {
  readonly id: number;
  readonly kind: "number" | "bigint" | "text" | "template" | "pattern";
}

export type Kind = "constant" | "table" | "function" | "arrow" | "class" | "enum" | "filler" | "write";

/** A declaration, or a statement that writes to a table. */
export interface Declaration {
  readonly place: number;
  readonly kind: Kind;
  readonly module: number;
  readonly literals: readonly Literal[];
  /** Places of what it refers to. */
  readonly uses: readonly number[];
  /** The table that a filler or a statement writes to. */
  readonly target?: number;
  /** The class that it extends. */
  readonly base?: number;
  /** Which of several forms it has. */
  readonly shape: number;
}

export interface Program {
  readonly modules: number;
  /** The first is the cached function, in module 0. */
  readonly declarations: readonly Declaration[];
  /** Modules that module 0 imports for their effects. */
  readonly effects: readonly number[];
}

interface Draft {
  readonly kind: Kind;
  readonly module: number;
  readonly uses: readonly number[];
  readonly literals: readonly Literal["kind"][];
  readonly shape: number;
}

const KINDS: readonly Kind[] = ["constant", "table", "function", "arrow", "class", "enum", "filler", "write"];
const LITERALS: readonly Literal["kind"][] = ["number", "bigint", "text", "template", "pattern"];

const draftArb: fc.Arbitrary<Draft> = fc.record({
  kind: fc.constantFrom(...KINDS),
  module: fc.nat(3),
  uses: fc.array(fc.nat(30), { maxLength: 3 }),
  literals: fc.array(fc.constantFrom(...LITERALS), { minLength: 1, maxLength: 3 }),
  shape: fc.nat(30),
});

export const programArb: fc.Arbitrary<Program> = fc
  .record({
    run: draftArb,
    others: fc.array(draftArb, { minLength: 1, maxLength: 11 }),
    effects: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  })
  .map(({ run, others, effects }) => programOf([{ ...run, kind: "function", module: 0 }, ...others], effects));

function programOf(drafts: readonly Draft[], effects: readonly number[]): Program {
  const tables = drafts.flatMap(({ kind }, place) => (kind === "table" ? [place] : []));
  const kindAt = (place: number): Kind | undefined => {
    const kind = drafts[place]?.kind;
    return kind === "filler" || kind === "write" ? (tables.length === 0 ? "function" : kind) : kind;
  };
  let literals = 0;
  const declarations = drafts.map((draft, place): Declaration => {
    const { module, shape } = draft;
    const kind = kindAt(place) ?? "function";
    const places = draft.uses.map((use) => use % drafts.length);
    const uses = [...new Set(places)].filter((use) => mayUse({ kind, place }, { kind: kindAt(use), place: use }));
    const kinds = kind === "enum" || kind === "table" ? draft.literals.slice(0, 1) : draft.literals;
    const base = kind === "class" ? places.find((use) => use < place && kindAt(use) === "class") : undefined;
    const target = kind === "filler" || kind === "write" ? tables[shape % tables.length] : undefined;
    return {
      place,
      kind,
      module,
      shape,
      uses,
      literals: kinds.map((literal) => ({ id: literals++, kind: kind === "enum" ? "number" : literal })),
      ...(target === undefined ? {} : { target }),
      ...(base === undefined ? {} : { base }),
    };
  });
  return { modules: 4, declarations, effects };
}

interface Node {
  readonly kind: Kind | undefined;
  readonly place: number;
}

/** What is computed when its module is loaded refers to constants before it only, so that all orders are alike. */
function mayUse(from: Node, to: Node): boolean {
  if (to.kind === "filler" || to.kind === "write" || to.place === 0) return false;
  if (from.kind === "constant") return to.kind === "constant" && to.place < from.place;
  return from.kind !== "enum" && from.kind !== "table";
}

/** Whether a filler is called when its module is loaded. */
export function isCalled({ kind, shape }: Declaration): boolean {
  return kind === "filler" && shape % 2 === 0;
}

/** Modules that a declaration's own module imports for it. */
export function importedFor({ declarations }: Program, { module, uses, base, target }: Declaration): number[] {
  const places = [...uses, base, target].filter((place) => place !== undefined);
  const modules = places.map((place) => declarations[place]?.module ?? module);
  return [...new Set(modules)].filter((other) => other !== module);
}

/** For each module, the modules that it imports. */
export function importsOf(program: Program): number[][] {
  return Array.from({ length: program.modules }, (_, module) => {
    const own = program.declarations.filter((declaration) => declaration.module === module);
    const imported = own.flatMap((declaration) => importedFor(program, declaration));
    return [...new Set([...imported, ...(module === 0 ? program.effects : [])])].sort();
  });
}

/** Modules that are loaded with module 0. */
function loaded(program: Program): Set<number> {
  const imports = importsOf(program);
  const found = new Set([0]);
  for (const module of found) for (const other of imports[module] ?? []) found.add(other);
  return found;
}

/** What a function depends on: places of declarations. */
export interface Reached {
  readonly surely: ReadonlySet<number>;
  /**
   * With what may count for a reader that does not know what values are: a statement that keeps something in a table may
   * seem to write to what it keeps.
   */
  readonly perhaps: ReadonlySet<number>;
}

export function reachedBy(program: Program): Reached {
  const surely = closure(program, new Set([0]), "its table");
  return { surely, perhaps: closure(program, new Set(surely), "all that it mentions") };
}

/** @param writer - what of a statement must be reached for the statement to be. */
function closure(program: Program, reached: Set<number>, writer: "its table" | "all that it mentions"): Set<number> {
  const modules = loaded(program);
  for (let before = -1; before < reached.size; ) {
    before = reached.size;
    for (const place of reached) {
      const { uses = [], base, target } = program.declarations[place] ?? {};
      for (const use of [...uses, base, target]) if (use !== undefined) reached.add(use);
    }
    for (const statement of program.declarations) {
      if (!(statement.kind === "write" || isCalled(statement)) || !modules.has(statement.module)) continue;
      const mentioned = writer === "its table" ? [statement.target] : mentionedBy(program, statement);
      if ([...mentioned].some((place) => place !== undefined && reached.has(place))) reached.add(statement.place);
    }
  }
  return reached;
}

function mentionedBy(program: Program, { place }: Declaration): Set<number> {
  const found = new Set([place]);
  for (const at of found) {
    const { uses = [], base, target } = program.declarations[at] ?? {};
    for (const use of [...uses, base, target]) if (use !== undefined) found.add(use);
  }
  return found;
}

/** The same program in which a declaration refers to something else of the same kind; undefined where there is none. */
export function redirected(program: Program, place: number): Program | undefined {
  const from = program.declarations[place];
  if (from === undefined) return undefined;
  for (const [at, use] of from.uses.entries()) {
    const kind = program.declarations[use]?.kind;
    const other = program.declarations.find(
      (it) => it.kind === kind && !from.uses.includes(it.place) && mayUse(from, it) && it.place !== place,
    );
    if (other === undefined) continue;
    const changed: Declaration = { ...from, uses: from.uses.with(at, other.place) };
    return { ...program, declarations: program.declarations.with(place, changed) };
  }
  return undefined;
}
