import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { onTestFinished, type TestContext } from "vitest";
import type { Workspace } from "../../rig/workspace.ts";

/** Makes a file system of a few megabytes; skips the test where that cannot be done. */
export function smallDisk(ws: Workspace, { skip }: TestContext, options = "size=2m"): string {
  const place = ws.resolve("disk");
  fs.mkdirSync(place);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place], { stdio: "pipe" });
  } catch (error) {
    skip(`A small file system takes root and mount(8): ${String(error)}`);
  }
  onTestFinished(() => void execFileSync("umount", ["-l", place]));
  return place;
}

export function remount(place: string, options: string): void {
  execFileSync("mount", ["-o", `remount,${options}`, place]);
}

export function needsRoot({ skip }: TestContext): void {
  skip(process.getuid?.() !== 0, "Only root can become another user.");
}
