import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { pythonVersion } from "./packages.ts";

/** Where the numbers come from: what a reader needs to compare them with their own. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly kernel: string;
  /** Folder that all measured stores and files lie in, with its file system. */
  readonly folder: string;
  readonly fileSystem: string;
  /** Load of the last minute before the first measurement: above 0.5 the machine was not idle. */
  readonly loadBefore: number;
  readonly node: string;
  readonly sqlite: string;
  readonly python: string;
  readonly commit: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: osName(),
    kernel: release(),
    folder: tmpdir(),
    fileSystem: fileSystemOf(tmpdir()),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
    node: process.versions.node,
    sqlite: process.versions["sqlite"] ?? "unknown",
    python: pythonVersion() ?? "absent",
    commit: commit(),
  };
}

/** Asked of `df`: Node's `statfs` gives a number only, and `stat` one name to ext2, ext3 and ext4. */
function fileSystemOf(folder: string): string {
  return output("df", "--output=fstype", folder).split("\n").at(-1) ?? "unknown";
}

function osName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

function commit(): string {
  const hash = output("git", "rev-parse", "--short", "HEAD");
  const dirty = spawnSync("git", ["status", "--porcelain", "--", "src", "package.json"], { encoding: "utf8" });
  return dirty.stdout?.trim() ? `${hash} with uncommitted changes` : hash;
}

function output(command: string, ...args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: "utf8", cwd: import.meta.dirname });
  return result.status === 0 ? result.stdout.trim() : "unknown";
}
