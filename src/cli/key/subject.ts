import fs from "node:fs";
import path from "node:path";
import { UsageError } from "../usage-error.ts";

/** A module, and the name of a function in it where one is asked for. */
export interface Subject {
  /** Absolute, as modules are named where they are loaded: without links. */
  readonly file: string;
  /** As it was given. */
  readonly shown: string;
  readonly name?: string;
}

/** What `file#name` stands for. A file whose own name has a `#` in it is that file. */
export function subjectOf(given: string): Subject {
  const end = given.lastIndexOf("#");
  if (end < 0 || fs.existsSync(given)) return { file: realPath(given), shown: given };
  const [shown, name] = [given.slice(0, end), given.slice(end + 1)];
  if (shown === "" || name === "") {
    throw new UsageError(
      `${JSON.stringify(given)} must be a file, or a file and a name, such as src/model.ts#runModel.`,
    );
  }
  return { file: realPath(shown), shown, name };
}

function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}
