import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** The supported lines, and older ones that must be told so. */
export type NodeMajor = 16 | 20 | 22 | 24 | 26;

const CACHE = path.resolve(import.meta.dirname, "../../node_modules/.cache/scalable-nodes");
const BINARY = "node_modules/node/bin/node";

const installs = new Map<NodeMajor, Promise<string>>();

/** The path of a Node.js of that major version: installed from npm on first use, then kept. */
export function nodeBinary(major: NodeMajor): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return Promise.resolve(process.execPath);
  let installed = installs.get(major);
  if (installed === undefined) {
    installed = installNode(major, CACHE);
    installs.set(major, installed);
  }
  return installed;
}

/** The same for any folder; what is there already is taken. */
export async function installNode(major: NodeMajor, cache: string): Promise<string> {
  const home = path.join(cache, String(major));
  const binary = path.join(home, BINARY);
  if (existsSync(binary)) return binary;

  // Other test files may be at it too. Each installs into a folder of its own, and the first to rename wins: what is at
  // the final path is always complete.
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(path.join(cache, `${major}-`));
  try {
    // The npm package `node` fetches the binary in an install script, which npm 11 runs only where it is allowed.
    await writeFile(
      path.join(staging, "package.json"),
      JSON.stringify({ private: true, allowScripts: { node: true } }),
    );
    const options = ["--no-save", "--no-audit", "--no-fund", "--prefix", staging];
    await promisify(execFile)("npm", ["install", ...options, `node@${major}`], { cwd: staging });
    await rename(staging, home).catch((error: unknown) => {
      if (!existsSync(binary)) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return binary;
}
