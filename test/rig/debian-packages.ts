import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const SYSTEM_FOLDERS = ["/usr/bin", "/usr/sbin", "/usr/local/bin"];
/** Where there is such a program, packages ask it whether they may start services; 101 is no. */
const POLICY = "/usr/sbin/policy-rc.d";

/** The PATH of a process that is to find the programs of servers too. */
export const SYSTEM_PATH = [...(process.env["PATH"] ?? "").split(path.delimiter), ...SYSTEM_FOLDERS].join(":");

export interface Wanted {
  readonly programs: readonly string[];
  /** Of Debian: what brings the programs. */
  readonly packages: readonly string[];
}

let previous: Promise<unknown> = Promise.resolve();

/**
 * Sees to it that programs are there, and starts no service.
 * @returns why they are not.
 */
export function installPackages(wanted: Wanted): Promise<string | undefined> {
  // One at a time: an apt-get does not wait for another that fetches lists.
  const installed = previous.then(() => install(wanted));
  previous = installed.catch(() => undefined);
  return installed;
}

async function install({ programs, packages }: Wanted): Promise<string | undefined> {
  if (missing(programs) === "") return undefined;
  const need = `${missing(programs)} not found (Debian packages ${packages.join(", ")})`;
  if (process.getuid?.() !== 0) return `${need}, and only root can install them`;
  if (!existsSync("/etc/debian_version")) return `${need}, and this is not Debian`;
  try {
    await withoutServices(() => aptGet(packages));
  } catch (error) {
    return `${need}, and could not be installed: ${error instanceof Error ? error.message : error}`;
  }
  return missing(programs) === "" ? undefined : `${missing(programs)} not found after they were installed`;
}

async function aptGet(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", ...packages];
  await run("apt-get", install, { env }).catch(async () => {
    await run("apt-get", ["update"], { env }); // a fresh image has no lists, and an old one may name what is gone
    await run("apt-get", install, { env });
  });
}

async function withoutServices(install: () => Promise<void>): Promise<void> {
  if (existsSync(POLICY)) return await install(); // that of the machine holds
  await writeFile(POLICY, "#!/bin/sh\nexit 101\n", { flag: "wx", mode: 0o755 });
  try {
    await install();
  } finally {
    await rm(POLICY, { force: true });
  }
}

function missing(programs: readonly string[]): string {
  const folders = SYSTEM_PATH.split(":");
  return programs.filter((program) => !folders.some((folder) => existsSync(path.join(folder, program)))).join(", ");
}
