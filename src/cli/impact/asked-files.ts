import fs from "node:fs";
import path from "node:path";

/** Files and folders that an edit may be of. */
export class AskedFiles {
  /** Absolute. */
  readonly paths: readonly string[];
  /** The same with the names that links lead to, by which modules are known. */
  readonly #all: ReadonlySet<string>;

  constructor(given: readonly string[]) {
    this.paths = given.map((file) => path.resolve(file));
    this.#all = new Set(this.paths.flatMap((file) => [file, realPath(file)]));
  }

  /** Whether this is one of the files, or lies in one of the folders. */
  covers(file: string): boolean {
    for (const asked of this.#all) if (file === asked || isBelow(file, asked)) return true;
    return false;
  }

  /** Whether one of them lies in this folder. */
  hasSomeIn(folder: string): boolean {
    for (const asked of this.#all) if (isBelow(asked, folder)) return true;
    return false;
  }

  /** Whether the path of one of them begins so. */
  hasSomeBeginning(text: string): boolean {
    for (const asked of this.#all) if (asked.startsWith(text)) return true;
    return false;
  }
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}
