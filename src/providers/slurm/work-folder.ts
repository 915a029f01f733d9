import { lstatSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { ScalableError } from "../../errors.ts";

/** Where the folders of job arrays are. */
export function arraysFolder(workDir: string): string {
  return path.join(workDir, "jobs");
}

export function arrayFolder(workDir: string, id: string): string {
  return path.join(arraysFolder(workDir), id);
}

/** Ids of the arrays that are there, the oldest first. */
export function arrayIds(workDir: string): string[] {
  try {
    return readdirSync(arraysFolder(workDir)).filter(isArrayId).sort();
  } catch {
    return [];
  }
}

const ARRAY_ID = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

export function isArrayId(text: string): boolean {
  return ARRAY_ID.test(text);
}

/**
 * Makes the folder that sessions share with their jobs, where it is missing. What lies in it is run and believed, so it must
 * be this user's, and nobody else may write to it.
 *
 * @throws ScalableError with `E_SETTING`.
 */
export function openWorkFolder(workDir: string): void {
  // In the path of a job's output, Slurm takes it away, and the signs behind it for themselves.
  if (workDir.includes("\\")) throw refused(workDir, "has a backslash in its path, where jobs could not write output");
  try {
    mkdirSync(arraysFolder(workDir), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refused(arraysFolder(workDir), `cannot be made: ${error instanceof Error ? error.message : String(error)}`);
  }
  checkWorkFolder(workDir);
}

/** The same for one that is only looked at. One that is not there is fine. @throws ScalableError with `E_SETTING`. */
export function checkWorkFolder(workDir: string): void {
  const folder = arraysFolder(workDir);
  const [own, linked] = [lstatSync(folder, { throwIfNoEntry: false }), statSync(folder, { throwIfNoEntry: false })];
  if (own === undefined || linked === undefined) return;
  const user = process.getuid?.();
  if (user !== undefined && (own.uid !== user || linked.uid !== user))
    throw refused(folder, "belongs to another user: each user needs one of their own");
  if ((linked.mode & OTHERS_WRITE) !== 0) throw refused(folder, WRITABLE);
  // Who may write to the folder above could put another one in its place, unless only owners may.
  const { mode } = statSync(workDir);
  if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) throw refused(workDir, WRITABLE);
}

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
const WRITABLE = "can be written by others, who could run anything in your jobs: chmod -R go-w it";

function refused(folder: string, why: string): ScalableError {
  return new ScalableError("E_SETTING", `The folder ${JSON.stringify(folder)} (work_dir) ${why}.`, {
    setting: "work_dir",
  });
}
