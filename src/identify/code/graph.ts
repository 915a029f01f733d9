import { effectiveWrites, externalName, type Writes } from "./effects.ts";
import { type Exported, type ImportedName, type ModuleSummary, plainSkeleton, type Unit } from "./module-summary.ts";
import type { PackageFile } from "./packages.ts";
import type { Program } from "./program.ts";
import { OWN_PACKAGE, type Resolution, Resolver } from "./resolve.ts";
import type { Ref } from "./skeleton.ts";
import { Witnesses } from "./witnesses.ts";

/** A unit in its module. */
export interface Placed {
  readonly file: string;
  readonly unit: Unit;
}

/** What a reference leads to. */
export type Target =
  | { readonly to: "unit"; readonly placed: Placed /** Which of the names that it declares. */; readonly name: number }
  | { readonly to: "package"; readonly package: PackageFile; readonly name: string }
  /** One that counts by its name. */
  | { readonly to: "builtin"; readonly module: string; readonly name: string }
  | ({ readonly to: "missing" } & ImportedName);

/** Which declarations of which modules references lead to. */
export class Graph {
  /** What was looked at to find modules and packages. */
  readonly looked: Witnesses;
  readonly resolver: Resolver;
  readonly #program: Program;
  readonly #targets = new Map<Ref, readonly Target[]>();
  readonly #namespaces = new Map<string, Unit>();
  readonly #byName = new WeakMap<ModuleSummary, ReadonlyMap<string, readonly Unit[]>>();
  readonly #writes = new WeakMap<Unit, Writes>();
  readonly #names = new WeakMap<Unit, ReadonlySet<string>>();
  readonly #loads = new WeakMap<ModuleSummary, readonly string[]>();
  readonly #evaluated = new WeakMap<ModuleSummary, readonly Unit[]>();

  constructor(program: Program) {
    this.#program = program;
    this.looked = new Witnesses(program.disk);
    this.resolver = new Resolver(this.looked);
  }

  module(file: string): ModuleSummary {
    return this.#program.module(file);
  }

  /** What a reference in a module leads to. */
  targetsOf(file: string, ref: Ref): readonly Target[] {
    const known = this.#targets.get(ref);
    if (known !== undefined) return known;
    const targets =
      ref.to === "binding"
        ? this.#bound(file, ref.name)
        : ref.to === "import"
          ? this.#members(this.#imported(file, ref), ref.members ?? [])
          : this.#exported(file, ref.name, new Set());
    this.#targets.set(ref, targets);
    return targets;
  }

  /** What is read of targets: where one is all exports of a module, the one that is named. */
  #members(targets: readonly Target[], members: readonly string[]): readonly Target[] {
    const [name, ...rest] = members;
    if (name === undefined) return targets;
    return targets.flatMap((target) => {
      const isNamespace = target.to === "unit" && this.#namespaces.get(target.placed.file) === target.placed.unit;
      if (!isNamespace) return [target];
      const found = this.#exported(target.placed.file, name, new Set());
      return found.length === 0 ? [target] : this.#members(found, rest);
    });
  }

  /** What of a module does something when it is loaded. */
  evaluated(file: string): readonly Unit[] {
    const summary = this.module(file);
    let units = this.#evaluated.get(summary);
    if (units === undefined) {
      units = summary.units.filter(
        (unit) => unit.kind !== "function" && unit.kind !== "cacheable" && doesSomething(unit),
      );
      this.#evaluated.set(summary, units);
    }
    return units;
  }

  /** What a unit may write to when its module is loaded, whatever is reached. */
  mayWrite(placed: Placed): Writes {
    let writes = this.#writes.get(placed.unit);
    if (writes === undefined) {
      writes = effectiveWrites(this, placed, () => false);
      this.#writes.set(placed.unit, writes);
    }
    return writes;
  }

  /** The globals, packages and modules of Node that a unit uses, by the names under which they are written to. */
  namesUsedBy({ file, unit }: Placed): ReadonlySet<string> {
    let names = this.#names.get(unit);
    if (names === undefined) {
      const targets = followedRefs(unit).flatMap((ref) => this.targetsOf(file, ref));
      const external = targets.map(externalName).filter((name) => name !== undefined);
      names = new Set([...unit.skeleton.globals, ...external]);
      this.#names.set(unit, names);
    }
    return names;
  }

  /** The modules that are loaded with some, in the order of their evaluation: what a module loads comes before it. */
  loadOrder(files: Iterable<string>): string[] {
    const order: string[] = [];
    const seen = new Set<string>();
    for (const file of files) this.#load(file, seen, order);
    return order;
  }

  #load(file: string, seen: Set<string>, order: string[]): void {
    if (seen.has(file)) return;
    seen.add(file);
    for (const loaded of this.#loadsOf(file)) this.#load(loaded, seen, order);
    order.push(file);
  }

  #loadsOf(file: string): readonly string[] {
    const summary = this.module(file);
    let loads = this.#loads.get(summary);
    if (loads === undefined) {
      const resolved = summary.loads.map((specifier) => this.resolver.resolve(specifier, file));
      loads = resolved.flatMap((resolution) => (resolution.to === "file" ? resolution.file : []));
      this.#loads.set(summary, loads);
    }
    return loads;
  }

  #unitsByName(file: string): ReadonlyMap<string, readonly Unit[]> {
    const summary = this.module(file);
    const known = this.#byName.get(summary);
    if (known !== undefined) return known;
    const units = new Map<string, Unit[]>();
    for (const unit of summary.units) {
      for (const name of unit.names) units.set(name, [...(units.get(name) ?? []), unit]);
    }
    this.#byName.set(summary, units);
    return units;
  }

  #bound(file: string, name: string): Target[] {
    const units = this.#unitsByName(file).get(name) ?? [];
    return units.map((unit) => ({ to: "unit", placed: { file, unit }, name: unit.names.indexOf(name) }));
  }

  #imported(file: string, { specifier, name }: ImportedName, seen = new Set<string>()): Target[] {
    return this.#resolved(this.resolver.resolve(specifier, file), { specifier, name }, seen);
  }

  #resolved(resolution: Resolution, { specifier, name }: ImportedName, seen: Set<string>): Target[] {
    switch (resolution.to) {
      case "builtin":
        return [{ to: "builtin", module: resolution.name, name }];
      case "own":
        return [{ to: "builtin", module: OWN_PACKAGE, name }];
      case "package": {
        const { package: found, subpath } = resolution;
        return [{ to: "package", package: found, name: `${found.name}${subpath}#${name}` }];
      }
      case "nothing":
        return [{ to: "missing", specifier, name }];
      case "file": {
        // Which of them is loaded depends on who runs the code.
        const others = resolution.others.flatMap((other) => this.#resolved(other, { specifier, name }, seen));
        const found = [...this.#exported(resolution.file, name, seen), ...others.filter(({ to }) => to !== "missing")];
        return found.length === 0 ? [{ to: "missing", specifier, name }] : found;
      }
    }
  }

  /** What a module exports under a name: a declaration, or several where two modules that it passes on have one. */
  #exported(file: string, name: string, seen: Set<string>): Target[] {
    const { exports, stars } = this.module(file);
    // CommonJS modules and data tell nothing of their exports.
    if (Object.keys(exports).length === 0 && stars.length === 0) return this.#whole(file);
    if (name === "*") return [{ to: "unit", placed: { file, unit: this.#namespace(file) }, name: 0 }];
    const id = `${file}\0${name}`;
    if (seen.has(id)) return [];
    seen.add(id);
    if (Object.hasOwn(exports, name)) return this.#exportedAs(file, exports[name] as Exported, seen);
    // `export *` passes on everything but the default export.
    if (name === "default") return [];
    return stars.flatMap((specifier) =>
      this.#imported(file, { specifier, name }, seen).filter(({ to }) => to !== "missing"),
    );
  }

  #exportedAs(file: string, exported: Exported, seen: Set<string>): Target[] {
    if ("specifier" in exported) return this.#imported(file, exported, seen);
    const bound = this.#bound(file, exported.local);
    const imported = this.module(file).imports[exported.local];
    return bound.length > 0 || imported === undefined ? bound : this.#imported(file, imported, seen);
  }

  /** Everything in a module. */
  #whole(file: string): Target[] {
    return this.module(file).units.map((unit) => ({ to: "unit", placed: { file, unit }, name: -1 }));
  }

  /** All exports of a module as one thing that refers to each of them. */
  #namespace(file: string): Unit {
    const known = this.#namespaces.get(file);
    if (known !== undefined) return known;
    const { names, packages } = this.#exportedNames(file, new Set());
    const sorted = [...names].sort();
    const refs = [...sorted.map((name): Ref => ({ to: "export", name })), ...packages];
    const unit: Unit = { names: ["*"], line: 1, kind: "value", skeleton: plainSkeleton(JSON.stringify(sorted), refs) };
    this.#namespaces.set(file, unit);
    return unit;
  }

  /** The names that a module exports, and the packages all of whose exports it passes on. */
  #exportedNames(file: string, seen: Set<string>): { readonly names: Set<string>; readonly packages: Ref[] } {
    const module = this.module(file);
    const names = new Set(Object.keys(module.exports));
    const packages: Ref[] = [];
    seen.add(file);
    for (const specifier of module.stars) {
      const resolution = this.resolver.resolve(specifier, file);
      if (resolution.to !== "file") packages.push({ to: "import", specifier, name: "*" });
      else if (!seen.has(resolution.file)) {
        const passedOn = this.#exportedNames(resolution.file, seen);
        for (const name of passedOn.names) if (name !== "default") names.add(name);
        packages.push(...passedOn.packages);
      }
    }
    return { names, packages };
  }
}

/** The references of a unit that lead on. */
export function followedRefs({ skeleton: { refs, followed } }: Unit): readonly Ref[] {
  return followed.flatMap((place) => refs[place] ?? []);
}

function doesSomething({ skeleton: { loading } }: Unit): boolean {
  return Object.values(loading).some((list: readonly unknown[]) => list.length > 0);
}
