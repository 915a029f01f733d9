import { accessSync, constants } from "node:fs";
import { mkdir, readdir, rmdir, symlink } from "node:fs/promises";
import path from "node:path";

/** Only the first version of the kernel's groups: Slurm needs systemd for the other. */
const MEMORY_GROUPS = "/sys/fs/cgroup/memory";

export function hasMemoryGroups(): boolean {
  try {
    accessSync(path.join(MEMORY_GROUPS, "memory.limit_in_bytes"));
    accessSync(MEMORY_GROUPS, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A group of the kernel in which a cluster keeps those of its jobs, apart from other clusters on this machine.
 * @param mount - where the cluster looks for groups.
 * @returns what removes it, with all that was left in it; nothing may run there any more.
 */
export async function makeMemoryGroup(name: string, mount: string): Promise<() => Promise<void>> {
  const group = path.join(MEMORY_GROUPS, name);
  await mkdir(group);
  await mkdir(mount);
  await symlink(group, path.join(mount, "memory"));
  return () => removeGroup(group);
}

async function removeGroup(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(path.join(group, entry.name));
  await rmdir(group);
}
