import fs from "node:fs";
import path from "node:path";
import { outsideOfCalls, warnOnce } from "../../log.ts";

// As they are before they are watched.
const { realpathSync, statSync } = fs;

/** More files of one function are not told of one by one. */
const MOST_TOLD = 20;
const told = new Map<string, number>();

export interface ScopeOptions {
  readonly functionName: string;
  /** Files and folders that are part of the key. */
  readonly declared: readonly string[];
  /** Variables that are. */
  readonly env: readonly string[];
  readonly cacheDir: string;
}

/** What one run of a body reads that is not part of the key of its call. */
export class Scope {
  readonly #functionName: string;
  /** Files, and folders with all that is in them, that are part of the key, or that the body made itself. */
  readonly #known: Set<string>;
  readonly #env: Set<string>;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #variables = new Set<string>();
  #readsAllVariables = false;

  constructor({ functionName, declared, env, cacheDir }: ScopeOptions) {
    this.#functionName = functionName;
    this.#known = new Set([...declared, cacheDir].map(realPath));
    this.#env = new Set(env);
  }

  /** The body opens what is at a path. That nothing is there is no reading: it could not be declared either. */
  reads(named: string): void {
    const stat = statSync(named, { throwIfNoEntry: false });
    if (stat === undefined || isModule(named)) return;
    const real = realPath(named);
    if (isWithin(real, this.#known)) return;
    (stat.isDirectory() ? this.#folders : this.#files).add(real);
  }

  /** The body writes all of a file, or makes a folder. What it reads there afterwards is its own. */
  writes(named: string): void {
    this.#known.add(realPath(named));
  }

  /** The body writes to what is at a path, which may have been there before. */
  appends(named: string): void {
    if (statSync(named, { throwIfNoEntry: false }) === undefined) this.writes(named);
  }

  readsVariable(name: string): void {
    // This package's own variables are no part of what a function computes.
    if (this.#env.has(name) || name.startsWith("SCALABLE_")) return;
    this.#variables.add(name);
  }

  writesVariable(name: string): void {
    this.#env.add(name);
  }

  readsAllVariables(): void {
    this.#readsAllVariables = true;
  }

  /** Whether a variable is known of already. */
  knowsVariable(name: string): boolean {
    return this.#readsAllVariables || this.#variables.has(name) || this.#env.has(name);
  }

  /** @param outputs - files and folders that belong to the result. */
  tell(outputs: readonly string[]): void {
    const own = new Set(outputs.map(realPath));
    const folders = [...this.#folders].filter((folder) => !isWithin(folder, own) && !this.#isIn(folder, this.#folders));
    const files = [...this.#files].filter((file) => !isWithin(file, own) && !isWithin(file, this.#folders));
    for (const read of [...folders, ...files].sort()) this.#tellFile(read);
    if (this.#readsAllVariables) {
      this.#warn("environment", 'reads all of process.env: let it read single variables, and declare them in "env"');
      return;
    }
    for (const name of [...this.#variables].sort()) {
      const what = `reads the environment variable ${name}, which is not part of its key: declare it in "env"`;
      this.#warn(`variable ${name}`, what);
    }
  }

  #isIn(folder: string, folders: ReadonlySet<string>): boolean {
    return isWithin(path.dirname(folder), folders);
  }

  #tellFile(read: string): void {
    const name = this.#functionName;
    const known = told.get(name) ?? 0;
    if (known >= MOST_TOLD) {
      this.#warn("files", 'reads more files that are not part of its key: declare their folders in "inputs"');
      return;
    }
    const said = this.#warn(
      `file ${read}`,
      `reads "${shown(read)}", which is not part of its key: declare it in "inputs"`,
    );
    if (said) told.set(name, known + 1);
  }

  #warn(cause: string, what: string): boolean {
    const name = this.#functionName;
    return outsideOfCalls(() => warnOnce(name, `audit ${cause}`, `${name} ${what}.`));
  }
}

/** Where a path leads to; what is not there yet, by where its folder is. */
function realPath(named: string): string {
  const resolved = path.resolve(named);
  try {
    return realpathSync.native(resolved);
  } catch {
    const parent = path.dirname(resolved);
    return parent === resolved ? resolved : path.join(realPath(parent), path.basename(resolved));
  }
}

/** Whether a path is one of `places`, or lies in one. */
function isWithin(real: string, places: ReadonlySet<string>): boolean {
  for (let at = real; ; at = path.dirname(at)) {
    if (places.has(at)) return true;
    if (at === path.dirname(at)) return false;
  }
}

/** Packages are code, and no data of the user's. */
function isModule(named: string): boolean {
  return path.resolve(named).split(path.sep).includes("node_modules");
}

function shown(real: string): string {
  const relative = path.relative(realPath("."), real);
  if (relative === "") return ".";
  return relative.startsWith("..") || path.isAbsolute(relative) ? real : `./${relative}`;
}
