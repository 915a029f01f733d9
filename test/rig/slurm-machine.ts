import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { nodeLog } from "./slurm-conf.ts";

const run = promisify(execFile);

/**
 * How a node is a machine of its own: with a name and processes of its own, which end with it, or not at all.
 * A container, or a user who is not root, may not have that: there, jobs outlive a test run that is killed.
 */
export type Isolation = "namespaces" | "none";

const UNSHARE = ["--pid", "--uts", "--mount-proc", "--fork", "--kill-child"];
/** The first process of a machine: it reaps the others, and takes them along. */
const FIRST_PROCESS = `hostname "$1"; shift; "$@" & wait $!`;

export async function possibleIsolation(): Promise<Isolation> {
  try {
    await run("unshare", [...UNSHARE, "/bin/sh", "-c", FIRST_PROCESS, "sh", "n1", "true"]);
    return "namespaces";
  } catch {
    return "none";
  }
}

/** The command that runs another on a machine of that name. */
export function onMachine(name: string, isolation: Isolation, command: readonly string[]): readonly string[] {
  if (isolation === "none") return command;
  return ["unshare", ...UNSHARE, "/bin/sh", "-c", FIRST_PROCESS, "sh", name, ...command];
}

/** Ends what is left of a node whose daemon is gone: its jobs, and the processes that wait for them. */
export async function endProcesses(folder: string, node: string): Promise<void> {
  for (;;) {
    const left = await processes(folder, node);
    if (left.length === 0) return;
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
    await setTimeout(20);
  }
}

async function processes(folder: string, node: string): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const owned = await Promise.all(pids.map((pid) => isOf(pid, folder, node)));
  return pids.filter((_, index) => owned[index]);
}

/** A process of Slurm writes to the node's log; one of a job says in its variables where it is. */
async function isOf(pid: number, folder: string, node: string): Promise<boolean> {
  try {
    const variables = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    const conf = `SLURM_CONF=${path.join(folder, "slurm.conf")}`;
    if (variables.includes(conf) && variables.includes(`SLURMD_NODENAME=${node}`)) return true;
    const files = await readdir(`/proc/${pid}/fd`);
    const open = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
    return open.includes(nodeLog(folder, node));
  } catch {
    return false; // it is gone, or belongs to another user
  }
}
