import fs from "node:fs";
import { pathError } from "./observed.ts";

/** Whether the path is that of a folder. Throws `E_FILE_NOT_FOUND` where there is nothing. */
export function isFolder(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch (error) {
    throw pathError(path, error);
  }
}
