import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { systemCode } from "../../errors.ts";

let written = 0;

/** `durable`: what was written outlives the machine's sudden end. That takes a while, and is not worth it for each file. */
export type Durability = "durable" | "quick";

/** Writes a file, so that readers on other machines find all of it, or none. Replaces what was there. */
export function writeWhole(file: string, content: string | Uint8Array, durability: Durability = "durable"): void {
  const temporary = temporaryFor(file);
  try {
    writeFileSync(temporary, content, { flush: durability === "durable", mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The same where there is none yet. Returns whether it was this one that was written. */
export function writeFirst(file: string, content: string | Uint8Array, durability: Durability = "durable"): boolean {
  const temporary = temporaryFor(file);
  try {
    writeFileSync(temporary, content, { flush: durability === "durable", mode: 0o600 });
    // A link is made by one only, also over NFS, where an exclusive creation may not be.
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Other machines write to the same folder. */
function temporaryFor(file: string): string {
  written += 1;
  return `${file}.${os.hostname()}.${process.pid}.${written}.tmp`;
}
