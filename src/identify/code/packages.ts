import path from "node:path";
import type { Witnesses } from "./witnesses.ts";

/** What a package.json says that counts here. */
export interface PackageFile {
  /** Folder of the package, as it is on disk. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Whether it was installed; a linked one, and the project itself, are project code. */
  readonly installed: boolean;
  /** Names of the packages that it uses. */
  readonly dependencies: readonly string[];
  readonly exports: unknown;
  readonly imports: unknown;
  readonly main: string | undefined;
}

/** The packages that are found on disk. */
export class Packages {
  readonly #witnesses: Witnesses;
  readonly #parsed = new Map<string, PackageFile | undefined>();
  readonly #found = new Map<string, PackageFile | undefined>();

  constructor(witnesses: Witnesses) {
    this.#witnesses = witnesses;
  }

  /** The package whose package.json lies in a folder. */
  in(folder: string): PackageFile | undefined {
    return this.#read(folder);
  }

  /** The package that a file belongs to. */
  around(file: string): PackageFile | undefined {
    for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
      const found = this.#read(folder);
      if (found !== undefined) return found;
      if (folder === path.dirname(folder)) return undefined;
    }
  }

  /** The package that code in `folder` gets under a name: the one in the nearest `node_modules`. */
  find(name: string, from: string): PackageFile | undefined {
    const id = `${from}\0${name}`;
    if (!this.#found.has(id)) this.#found.set(id, this.#search(name, from));
    return this.#found.get(id);
  }

  #search(name: string, from: string): PackageFile | undefined {
    for (let folder = from; ; folder = path.dirname(folder)) {
      if (path.basename(folder) !== "node_modules") {
        const place = path.join(folder, "node_modules", name);
        const real = this.#witnesses.realFolder(place);
        if (real !== undefined) {
          return this.#read(real) ?? { ...UNNAMED, folder: real, name, installed: isInstalled(real) };
        }
      }
      if (folder === path.dirname(folder)) return undefined;
    }
  }

  /** A package with all that it uses, and what that uses, in a fixed order. */
  withDependencies(root: PackageFile): PackageFile[] {
    const seen = new Map([[root.folder, root]]);
    for (const found of seen.values()) {
      for (const name of found.dependencies) {
        const dependency = this.find(name, found.folder);
        if (dependency !== undefined) seen.set(dependency.folder, dependency);
      }
    }
    const idOf = ({ name, version }: PackageFile): string => `${name}@${version}`;
    return [...seen.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  }

  #read(folder: string): PackageFile | undefined {
    const file = path.join(folder, "package.json");
    if (this.#witnesses.kind(file) !== "file") return undefined;
    if (!this.#parsed.has(folder)) this.#parsed.set(folder, this.#parse(folder, file));
    return this.#parsed.get(folder);
  }

  #parse(folder: string, file: string): PackageFile | undefined {
    const text = this.#witnesses.disk.text(file);
    if (text === undefined) return undefined;
    try {
      const content = JSON.parse(text) as Readonly<Record<string, unknown>>;
      const { name, version, dependencies, optionalDependencies, peerDependencies, exports, imports, main } = content;
      const names = [dependencies, optionalDependencies, peerDependencies].flatMap((list) => Object.keys(list ?? {}));
      return {
        folder,
        name: typeof name === "string" ? name : path.basename(folder),
        version: typeof version === "string" ? version : "",
        installed: isInstalled(folder),
        dependencies: [...new Set(names)].sort(),
        exports,
        imports,
        main: typeof main === "string" ? main : undefined,
      };
    } catch {
      return { ...UNNAMED, folder, name: path.basename(folder), installed: isInstalled(folder) };
    }
  }
}

const UNNAMED = { version: "", dependencies: [], exports: undefined, imports: undefined, main: undefined } as const;

function isInstalled(folder: string): boolean {
  return folder.split(path.sep).includes("node_modules");
}
