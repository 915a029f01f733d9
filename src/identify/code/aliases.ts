import { createRequire } from "node:module";
import path from "node:path";
import type * as GetTsconfig from "get-tsconfig";
import type { Packages } from "./packages.ts";
import type { Witnesses } from "./witnesses.ts";

let loaded: typeof GetTsconfig | undefined;
function getTsconfig(): typeof GetTsconfig {
  loaded ??= createRequire(import.meta.url)("get-tsconfig") as typeof GetTsconfig;
  return loaded;
}

const EXTENDS = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/;

/** What the `paths` and `baseUrl` of the nearest tsconfig.json make of a specifier. */
export class Aliases {
  readonly #witnesses: Witnesses;
  readonly #packages: Packages;
  readonly #matchers = new Map<string, GetTsconfig.PathsMatcher | null>();

  constructor(witnesses: Witnesses, packages: Packages) {
    this.#witnesses = witnesses;
    this.#packages = packages;
  }

  /** Paths, without an extension perhaps, that code in `folder` may mean. */
  candidates(specifier: string, folder: string): readonly string[] {
    const config = this.#nearest(folder);
    if (config === undefined) return [];
    if (!this.#matchers.has(config)) this.#matchers.set(config, this.#matcher(config));
    return this.#matchers.get(config)?.(specifier) ?? [];
  }

  #nearest(from: string): string | undefined {
    for (let folder = from; ; folder = path.dirname(folder)) {
      const file = path.join(folder, "tsconfig.json");
      if (this.#witnesses.kind(file) === "file") return file;
      if (folder === path.dirname(folder)) return undefined;
    }
  }

  #matcher(file: string): GetTsconfig.PathsMatcher | null {
    this.#takeExtended(file, new Set());
    try {
      const { createPathsMatcher, parseTsconfig } = getTsconfig();
      return createPathsMatcher({ path: file, config: parseTsconfig(file, new Map()) });
    } catch {
      return null; // Whoever runs the code will say so.
    }
  }

  /** The files that a configuration is made of. */
  #takeExtended(file: string, seen: Set<string>): void {
    if (seen.has(file)) return;
    seen.add(file);
    const found = EXTENDS.exec(this.#witnesses.disk.text(file) ?? "")?.[1] ?? "";
    for (const [, specifier = ""] of found.matchAll(/"([^"]*)"/g)) {
      for (const candidate of this.#extended(specifier, path.dirname(file))) {
        if (this.#witnesses.kind(candidate) === "file") this.#takeExtended(candidate, seen);
      }
    }
  }

  #extended(specifier: string, folder: string): string[] {
    let base = path.resolve(folder, specifier);
    if (!specifier.startsWith(".") && !path.isAbsolute(specifier)) {
      const [, name = "", subpath = ""] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier) ?? [];
      const found = this.#packages.find(name, folder);
      if (found === undefined) return [];
      base = path.join(found.folder, subpath);
    }
    return [base, `${base}.json`, path.join(base, "tsconfig.json")];
  }
}
