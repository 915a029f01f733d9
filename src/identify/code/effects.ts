import { ANY_PLACE, type Effects, type Handed, type Written } from "./effect-list.ts";
import type { Graph, Placed, Target } from "./graph.ts";
import type { Unit } from "./module-summary.ts";

/** What is written to. */
export interface Writes {
  readonly units: ReadonlySet<Unit>;
  /** Names of globals, and `module name` for packages and modules of Node. */
  readonly globals: ReadonlySet<string>;
  /** Modules that are loaded by the functions that it may call. */
  readonly loads: ReadonlySet<string>;
}

const NONE: Writes = { units: new Set(), globals: new Set(), loads: new Set() };

/** The name under which a package or a module of Node is written to: its own, or that of the global which it is. */
export function externalName(target: Target): string | undefined {
  if (target.to === "package") return `module ${target.package.name}`;
  if (target.to !== "builtin") return undefined;
  return target.module === "node:process" ? "process" : `module ${target.module}`;
}

/**
 * What a declaration or statement writes to when its module is loaded: by itself, or through functions that it may call.
 *
 * What functions that are reached already do when they are called is not counted a second time, unless they are called
 * here: a function that keeps something for its next call would else make a part of its key whatever calls it.
 */
export function effectiveWrites(graph: Graph, placed: Placed, isReached: (unit: Unit) => boolean): Writes {
  const { loading } = placed.unit.skeleton;
  if (placed.unit.kind === "function" || placed.unit.kind === "cacheable" || isNothing(loading)) return NONE;
  const collected = new Collector(graph);
  collected.take(placed, loading);
  const seen = new Set<Unit>();
  const waiting = collected.functionsOf(placed, loading);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.unit)) continue;
    seen.add(next.unit);
    const { called } = next.unit.skeleton;
    collected.take(next, called);
    collected.takeLoads(next, called);
    waiting.push(...collected.functionsOf(next, called).filter(({ unit }) => !isReached(unit)));
  }
  return collected;
}

/** What a declaration or statement reads when its module is loaded: by itself, or through functions that it may call. */
export function effectiveReads(graph: Graph, placed: Placed): ReadonlySet<Unit> {
  const collector = new Collector(graph);
  const seen = new Set<Unit>();
  const waiting = collector.mentioned(placed, placed.unit.skeleton.loading);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.unit)) continue;
    seen.add(next.unit);
    if (next.unit.kind === "function") waiting.push(...collector.mentioned(next, next.unit.skeleton.called));
  }
  return seen;
}

function isNothing({ writes, calls, hands, mentions, globals }: Effects): boolean {
  return writes.length + calls.length + hands.length + mentions.length + globals.length === 0;
}

class Collector implements Writes {
  readonly units = new Set<Unit>();
  readonly globals = new Set<string>();
  readonly loads = new Set<string>();
  /** Functions what is given by which was added. */
  readonly #given = new Set<Unit>();
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  take(from: Placed, { writes, calls, hands, globals, commands }: Effects): void {
    for (const name of globals) this.globals.add(name);
    for (const written of writes) this.#write(from, written);
    // A package is told how to do what it does: `proj4.defs(…)`.
    for (const ref of commands) this.#writeExternal(from, { ref }, "package");
    for (const written of calls) this.#writeValue(from, written);
    for (const handed of hands) if (this.#mayWrite(from, handed, new Set())) this.#writeHanded(from, handed.value);
  }

  takeLoads({ file, unit }: Placed, { mentions }: Effects): void {
    for (const place of mentions) {
      const ref = unit.skeleton.refs[place];
      const resolution = ref?.to === "import" ? this.#graph.resolver.resolve(ref.specifier, file) : undefined;
      if (resolution?.to === "file") this.loads.add(resolution.file);
    }
  }

  /** Functions are not changed by being handed over, or by a method such as `bind`; what they give may be. */
  #writeHanded(from: Placed, written: Written): void {
    this.#writeExternal(from, written, "package", "builtin");
    this.#writeValue(from, written);
  }

  #writeValue(from: Placed, written: Written): void {
    for (const placed of this.#units(from, written)) {
      if (placed.unit.kind === "value") this.#add(placed);
      else if (placed.unit.kind === "function" && !this.#given.has(placed.unit)) {
        this.#given.add(placed.unit);
        for (const ref of placed.unit.skeleton.aliases) this.#writeValue(placed, { ref });
      }
    }
  }

  /** Functions that may be called: those that are mentioned, and objects that hold some. What is cacheable runs for itself. */
  functionsOf(from: Placed, { mentions }: Effects): Placed[] {
    const mentioned = this.mentioned(from, { mentions });
    return mentioned.filter(({ unit }) => unit.kind !== "cacheable" && unit.kind !== "statement");
  }

  mentioned(from: Placed, { mentions }: Pick<Effects, "mentions">): Placed[] {
    return mentions.flatMap((ref) => this.#units(from, { ref }));
  }

  #writeExternal(from: Placed, written: Written, ...kinds: readonly Target["to"][]): void {
    for (const target of this.#targets(from, written)) {
      const name = kinds.includes(target.to) ? externalName(target) : undefined;
      if (name !== undefined) this.globals.add(name);
    }
  }

  #write(from: Placed, written: Written): void {
    this.#writeExternal(from, written, "package", "builtin");
    for (const unit of this.#units(from, written)) this.#add(unit);
  }

  /** Adds a unit, and what its value may be another name for. */
  #add(placed: Placed): void {
    if (this.units.has(placed.unit)) return;
    this.units.add(placed.unit);
    for (const ref of placed.unit.skeleton.aliases) this.#write(placed, { ref });
  }

  /** Whether a function may write to what it is handed; what is not known may. */
  #mayWrite(from: Placed, { callee, place }: Handed, seen: Set<Unit>): boolean {
    if (callee === undefined) return true;
    const functions = this.#units(from, { ref: callee });
    if (functions.length === 0) return true;
    return functions.some(({ file, unit }) => {
      if (unit.kind === "cacheable") return false;
      if (unit.kind !== "function") return true;
      if (seen.has(unit)) return false;
      seen.add(unit);
      const { writes, calls, hands } = unit.skeleton.called;
      const isIt = (written: Written): boolean =>
        "parameter" in written &&
        (written.parameter === place || written.parameter === ANY_PLACE || place === ANY_PLACE);
      if (writes.some(isIt) || calls.some(isIt)) return true;
      return hands.some((handed) => isIt(handed.value) && this.#mayWrite({ file, unit }, handed, seen));
    });
  }

  #units(from: Placed, written: Written): Placed[] {
    return this.#targets(from, written).flatMap((target) => (target.to === "unit" ? [target.placed] : []));
  }

  #targets(from: Placed, written: Written): readonly Target[] {
    const ref = "ref" in written ? from.unit.skeleton.refs[written.ref] : undefined;
    return ref === undefined ? [] : this.#graph.targetsOf(from.file, ref);
  }
}
