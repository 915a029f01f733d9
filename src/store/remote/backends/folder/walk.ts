/** Names in a folder, in order; those of folders end with `/`. */
export type Names = readonly string[];

interface Level {
  /** The name of the folder with `/` at its end; empty for the root. */
  readonly folder: string;
  readonly names: Names;
  next: number;
}

export interface Range {
  /** A folder that everything wanted is below, with `/` at its end; empty for the root. */
  readonly from: string;
  readonly prefix: string;
  /** Only names after this one. */
  readonly after: string;
}

/**
 * The names of all objects, in the order of their bytes, from folders that are read when it is their turn. Folders in which
 * nothing can be wanted are not read: a page of a listing costs the folders on the way to its first name and those that
 * its names are in.
 */
export class Walk {
  readonly #range: Range;
  readonly #read: (folder: string) => Promise<Names>;
  #levels: Level[] | undefined;

  constructor(range: Range, read: (folder: string) => Promise<Names>) {
    this.#range = range;
    this.#read = read;
  }

  /** The next names; fewer only where there are no more. */
  async take(count: number): Promise<string[]> {
    this.#levels ??= [await this.#enter(this.#range.from)];
    const taken: string[] = [];
    while (taken.length < count) {
      const level = this.#levels.at(-1);
      if (level === undefined) break;
      const name = level.names[level.next];
      level.next += 1;
      if (name === undefined) {
        this.#levels.pop();
        continue;
      }
      const whole = level.folder + name;
      if (!whole.endsWith("/")) {
        if (this.#isWanted(whole)) taken.push(whole);
      } else if (this.#mayHoldWanted(whole)) {
        this.#levels.push(await this.#enter(whole));
      }
    }
    return taken;
  }

  async #enter(folder: string): Promise<Level> {
    return { folder, names: await this.#read(folder), next: 0 };
  }

  #isWanted(name: string): boolean {
    return name > this.#range.after && name.startsWith(this.#range.prefix);
  }

  #mayHoldWanted(folder: string): boolean {
    const { prefix, after } = this.#range;
    const within = folder.startsWith(prefix) || prefix.startsWith(folder);
    // All names in the folder begin with its own, and so does the last one seen where that was among them.
    return within && (folder > after || after.startsWith(folder));
  }
}

/**
 * Puts the names of a folder in the order of the names of all that is in it. The order of folders' names alone would be
 * another one: `a-b/x` comes before `a/x`, since `-` comes before `/`. Names consist of ASCII, so that the order of strings
 * is that of their bytes.
 */
export function inOrder(names: string[]): Names {
  return names.sort();
}
