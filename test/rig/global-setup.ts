import { spawnSync } from "node:child_process";
import path from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** What the compiler said where it failed; undefined where dist/ is there. */
    readonly buildFailure: string | undefined;
  }
}

/**
 * Builds dist/ for the tests that start processes. A failure is handed to those tests and fails them, so that the
 * others still tell what they found.
 */
export default function setup(project: TestProject): void {
  const root = path.resolve(import.meta.dirname, "../..");
  const build = spawnSync(process.execPath, ["scripts/build.ts"], { cwd: root, encoding: "utf8" });
  const failure = build.status === 0 ? undefined : build.error?.message || build.stdout + build.stderr;
  project.provide("buildFailure", failure);
}
