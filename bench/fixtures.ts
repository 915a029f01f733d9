import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const chunk = 64 * 2 ** 20;

/** A file of random bytes: nothing compresses it, and no block of it is like another. */
export function randomFile(path: string, bytes: number): string {
  const buffer = Buffer.allocUnsafe(Math.min(chunk, bytes));
  const file = openSync(path, "w");
  for (let written = 0; written < bytes; written += buffer.length) {
    randomFillSync(buffer);
    writeSync(file, buffer, 0, Math.min(buffer.length, bytes - written));
  }
  closeSync(file);
  return path;
}

/** A folder of `folders` × `files` files of 512 to 8,192 random bytes. */
export function randomTree(root: string, folders: number, files: number): string {
  const buffer = Buffer.allocUnsafe(8192);
  for (let i = 0; i < folders; i++) {
    const folder = join(root, `part-${String(i).padStart(3, "0")}`);
    mkdirSync(folder, { recursive: true });
    for (let j = 0; j < files; j++) {
      randomFillSync(buffer);
      const length = 512 + (buffer.readUInt32LE(0) % 7681);
      writeFileSync(join(folder, `series-${String(j).padStart(3, "0")}.bin`), buffer.subarray(0, length));
    }
  }
  return root;
}

/** Commits all of `tree` into a repository whose own files lie elsewhere, so that both sides see the same files. */
export function commitTree(tree: string, gitDir: string): (...args: readonly string[]) => string {
  const git = (...args: readonly string[]) => run("git", [`--git-dir=${gitDir}`, `--work-tree=${tree}`, ...args]);
  git("init", "--quiet");
  // 10,000 loose objects make `commit` start a repack in the background, which would run into the measurements.
  git("config", "gc.auto", "0");
  git("add", "--all");
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "--message=tree");
  return git;
}

/** Runs a program without any settings of this user that would change what it does; answers its output. */
export function run(command: string, args: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const result = spawnSync(command, args, { env, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (result.status === 0) return result.stdout;
  throw new Error(`${command} ${args.join(" ")}: ${result.stderr?.trim() || result.error?.message}`);
}

/** Writes out what the last round left in the page cache, so that the next side does not pay for it. */
export function flushDisk(): void {
  run("sync", []);
}
