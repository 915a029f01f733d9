import { debug } from "../../log.ts";

/** Takes a note of what a body does. That this fails must not make the body fail: the note is missing then. */
export function harmlessly(note: () => void): void {
  try {
    note();
  } catch (error) {
    debug(() => `The audit missed something: ${String(error)}`);
  }
}
