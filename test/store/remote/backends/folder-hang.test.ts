import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { openFolder } from "../../../../src/store/remote/backends/folder/open-folder.ts";
import { type Workspace, workspace } from "../../../rig/workspace.ts";
import { filesIn, openStore, operation } from "./folder-rig.ts";

/** A file system of its own that can be frozen: calls that write to it then hang in the kernel, as on a dead server. */
function freezable(ws: Workspace, { skip }: TestContext): string {
  const place = ws.resolve("disk");
  fs.mkdirSync(place);
  try {
    fs.writeFileSync(ws.resolve("image"), "");
    fs.truncateSync(ws.resolve("image"), 32 * 1024 * 1024);
    execFileSync("mkfs.ext4", ["-q", ws.resolve("image")], { stdio: "pipe" });
    execFileSync("mount", ["-o", "loop", ws.resolve("image"), place], { stdio: "pipe" });
  } catch (error) {
    skip(`A file system in a file takes root, mkfs.ext4(8) and mount(8): ${String(error)}`);
  }
  onTestFinished(() => void execFileSync("umount", ["-l", place]));
  return place;
}

test("on a file system that hangs, operations end when they are aborted, and other files can be read", async (context) => {
  const ws = await workspace();
  const disk = freezable(ws, context);
  const folder = path.join(disk, "shared");
  fs.mkdirSync(folder);
  const store = await openStore(folder);
  await store.put("a/b", Buffer.from("old"), { operation: operation() });
  const freeze = (how: "--freeze" | "--unfreeze"): void => void execFileSync("fsfreeze", [how, disk]);
  freeze("--freeze");
  let frozen = true;
  onTestFinished(() => {
    if (frozen) freeze("--unfreeze");
  });

  const reason = new Error("too long");
  const controller = new AbortController();
  const hanging = { signal: controller.signal, progress: () => undefined };
  const puts = Array.from({ length: 8 }, (_, i) => store.put(`a/${i}`, Buffer.from("new"), { operation: hanging }));
  const ended = Promise.allSettled(puts);
  // More wait than there are threads for: one is left for everything else.
  expect(await readFile(ws.resolve("package.json"), "utf8")).toContain("workspace");
  controller.abort(reason);
  expect(await ended).toEqual(puts.map(() => ({ status: "rejected", reason })));

  // Another store of the process waits for the same threads, and its operations can be aborted just so.
  const other = await openFolder({ scheme: "file", url: "file:///other", folder: ws.path });
  const waiting = new AbortController();
  const list = other.list("", { operation: { signal: waiting.signal, progress: () => undefined } });
  waiting.abort(reason);
  await expect(list).rejects.toBe(reason);

  freeze("--unfreeze");
  frozen = false;
  await expect.poll(() => filesIn(folder)).toEqual(["a/b"]);
  expect(await store.put("a/b", Buffer.from("new"), { operation: operation() })).toBe("stored");
});
