import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { hasEnded, thisProcess } from "../../telemetry/run-process.ts";

/**
 * Gives a job a local cache of its own, on its node, for as long as it runs: an index cannot be shared by machines. What it
 * computes goes to the shared cache. Where the component's variables name a folder, it is that one.
 */
export function useJobCache(): void {
  if (process.env["SCALABLE_CACHE_DIR"]) return;
  // The folder that TMPDIR names may be one of the machine that submitted the job, or not be in the container.
  const above = existsSync(os.tmpdir()) ? os.tmpdir() : "/tmp";
  removeAbandoned(above);
  const { pid, process_started = "" } = thisProcess();
  const folder = mkdtempSync(path.join(above, `${prefix()}${pid}-${process_started}-`));
  process.env["SCALABLE_CACHE_DIR"] = folder;
  process.on("exit", () => remove(folder));
}

/** Of whom one can tell whether they run: processes of this node, that are counted together with this one. */
function prefix(): string {
  const node = process.env["SLURMD_NODENAME"] ?? os.hostname();
  return `scalable-job-${node.replace(/[^A-Za-z0-9.-]/g, "")}-${pidNamespace()}-`;
}

/** In a container, another process may have the same number. */
function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "";
  }
}

/** What jobs of this node left that were killed: nobody else would remove it. */
function removeAbandoned(above: string): void {
  const own = prefix();
  for (const name of namesIn(above)) {
    if (!name.startsWith(own)) continue;
    const [, pid, started] = /^(\d+)-(\d*)-\w{6}$/.exec(name.slice(own.length)) ?? [];
    if (pid === undefined || started === undefined) continue;
    const identity = { host: os.hostname(), pid: Number(pid), ...(started !== "" && { process_started: started }) };
    if (hasEnded(identity)) remove(path.join(above, name));
  }
}

/** One may be allowed to make a folder there, and not to see the others. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // It is temporary, or another user's.
  }
}
