import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/** Opens a regular file for reading. A named pipe in its place would block for ever, so it is an error instead. */
export function openRegular(file: string): number {
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error(`"${file}" is not a regular file.`);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** The text of a file of at most `mostBytes`. */
export function readSmallFile(file: string, mostBytes: number): string {
  const descriptor = openRegular(file);
  try {
    const { size } = fstatSync(descriptor);
    if (size > mostBytes) throw new Error(`"${file}" has ${size} bytes, more than the ${mostBytes} that it may have.`);
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}
