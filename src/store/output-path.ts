import fs from "node:fs";
import path from "node:path";

/** The folder that files named by results must lie in, with no link on the way to it. Made where it is not there. */
export function outputBase(outputDir: string | undefined): string {
  const folder = path.resolve(outputDir ?? process.cwd());
  fs.mkdirSync(folder, { recursive: true });
  return fs.realpathSync(folder);
}

/**
 * A path relative to `base`, with `/`.
 *
 * @throws Error where the file is not inside, or a link on the way leads out.
 */
export function relativeInside(base: string, absolute: string): string {
  const real = path.join(fs.realpathSync(path.dirname(absolute)), path.basename(absolute));
  const relative = path.relative(base, real);
  if (!isInside(relative)) {
    throw new Error(
      `"${absolute}" lies outside of "${base}", which is where results may be restored; set outputDir to another folder`,
    );
  }
  return relative.split(path.sep).join("/");
}

/**
 * The place that an entry names, with its parent folders made.
 *
 * @throws Error where it is not inside of `base`, by its text or by links on the way.
 */
export function checkInside(base: string, relative: string): string {
  const parts = relative.split("/");
  const refused = relative.includes("\0") || relative.includes("\\") || path.isAbsolute(relative);
  if (refused || parts.some((part) => part === "" || part === "." || part === "..")) {
    throw new Error(`it names a place outside of "${base}" ("${relative}")`);
  }
  let folder = base;
  for (const part of parts.slice(0, -1)) {
    folder = path.join(folder, part);
    if (fs.lstatSync(folder, { throwIfNoEntry: false }) === undefined) fs.mkdirSync(folder);
    folder = fs.realpathSync(folder);
    if (folder !== base && !isInside(path.relative(base, folder))) {
      throw new Error(`a link leads "${relative}" out of "${base}"`);
    }
  }
  return path.join(folder, parts.at(-1) ?? "");
}

function isInside(relative: string): boolean {
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
