import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const PROGRAMS = ["radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool"];
const PACKAGES = ["radosgw", "ceph-mon", "ceph-osd", "ceph-common"];

/** Sees to it that Ceph's programs are there. @returns why they are not. */
export async function installCeph(): Promise<string | undefined> {
  if (missing().length === 0) return undefined;
  const need = `${missing().join(", ")} not found (Debian packages ${PACKAGES.join(", ")})`;
  if (process.getuid?.() !== 0) return `${need}, and only root can install them`;
  if (!existsSync("/etc/debian_version")) return `${need}, and this is not Debian`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "--no-install-recommends", ...PACKAGES];
  try {
    await run("apt-get", install, { env }).catch(async () => {
      await run("apt-get", ["update"], { env }); // a fresh image has no lists, and an old one may name what is gone
      await run("apt-get", install, { env });
    });
  } catch (error) {
    return `${need}, and could not be installed: ${error instanceof Error ? error.message : error}`;
  }
  return missing().length === 0 ? undefined : `${missing().join(", ")} not found after they were installed`;
}

function missing(): readonly string[] {
  const folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin", ...(process.env["PATH"] ?? "").split(path.delimiter)];
  return PROGRAMS.filter((program) => !folders.some((folder) => existsSync(path.join(folder, program))));
}
