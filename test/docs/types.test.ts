import { spawnSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";
import { pageOf, runPages } from "./pages.ts";
import { planOf } from "./plan.ts";
import { PACKAGES, ROOT } from "./reader.ts";

const OPTIONS = {
  target: "ES2023",
  lib: ["ES2024", "ESNext.Decorators", "ESNext.Disposable"],
  module: "NodeNext",
  strict: true,
  noUnusedLocals: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  types: ["node"],
  typeRoots: [path.join(ROOT, "node_modules/@types")],
  noEmit: true,
};

test("the modules of the docs have no type errors", { timeout: 120_000 }, async () => {
  const ws = await workspace();
  for (const name of PACKAGES) {
    await symlink(path.join(ROOT, "node_modules", name), ws.resolve("node_modules", name), "dir");
  }
  await ws.write("tsconfig.json", JSON.stringify({ compilerOptions: OPTIONS, include: ["pages"] }));
  let modules = 0;
  for (const page of runPages) {
    for (const section of pageOf(page).sections) {
      /** The files of the section's folder, as they are at this place of the page. */
      const files = new Map<string, string>();
      for (const step of planOf(section)) {
        if (step.kind !== "module") continue;
        const { block, file } = step;
        if (file !== undefined) files.set(file, block.text);
        // A block may save a file anew: each state of the folder is compiled by itself.
        const state = file === undefined ? new Map([["example.ts", block.text]]) : files;
        for (const [name, text] of state) await ws.write(`pages/${page}/line-${block.line}/${name}`, text);
        modules += 1;
      }
    }
  }

  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", "."], { cwd: ws.path, encoding: "utf8" });

  expect(modules).toBeGreaterThan(0);
  expect(stdout).toBe("");
});
