import { spawnSync } from "node:child_process";
import path from "node:path";

/** Absolute paths of the files that git knows as changed, new or removed; undefined outside of a repository. */
export function changedFiles(folder: string): ReadonlySet<string> | undefined {
  const top = git(folder, ["rev-parse", "--show-toplevel"])?.replace(/\r?\n$/, "");
  const status = git(folder, ["status", "--porcelain", "-z", "--untracked-files=all"]);
  if (top === undefined || status === undefined) return undefined;
  return new Set(namesIn(status).map((name) => path.join(top, name)));
}

/** `XY name`, each ended by a zero; what was renamed or copied is followed by its old name. */
function namesIn(status: string): string[] {
  const names: string[] = [];
  const fields = status.split("\0");
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? "";
    if (field === "") continue;
    names.push(field.slice(3));
    if (!/[RC]/.test(field.slice(0, 2))) continue;
    at += 1;
    names.push(fields[at] ?? "");
  }
  return names;
}

const LONGEST_OUTPUT = 256 * 2 ** 20;

function git(folder: string, args: readonly string[]): string | undefined {
  // Without the lock, a commit that is made at the same time is not in the way.
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: "0" };
  const { status, stdout } = spawnSync("git", args, { cwd: folder, env, encoding: "utf8", maxBuffer: LONGEST_OUTPUT });
  return status === 0 ? stdout : undefined;
}
