import path from "node:path";

/** How manifests name files. */
export function relativePath(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join("/");
}

/** A declaration (or a statement that writes to one) that a function's behaviour depends on. */
export interface CodeDeclaration {
  /** Its name in its module; `(statement)` for one without. */
  readonly name: string;
  /** Its file, relative to the project's folder, with `/` between the names. */
  readonly file: string;
  /** Line where it begins, from 1. */
  readonly line: number;
  /** Digest of its own text and of the names of what it refers to: 32 hexadecimal digits. */
  readonly digest: string;
  /** The place in the list of the declaration through which it is reached; -1 for the function itself, which is first. */
  readonly via: number;
}

/** An npm package, or one of Node's own modules, that a function reaches. */
export interface CodePackage {
  readonly name: string;
  /** As its package.json has it; empty for Node's own modules. */
  readonly version: string;
  /** The place of the declaration through which it is reached. */
  readonly via: number;
}

/** A function with whose code a manifest begins: what it takes to read that code again. */
export interface CodeOrigin {
  /** The module in whose text it is found, relative to the project's folder, with `/` between the names. */
  readonly file: string;
  readonly name: string;
  /** Paths of more files, from the folder of that module. */
  readonly dependsOn: readonly string[];
  /** Digest of all code that it reaches: 32 hexadecimal digits. Empty where only one process can have that code. */
  readonly digest: string;
}

/** What a function's code digest covers. */
export interface CodeManifest {
  /** The function itself, then those that its option `dependsOn` names. */
  readonly origins: readonly CodeOrigin[];
  /** The function itself comes first, then what it reaches, in the order of its reaching. */
  readonly declarations: readonly CodeDeclaration[];
  readonly packages: readonly CodePackage[];
}

/** The names through which a declaration is reached: `["runDemeter", "allocate", "fuelShare"]`. */
export function pathTo(manifest: CodeManifest, place: number): string[] {
  const names: string[] = [];
  // Each is reached through one before it; in a list that others wrote, perhaps not.
  for (let at = place, left = manifest.declarations.length; at >= 0 && left > 0; left -= 1) {
    const declaration = manifest.declarations[at];
    if (declaration === undefined) break;
    names.unshift(declaration.name);
    at = declaration.via;
  }
  return names;
}

/** Manifests one after the other; what others depend on is reached through the function itself. */
export function joined(manifests: readonly CodeManifest[]): CodeManifest {
  const declarations: CodeDeclaration[] = [];
  const packages: CodePackage[] = [];
  for (const each of manifests) {
    const first = declarations.length;
    const moved = (via: number): number => (via >= 0 ? via + first : first === 0 ? via : 0);
    declarations.push(...each.declarations.map((more) => ({ ...more, via: moved(more.via) })));
    packages.push(...each.packages.map((more) => ({ ...more, via: moved(more.via) })));
  }
  return { origins: manifests.flatMap(({ origins }) => origins), declarations, packages };
}
