import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { PYTHON } from "./peers.ts";

export type PeerName =
  | "diskcache"
  | "joblib"
  | "xxhash"
  | "numpy"
  | "xxhsum"
  | "git"
  | "distributed"
  | "memoize-fs"
  | "workerpool";

/** A peer's version, or why it cannot be measured here. */
export type Availability =
  | { readonly state: "present"; readonly version: string }
  | { readonly state: "missing"; readonly reason: string };

const debianPackage: Readonly<Record<Exclude<PeerName, "memoize-fs" | "workerpool">, string>> = {
  diskcache: "python3-diskcache",
  joblib: "python3-joblib",
  xxhash: "python3-xxhash",
  numpy: "python3-numpy",
  xxhsum: "xxhash",
  git: "git",
  distributed: "python3-distributed",
};

/** Looks for each peer, and installs the Debian packages of those that are missing where apt-get may be used. */
export function preparePeers(log: (line: string) => void): ReadonlyMap<PeerName, Availability> {
  const names = Object.keys(debianPackage) as (keyof typeof debianPackage)[];
  const missing = names.filter((name) => versionOf(name) === undefined);
  const packages = missing.map((name) => debianPackage[name]);
  const obstacle = packages.length === 0 ? undefined : installObstacle(packages, log);

  const found = new Map<PeerName, Availability>();
  for (const name of names) {
    const version = versionOf(name);
    const reason = `${debianPackage[name]} is not installed, and ${obstacle ?? "apt-get did not bring it"}`;
    found.set(name, version === undefined ? { state: "missing", reason } : { state: "present", version });
  }
  for (const name of ["memoize-fs", "workerpool"] as const) found.set(name, npmPackage(name));
  return found;
}

/** Installs; answers what stood in the way, if anything did. */
function installObstacle(packages: readonly string[], log: (line: string) => void): string | undefined {
  if (process.getuid?.() !== 0) return "installing it needs root";
  if (!existsSync("/usr/bin/apt-get")) return "there is no apt-get here";
  log(`installing ${packages.join(" ")} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) => spawnSync("apt-get", args, { env, encoding: "utf8", timeout: 300_000 });
  const install = ["install", "--yes", "--no-install-recommends", ...packages];
  let result = apt(...install);
  if (result.status !== 0) {
    apt("update");
    result = apt(...install);
  }
  if (result.status === 0) return undefined;
  return `apt-get failed: ${result.stderr?.trim().split("\n").at(-1) ?? result.error?.message}`;
}

function versionOf(name: PeerName): string | undefined {
  switch (name) {
    case "xxhsum":
      return firstLine("xxhsum", "--version")?.match(/xxhsum ([\d.]+)/)?.[1];
    case "git":
      return firstLine("git", "--version")?.match(/[\d.]+/)?.[0];
    case "xxhash":
      return firstLine(PYTHON, "-c", "import xxhash; print(xxhash.VERSION)");
    default:
      return firstLine(PYTHON, "-c", `import ${name}; print(${name}.__version__)`);
  }
}

export function pythonVersion(): string | undefined {
  return firstLine(PYTHON, "-c", "import platform; print(platform.python_version())");
}

function firstLine(command: string, ...args: readonly string[]): string | undefined {
  const result = spawnSync(command, args, { encoding: "utf8" });
  if (result.status !== 0) return undefined;
  // xxhsum writes its version to standard error.
  return (result.stdout || result.stderr).split("\n")[0];
}

function npmPackage(name: string): Availability {
  const path = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  if (!existsSync(path)) return { state: "missing", reason: `${name} is not installed: run npm ci` };
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  return { state: "present", version };
}
