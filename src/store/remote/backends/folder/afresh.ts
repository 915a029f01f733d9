import { systemCode } from "../../../../errors.ts";
import type { Folders } from "./folders.ts";

const TRIES = 3;

/**
 * Does something again, with every folder and file looked up anew, where the server no longer knew one (ESTALE: it was
 * replaced or removed meanwhile).
 */
export async function afresh<T>(folders: Folders, task: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task();
    } catch (error) {
      if (systemCode(error) !== "ESTALE" || attempt === TRIES) throw error;
      folders.forget();
    }
  }
}
