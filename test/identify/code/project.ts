import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Closure, closureOf } from "../../../src/identify/code/closure.ts";
import type { Program } from "../../../src/identify/code/program.ts";

/** The text of each file by its path, with `/` between the names. */
export type Files = Readonly<Record<string, string>>;

/** What each symbolic link points to, by its path: relative to the folder in which the link lies. */
export type Links = Readonly<Record<string, string>>;

/** What each project has unless it brings its own. */
export const COMMON: Files = {
  "package.json": `{ "name": "project", "private": true, "type": "module" }\n`,
  "node_modules/scalable/package.json": `{ "name": "scalable", "version": "0.1.0", "type": "module", "exports": "./index.js" }\n`,
  "node_modules/scalable/index.js": "export const cacheable = (options, fn) => fn ?? options;\n",
};

/** A project in a temporary folder. Whoever makes it removes it. */
export class Project {
  readonly path: string;
  readonly #above: string;
  #files: Files = {};

  /** @param folder - where it lies below its temporary folder. */
  constructor(folder: string, files: Files, links: Links = {}) {
    this.#above = mkdtempSync(path.join(realpathSync(os.tmpdir()), "scalable-code-"));
    this.path = path.join(this.#above, folder);
    this.change(files);
    for (const [link, target] of Object.entries(links)) {
      mkdirSync(path.dirname(this.resolve(link)), { recursive: true });
      symlinkSync(target, this.resolve(link));
    }
  }

  /** Writes what is different in `files`, and removes what they do not have. */
  change(files: Files): void {
    const all: Files = { ...COMMON, ...files };
    for (const name of Object.keys(this.#files)) if (all[name] === undefined) rmSync(this.resolve(name));
    for (const [name, text] of Object.entries(all)) {
      if (text === this.#files[name]) continue;
      mkdirSync(path.dirname(this.resolve(name)), { recursive: true });
      writeFileSync(this.resolve(name), text);
    }
    this.#files = all;
  }

  resolve(name: string): string {
    return path.join(this.path, name);
  }

  /** @param root - file and name: `model.ts#run`. */
  closure(root: string, program?: Program): Closure {
    const end = root.indexOf("#");
    const closure = closureOf({ file: this.resolve(root.slice(0, end)), name: root.slice(end + 1) }, program);
    if (closure === undefined) throw new Error(`${root} was not found in ${this.path}.`);
    return closure;
  }

  remove(): void {
    rmSync(this.#above, { recursive: true, force: true });
  }
}
