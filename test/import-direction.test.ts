import { execFile } from "node:child_process";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { workspace } from "./rig/workspace.ts";

const ROOT = path.resolve(import.meta.dirname, "..");

const forbidden = [
  ["src/errors.ts", "./identify/key.ts"],
  ["src/log.ts", "./index.ts"],
  ["src/telemetry/a.ts", "../identify/key.ts"],
  ["src/telemetry/b.ts", "../store/store.ts"],
  ["src/identify/a.ts", "../store/store.ts"],
  ["src/identify/b.ts", "../cacheable/cacheable.ts"],
  ["src/identify/c.ts", "../cli/main.ts"],
  ["src/identify/d.ts", "../index.ts"],
  ["src/identify/e.ts", "scalable"],
  ["src/store/a.ts", "../cli/main.ts"],
  ["src/store/local/b.ts", "../../cacheable/cacheable.ts"],
  ["src/store/local/c.ts", "../../index.ts"],
  ["src/cacheable/a.ts", "../cli/main.ts"],
  ["src/cacheable/b.ts", "../index.ts"],
  ["src/cacheable/e.ts", "../manifest/manifest.ts"],
  ["src/manifest/a.ts", "../cli/main.ts"],
  ["src/manifest/b.ts", "../index.ts"],
  ["src/manifest/c.ts", "../cacheable/cacheable.ts"],
  ["src/manifest/d.ts", "../store/store.ts"],
  ["src/store/c.ts", "../session/session.ts"],
  ["src/cacheable/f.ts", "../providers/provider.ts"],
  ["src/providers/a.ts", "../session/session.ts"],
  ["src/providers/local/b.ts", "../../cli/main.ts"],
  ["src/session/a.ts", "../cli/main.ts"],
  ["src/session/b.ts", "../index.ts"],
  ["src/cli/a.ts", "../index.ts"],
] as const;

const allowed = [
  ["src/settings.ts", "./errors.ts"],
  ["src/telemetry/c.ts", "../errors.ts"],
  ["src/identify/g.ts", "../telemetry/event.ts"],
  ["src/identify/h.ts", "../settings.ts"],
  ["src/store/local/d.ts", "../../identify/memo.ts"],
  ["src/cacheable/c.ts", "../store/store.ts"],
  ["src/cacheable/d.ts", "../store/cache.ts"],
  ["src/manifest/e.ts", "../settings.ts"],
  ["src/providers/local/c.ts", "../../cacheable/call.ts"],
  ["src/session/c.ts", "../providers/provider.ts"],
  ["src/session/d.ts", "../manifest/manifest.ts"],
  ["src/cli/d.ts", "../manifest/manifest.ts"],
  ["src/cli/e.ts", "../session/plan.ts"],
  ["src/cli/cache/b.ts", "../../store/cache.ts"],
  ["src/cli/cache/c.ts", "./cache.ts"],
  ["src/index.ts", "./cacheable/cacheable.ts"],
] as const;

test.each([
  ["import", (from: string) => `import { a } from "${from}";\na();\n`],
  ["import type", (from: string) => `import type { A } from "${from}";\nexport type B = A;\n`],
  ["export from", (from: string) => `export { a } from "${from}";\n`],
  ["dynamic import", (from: string) => `export const a = await import("${from}");\n`],
])("lint lets imports run only down the list of folders: %s", async (_form, statement) => {
  const ws = await workspace();
  await copyFile(path.join(ROOT, "biome.json"), ws.resolve("biome.json"));
  for (const [file, from] of [...forbidden, ...allowed]) await ws.write(file, statement(from));

  const refused = await refusedFiles(ws.path);

  expect(refused).toEqual(forbidden.map(([file]) => file).sort());
});

/** The files in which lint finds a forbidden import. */
function refusedFiles(folder: string): Promise<string[]> {
  const biome = path.join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const options = ["--only=style/noRestrictedImports", "--reporter=github", "--max-diagnostics=none"];
  return new Promise((resolve, reject) => {
    const args = [biome, "lint", ...options, "--vcs-enabled=false", "."];
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout, stderr) => {
      const files = [...stdout.matchAll(/noRestrictedImports,file=([^,]+),/g)].map(([, file]) => file ?? "");
      if (files.length === 0) reject(new Error(`Biome refused nothing:\n${stdout}${stderr}`));
      resolve(files.map((file) => path.relative(folder, file)).sort());
    });
  });
}
