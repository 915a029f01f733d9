import fs from "node:fs";
import path from "node:path";

/** Paths of all that is in a folder. Unlike `readdir` with `recursive`, it does not go through links. */
export function walk(folder: string, prefix = ""): string[] {
  const entries = fs.readdirSync(path.join(folder, prefix), { withFileTypes: true });
  return entries
    .flatMap((entry) => {
      const name = path.join(prefix, entry.name);
      return entry.isDirectory() ? [name, ...walk(folder, name)] : [name];
    })
    .sort();
}
