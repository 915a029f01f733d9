/*
 * npm run check:package
 *
 * Packs the package and treats the tarball as a user would: its file list and size, its entry points (publint), an
 * install into an empty project, its command line, its types without skipLibCheck, and a program that uses it.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const MAX_UNPACKED_BYTES = 2_000_000;
const ALWAYS_PACKED = ["package.json", "README.md", "LICENSE"];
const REQUIRED = [...ALWAYS_PACKED, "bin/scalable.js", "dist/index.js", "dist/index.d.ts", "dist/cli/main.js"];

const root = path.resolve(import.meta.dirname, "..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as PackageJson;
const folder = mkdtempSync(path.join(os.tmpdir(), "scalable-package-"));

try {
  const packed = pack();
  await checkEntryPoints(path.join(folder, packed.filename));
  install(packed);
  checkCommandLine();
  checkConsumer();
  console.log("The package is fine.");
} catch (error) {
  console.error(`check:package: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack(): Packed {
  run(process.execPath, ["scripts/build.ts"], root);
  // The build was just done; "prepare" would only mix its output into the JSON.
  const output = run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], root);
  const [packed] = JSON.parse(output) as Packed[];
  if (packed === undefined) throw new Error("npm pack made no tarball.");

  const paths = packed.files.map((file) => file.path);
  const kilobytes = Math.round(packed.unpackedSize / 1_000);
  console.log(`${packed.filename}: ${paths.length} files, ${kilobytes} kB unpacked`);
  const isListed = (file: string) => manifest.files.some((entry) => file === entry || file.startsWith(`${entry}/`));
  const stray = paths.filter((file) => !ALWAYS_PACKED.includes(file) && !isListed(file));
  if (stray.length > 0) throw new Error(`Files outside of "files" are in the tarball: ${stray.join(", ")}`);
  const missing = REQUIRED.filter((file) => !paths.includes(file));
  if (missing.length > 0) throw new Error(`Not in the tarball: ${missing.join(", ")}`);
  if (packed.unpackedSize > MAX_UNPACKED_BYTES) throw new Error(`More than ${MAX_UNPACKED_BYTES / 1_000} kB unpacked.`);
  return packed;
}

async function checkEntryPoints(tarball: string): Promise<void> {
  const content = readFileSync(tarball);
  const bytes = content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  if (messages.length === 0) return;
  throw new Error(`publint:\n${messages.map((message) => formatMessage(message, pkg)).join("\n")}`);
}

function install(packed: Packed): void {
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const nodeTypes = `@types/node@${manifest.devDependencies["@types/node"]}`;
  run("npm", ["install", "--no-audit", "--no-fund", `./${packed.filename}`, nodeTypes], folder);
}

function checkCommandLine(): void {
  const printed = run(path.join(folder, "node_modules/.bin", manifest.name), ["--version"], folder).trim();
  if (printed !== manifest.version) throw new Error(`scalable --version prints ${printed}, not ${manifest.version}.`);
}

function checkConsumer(): void {
  copyFileSync(path.join(root, "scripts/package-consumer.ts"), path.join(folder, "consumer.ts"));
  const compilerOptions = {
    target: "ES2023",
    module: "NodeNext",
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    types: ["node"],
  };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  const typescript = path.dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  run(process.execPath, [path.join(typescript, "bin/tsc"), "-p", folder], folder);
  run(process.execPath, ["consumer.ts"], folder);
}

/** Standard output of a command; one that fails ends the check with all that it printed. */
function run(command: string, args: readonly string[], cwd: string): string {
  console.log(`> ${path.basename(command)} ${args.join(" ")}`);
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${path.basename(command)} ${args.join(" ")} failed.\n${stdout}${stderr}`, { cause: error });
  }
}
