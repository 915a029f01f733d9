import { createHash } from "node:crypto";
import path from "node:path";
import type { CodeWarning } from "./closure.ts";
import { effectiveReads, effectiveWrites } from "./effects.ts";
import { followedRefs, type Graph, type Placed, type Target } from "./graph.ts";
import { type CodeManifest, type CodePackage, relativePath } from "./manifest.ts";
import type { Unit } from "./module-summary.ts";
import type { PackageFile } from "./packages.ts";
import { CODE_VERSION } from "./program.ts";
import type { Ref } from "./skeleton.ts";

interface Reached extends Placed {
  readonly via: number;
}

/** Globals whose prototypes code uses without naming them. */
const OF_LITERALS = "Array BigInt Boolean Error Function Iterator Number Object Promise RegExp String Symbol".split(
  " ",
);

/**
 * Follows references from a function through modules. Declarations are numbered in the order in which they are reached,
 * so that neither their names nor their places have a part in the digest.
 */
export class Linker {
  readonly #graph: Graph;
  readonly #reached: Reached[] = [];
  readonly #numbers = new Map<Unit, number>();
  readonly #packages = new Map<string, { readonly package: PackageFile; readonly via: number }>();
  readonly #builtins = new Map<string, number>();
  readonly #missing = new Map<string, CodeWarning>();
  /** What writes to what is reached, by its number, in the order of evaluation. */
  readonly #writers = new Map<number, number[]>();
  readonly #loaded = new Set<string>();
  /** Packages that are loaded for what they do. */
  readonly #effects = new Set<string>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** What a reference in a module leads to. */
  targetsOf(file: string, ref: Ref): readonly Target[] {
    return this.#graph.targetsOf(file, ref);
  }

  /** Reaches all that a function refers to, and all that writes to that. */
  link(root: Placed): void {
    this.#reach(root, -1);
    for (let followed = 0; followed < this.#reached.length; this.#addWriters()) {
      for (; followed < this.#reached.length; followed += 1) this.#follow(followed);
    }
    this.#addEffects(root);
  }

  get digest(): string {
    const words: unknown[] = ["scalable/code", CODE_VERSION];
    for (const [place, { file, unit }] of this.#reached.entries()) {
      const refs = followedRefs(unit).map((ref) => this.targetsOf(file, ref).map((target) => this.#wordsOf(target)));
      words.push([unit.skeleton.digest, refs, this.#writers.get(place) ?? [], this.#readsOf(place)]);
    }
    for (const { package: reached } of this.#packages.values()) words.push(this.#wordsOfPackage(reached));
    for (const name of this.#effects) words.push(["effect", name]);
    return createHash("sha256").update(JSON.stringify(words)).digest("hex").slice(0, 32);
  }

  /** @param folder - that of the project; files are named from there. */
  manifest(folder: string): Omit<CodeManifest, "origins"> {
    const declarations = this.#reached.map(({ file, unit, via }, place) => ({
      name: displayName({ file, unit }),
      file: relativePath(folder, file),
      line: unit.line,
      digest: this.#digestOf(place),
      via,
    }));
    return { declarations, packages: this.#allPackages() };
  }

  get warnings(): CodeWarning[] {
    const warnings = [...this.#missing.values()];
    for (const { file, unit } of this.#reached) {
      warnings.push(
        ...unit.skeleton.notes.map(({ line, message }) => ({ kind: "unseen" as const, file, line, message })),
      );
    }
    for (const file of new Set(this.#reached.map((placed) => placed.file))) {
      const { unreadable } = this.#graph.module(file);
      if (unreadable === undefined) continue;
      const message = `the file cannot be parsed (${unreadable}), so that any change of it makes a new key, and what it imports is not seen`;
      warnings.push({ kind: "trouble", file, line: 1, message });
    }
    return warnings;
  }

  /** Absolute paths of the modules that were looked at. */
  get files(): string[] {
    return [...new Set([...this.#reached.map(({ file }) => file), ...this.#loaded])];
  }

  #reach({ file, unit }: Placed, via: number): number {
    const known = this.#numbers.get(unit);
    if (known !== undefined) return known;
    const number = this.#reached.length;
    this.#numbers.set(unit, number);
    this.#reached.push({ file, unit, via });
    return number;
  }

  #follow(place: number): void {
    const from = this.#reached[place];
    if (from === undefined) return;
    for (const ref of followedRefs(from.unit)) {
      for (const target of this.targetsOf(from.file, ref)) this.#followTo(target, from, place);
    }
  }

  #followTo(target: Target, { file, unit }: Placed, via: number): void {
    switch (target.to) {
      case "unit":
        this.#reach(target.placed, via);
        break;
      case "package": {
        const { folder } = target.package;
        if (!this.#packages.has(folder)) this.#packages.set(folder, { package: target.package, via });
        break;
      }
      case "builtin":
        if (!this.#builtins.has(target.module)) this.#builtins.set(target.module, via);
        break;
      case "missing": {
        const message = `"${target.specifier}" was not found${target.name === "*" ? "" : `, or not "${target.name}" in it`}, so that a change of it would not be noticed`;
        this.#missing.set(`${file} ${message}`, { kind: "trouble", file, line: unit.line, message });
      }
    }
  }

  /** A digest of a unit with the names of what it refers to, and of what writes to it. */
  #digestOf(place: number): string {
    const { file, unit } = this.#reached[place] as Placed;
    const refs = followedRefs(unit).map((ref) => this.targetsOf(file, ref).map(nameOfTarget));
    const writers = (this.#writers.get(place) ?? []).map((number) => displayName(this.#reached[number] as Placed));
    const words = [unit.skeleton.digest, refs, writers, this.#readsOf(place).map(([, count]) => count)];
    return createHash("sha256").update(JSON.stringify(words)).digest("hex").slice(0, 32);
  }

  #wordsOf(target: Target): readonly unknown[] {
    switch (target.to) {
      case "unit":
        return [this.#numbers.get(target.placed.unit) ?? -1, target.name];
      case "package":
        return ["package", target.name];
      case "builtin":
        return ["builtin", target.module, target.name];
      case "missing":
        return ["missing", target.specifier, target.name];
    }
  }

  /** A package with all that it uses, and which of them uses which. */
  #wordsOfPackage(reached: PackageFile): readonly unknown[] {
    const { packages } = this.#graph.resolver;
    return packages.withDependencies(reached).map(({ name, version, folder, dependencies }) => {
      const used = dependencies.map((dependency) => packages.find(dependency, folder));
      return [name, version, used.map((found) => (found === undefined ? null : `${found.name}@${found.version}`))];
    });
  }

  /** How many of its writers come before each of those that read it when their modules are loaded. */
  #readsOf(place: number): readonly (readonly [number, number])[] {
    const writers = this.#writers.get(place);
    const { unit } = this.#reached[place] as Placed;
    if (writers === undefined) return [];
    const before = new Map<number, number>();
    let written = 0;
    for (const placed of this.#evaluated()) {
      const number = this.#numbers.get(placed.unit);
      if (number === undefined) continue;
      if (writers.includes(number)) written += 1;
      else if (effectiveReads(this.#graph, placed).has(unit)) before.set(number, written);
    }
    return [...before].sort(([a], [b]) => a - b);
  }

  /** All packages, with what they use themselves, sorted. */
  #allPackages(): CodePackage[] {
    const found = new Map<string, CodePackage>();
    for (const { package: reached, via } of this.#packages.values()) {
      for (const { name, version } of this.#graph.resolver.packages.withDependencies(reached)) {
        const id = `${name}@${version}`;
        if (!found.has(id)) found.set(id, { name, version, via });
      }
    }
    for (const [name, via] of this.#builtins) found.set(name, { name, version: "", via });
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, known]) => known);
  }

  /** Reaches what is executed when the modules are loaded, and writes to what is reached. */
  #addWriters(): void {
    const byGlobal = this.#unitsByGlobal();
    const writers: { readonly placed: Placed; readonly writes: ReadonlySet<Unit> }[] = [];
    for (const placed of this.#evaluated()) {
      const most = this.#graph.mayWrite(placed);
      const concerned = [...most.globals].some((name) => byGlobal.has(name));
      if (!concerned && ![...most.units].some((unit) => this.#numbers.has(unit))) continue;
      const { units, globals } = effectiveWrites(this.#graph, placed, (unit) => this.#numbers.has(unit));
      const writes = new Set([...units, ...[...globals].flatMap((name) => byGlobal.get(name) ?? [])]);
      if (writes.size > 0) writers.push({ placed, writes });
    }
    for (const [place, { unit }] of [...this.#reached.entries()]) {
      const found = writers.filter(({ placed, writes }) => placed.unit !== unit && writes.has(unit));
      const numbers = found.map(({ placed }) => this.#reach(placed, place));
      const known = this.#writers.get(place) ?? [];
      if (numbers.length > 0) this.#writers.set(place, [...new Set([...known, ...numbers])]);
    }
  }

  /** Which of what is reached uses a global, a package or a module of Node. */
  #unitsByGlobal(): ReadonlyMap<string, readonly Unit[]> {
    const units = new Map<string, Unit[]>();
    const add = (name: string, unit: Unit): void => void units.set(name, [...(units.get(name) ?? []), unit]);
    for (const [place, { file, unit }] of this.#reached.entries()) {
      const used = this.#graph.namesUsedBy({ file, unit });
      for (const name of place === 0 ? new Set([...used, ...OF_LITERALS]) : used) add(name, unit);
    }
    return units;
  }

  /** Packages of which nothing is named: they may change what all code does. */
  #addEffects(root: Placed): void {
    for (const file of this.#loaded) {
      for (const specifier of this.#graph.module(file).effects) {
        for (const target of this.targetsOf(file, { to: "import", specifier, name: "*" })) {
          if (target.to !== "package") continue;
          this.#followTo(target, root, 0);
          this.#effects.add(target.name);
        }
      }
    }
  }

  /** What is executed when the modules are loaded, in that order. */
  #evaluated(): Placed[] {
    const files = new Set(this.#reached.map(({ file }) => file));
    for (;;) {
      const order = this.#graph.loadOrder(files);
      const evaluated = order.flatMap((file) => this.#graph.evaluated(file).map((unit) => ({ file, unit })));
      const { size } = files;
      for (const placed of evaluated) {
        for (const file of this.#graph.mayWrite(placed).loads) if (!order.includes(file)) files.add(file);
      }
      if (files.size > size) continue;
      for (const file of order) this.#loaded.add(file);
      return evaluated;
    }
  }
}

function nameOfTarget(target: Target): string {
  switch (target.to) {
    case "unit":
      return displayName(target.placed);
    case "package":
      return target.name;
    case "builtin":
      return `${target.module}#${target.name}`;
    case "missing":
      return `${target.specifier}#${target.name}`;
  }
}

/** The name of a unit, for people. */
function displayName({ file, unit }: Placed): string {
  if (unit.names.length > 0) return unit.names.join(", ");
  return unit.kind === "statement" ? "(statement)" : path.basename(file);
}
