import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type * as ResolvePkgMaps from "resolve-pkg-maps";
import { Aliases } from "./aliases.ts";
import { ownFolder } from "./own-folder.ts";
import { type PackageFile, Packages } from "./packages.ts";
import type { Witnesses } from "./witnesses.ts";

interface ToFile {
  readonly to: "file";
  readonly file: string;
  /**
   * What may be loaded in its place: tsx prefers `x.ts` where `./x.js` is named, Node.js does without the paths of
   * tsconfig.json, and `require` and conditions on the command line choose otherwise in package.json.
   */
  readonly others: readonly (ToFile | ToPackage)[];
}

interface ToPackage {
  readonly to: "package";
  readonly package: PackageFile;
  readonly subpath: string;
}

/** What an import leads to. */
export type Resolution =
  /** Project code or data. */
  | ToFile
  | ToPackage
  | { readonly to: "builtin"; readonly name: string }
  /** This package, whose releases change no results. */
  | { readonly to: "own" }
  | { readonly to: "nothing" };

export const OWN_PACKAGE = "scalable";
const NOTHING: Resolution = { to: "nothing" };
const CONDITIONS = ["node", "import", "module-sync", "default"];
const REQUIRE_CONDITIONS = ["node", "require", "module-sync", "default"];
/** Those of other tools than Node.js, which nobody names on its command line. */
const FOREIGN_CONDITIONS: ReadonlySet<string> = new Set(
  "asset browser bun deno edge-light electron react-native sass script style svelte types typings umd workerd".split(
    " ",
  ),
);
const EXTENSIONS = [".ts", ".tsx", ".js", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".json"];
/** What TypeScript sources may be called where the import names what they compile to. */
const COMPILED: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

let loaded: typeof ResolvePkgMaps | undefined;
function maps(): typeof ResolvePkgMaps {
  loaded ??= createRequire(import.meta.url)("resolve-pkg-maps") as typeof ResolvePkgMaps;
  return loaded;
}

/** Finds the files and packages that imports lead to, as Node.js and tsx do. */
export class Resolver {
  readonly packages: Packages;
  readonly #witnesses: Witnesses;
  readonly #aliases: Aliases;
  readonly #known = new Map<string, Resolution>();

  constructor(witnesses: Witnesses) {
    this.#witnesses = witnesses;
    this.packages = new Packages(witnesses);
    this.#aliases = new Aliases(witnesses, this.packages);
  }

  resolve(specifier: string, from: string): Resolution {
    const folder = path.dirname(from);
    const id = `${folder}\0${specifier}`;
    const known = this.#known.get(id) ?? withoutOwn(this.#resolve(specifier, from, folder));
    this.#known.set(id, known);
    return known;
  }

  #resolve(specifier: string, from: string, folder: string): Resolution {
    if (isBuiltin(specifier)) return { to: "builtin", name: `node:${specifier.replace(/^node:/, "")}` };
    if (specifier.startsWith("file:")) return this.#file(fileURLToPath(specifier)) ?? NOTHING;
    // What follows tells instances of a module apart, not its code.
    const [named = ""] = specifier.split(/[?#](?=.)/, specifier.startsWith("#") ? undefined : 1);
    const plain = specifier.startsWith("#") ? specifier : named;
    if (/^\.{0,2}\//.test(plain) || plain === "." || plain === "..") {
      return this.#file(path.resolve(folder, plain)) ?? this.#file(path.resolve(folder, decoded(plain))) ?? NOTHING;
    }
    if (/^[a-z]{2,}:/i.test(plain)) return NOTHING;
    if (plain.startsWith("#")) return this.#mapped(plain, from) ?? this.#aliased(plain, folder) ?? NOTHING;
    return firstOf([this.#aliased(plain, folder), this.#bare(plain, from)]) ?? NOTHING;
  }

  #file(base: string): ToFile | undefined {
    const found: ToFile[] = [];
    const take = (place: string): boolean => {
      const file = this.#witnesses.realFile(place);
      return file !== undefined && found.push({ to: "file", file, others: [] }) > 0;
    };
    const extension = path.extname(base);
    const stem = base.slice(0, base.length - extension.length);
    take(base);
    for (const source of COMPILED[extension] ?? []) take(stem + source);
    if (found.length === 0) EXTENSIONS.some((ending) => take(base + ending));
    if (found.length === 0 && this.#witnesses.kind(base) === "folder") {
      const main = this.packages.in(base)?.main;
      const named = main === undefined ? undefined : this.#file(path.join(base, main));
      if (named !== undefined) return named;
      EXTENSIONS.some((ending) => take(path.join(base, `index${ending}`)));
    }
    return firstOf(found);
  }

  #aliased(specifier: string, folder: string): ToFile | undefined {
    for (const candidate of this.#aliases.candidates(specifier, folder)) {
      // It tells the types of what is elsewhere.
      if (/\.d\.[cm]?ts$/.test(candidate)) continue;
      const found = this.#file(candidate);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** `#name`, by the `imports` of the package that the code is in. */
  #mapped(specifier: string, from: string): Resolution | undefined {
    const own = this.packages.around(from);
    if (typeof own?.imports !== "object" || own.imports === null) return undefined;
    const targets = resolveMap(own.imports, (conditions) =>
      maps().resolveImports(own.imports as ResolvePkgMaps.PathConditionsMap, specifier, conditions),
    );
    return firstOf(
      targets.map((target) =>
        target.startsWith(".") ? this.#file(path.join(own.folder, target)) : this.#bare(target, from),
      ),
    );
  }

  #bare(specifier: string, from: string): Resolution | undefined {
    if (isBuiltin(specifier)) return { to: "builtin", name: `node:${specifier.replace(/^node:/, "")}` };
    const [, name = "", subpath = ""] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier) ?? [];
    if (name === OWN_PACKAGE) return { to: "own" };
    const own = this.packages.around(from);
    if (own?.name === name && own.exports !== undefined && !own.installed) return this.#exported(own, subpath);
    const found = this.packages.find(name, path.dirname(from));
    if (found === undefined) return undefined;
    return found.installed ? { to: "package", package: found, subpath } : this.#exported(found, subpath);
  }

  /** What a package that is project code exports under a name. */
  #exported({ folder, exports, main }: PackageFile, subpath: string): Resolution | undefined {
    if (exports === undefined || exports === null) {
      return (
        this.#file(subpath === "" ? path.join(folder, main ?? "index") : path.join(folder, subpath)) ??
        this.#file(folder)
      );
    }
    const request = subpath.replace(/^\//, "");
    const targets = resolveMap(exports, (conditions) =>
      maps().resolveExports(exports as ResolvePkgMaps.PathConditions, request, conditions),
    );
    return firstOf(targets.map((target) => this.#file(path.join(folder, target))));
  }
}

/** However this package is imported: by its name, or its files by theirs. */
function withoutOwn(resolution: Resolution): Resolution {
  return resolution.to === "file" && resolution.file.startsWith(ownFolder) ? { to: "own" } : resolution;
}

/** Imports are URLs, in which some letters are written otherwise. */
function decoded(specifier: string): string {
  try {
    return decodeURIComponent(specifier);
  } catch {
    return specifier;
  }
}

/** What is given under any of the conditions that may hold, those of `import` first. */
function resolveMap(map: unknown, resolve: (conditions: readonly string[]) => string[]): string[] {
  const own = [...new Set(conditionsIn(map))].filter((name) => !FOREIGN_CONDITIONS.has(name));
  const sets = [CONDITIONS, REQUIRE_CONDITIONS, ...own.map((name) => [...CONDITIONS, name])];
  const targets = sets.flatMap((conditions) => {
    try {
      return resolve(conditions);
    } catch {
      return []; // Nothing under that name and these conditions.
    }
  });
  return [...new Set(targets)];
}

function conditionsIn(map: unknown): string[] {
  if (typeof map !== "object" || map === null) return [];
  if (Array.isArray(map)) return map.flatMap(conditionsIn);
  return Object.entries(map).flatMap(([name, value]) => [
    ...(/^[.#]/.test(name) ? [] : [name]),
    ...conditionsIn(value),
  ]);
}

/** The first of what is there; where that is a file, with the others. */
function firstOf<T extends Resolution>(given: readonly (T | undefined)[]): T | undefined {
  const [first, ...rest] = given.filter((resolution) => resolution !== undefined);
  if (first?.to !== "file") return first;
  const others = rest.filter((other) => other.to === "package" || (other.to === "file" && other.file !== first.file));
  return { ...first, others: [...first.others, ...others] };
}
