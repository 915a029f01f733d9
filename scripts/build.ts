/*
 * npm run build [-- --force]
 *
 * Compiles src/ into dist/: declarations by the TypeScript compiler, code by esbuild, which joins the many small modules
 * into few files, as each file costs half a millisecond when it is imported. Skipped where dist/ was built from exactly these sources: they are compared by content,
 * since times say little after a checkout or a restored CI cache. The new dist/ is compiled beside the old one and
 * renamed into its place, so that what runs meanwhile does not meet half of it.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";

const root = path.resolve(import.meta.dirname, "..");
const dist = path.join(root, "dist");
const stamp = path.join(root, "node_modules/.cache/scalable-build/sources");

const sources = digestOfSources();
if (process.argv.includes("--force") || !existsSync(dist) || !isStamped(sources)) {
  rmSync(stamp, { force: true });
  process.exitCode = await compile(`${dist}.${process.pid}`);
  if (process.exitCode === 0) {
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, sources);
  }
}

function digestOfSources(): string {
  const hash = createHash("sha256");
  const settings = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"];
  for (const file of [...settings, ...globSync("src/**/*.ts", { cwd: root })].sort()) {
    const content = readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function isStamped(digest: string): boolean {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
}

/** Answers the exit code of the compiler, which has printed what it found. */
async function compile(fresh: string): Promise<number> {
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const tsc = path.join(path.dirname(typescript), "bin/tsc");
  const options = ["-p", "tsconfig.build.json", "--outDir", fresh, "--noEmitOnError"];
  const { status, error } = spawnSync(process.execPath, [tsc, ...options], { cwd: root, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) return status ?? 1;
  await bundle(fresh);
  replaceDist(fresh);
  return 0;
}

async function bundle(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    // Workers lie beside the code that starts them.
    entryPoints: {
      index: "src/index.ts",
      "cli/main": "src/cli/main.ts",
      "digest-worker": "src/identify/digest-worker.ts",
      "local-worker": "src/providers/local/worker.ts",
      "slurm-job": "src/providers/slurm/job.ts",
      "slurm-timeout": "src/providers/slurm/job-timeout.ts",
    },
    outdir,
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node22.18",
    logLevel: "warning",
  });
}

function replaceDist(fresh: string): void {
  for (let attempt = 1; ; attempt += 1) {
    const old = `${fresh}.old${attempt}`;
    if (existsSync(dist)) renameSync(dist, old);
    try {
      renameSync(fresh, dist);
      return;
    } catch (error) {
      // Another build was done between the two renames: its dist/ is moved away like the one before it.
      if (!existsSync(dist) || attempt === 10) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}
