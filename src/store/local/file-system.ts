import fs from "node:fs";

/**
 * Magic numbers of file systems that several machines can have mounted, as Linux gives them: statfs(2) and the kernel's
 * include/uapi/linux/magic.h; Lustre, GPFS, BeeGFS and PanFS from their own sources, as listed in coreutils' stat.c.
 */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0xaad7aaea, "PanFS"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x01021997, "9P"],
  [0x7461636f, "OCFS2"],
  [0x01161970, "GFS2"],
]);

/** Name of the network file system with this magic number; undefined for any other number. */
export function networkFileSystem(magic: number): string | undefined {
  // The number is 32 bits wide and comes with a sign on some systems.
  return NETWORK.get(magic >>> 0);
}

/** Name of the network file system that a folder is on, where it is on one that is known. Linux only. */
export function networkFileSystemOf(folder: string): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return networkFileSystem(fs.statfsSync(folder).type);
  } catch {
    return undefined;
  }
}
