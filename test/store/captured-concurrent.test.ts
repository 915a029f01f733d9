import fs from "node:fs";
import { expect, test } from "vitest";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { captures, DirType, FileType, plant, treeOf } from "./capture-rig.ts";

const TREE = { "a.txt": "a", "sub/b.txt": "b".repeat(200_000), "sub/deep/c": "c", l: "-> sub", "empty/x": null };

test.each([
  ["is missing", (out: string) => fs.rmSync(out, { recursive: true })],
  ["has lost some files", (out: string) => fs.rmSync(`${out}/sub`, { recursive: true })],
  [
    "is empty",
    (out: string) => fs.readdirSync(out).forEach((name) => void fs.rmSync(`${out}/${name}`, { recursive: true })),
  ],
])("several restore a folder at once that %s", async (_what, damage) => {
  const { at, capture, restore } = await captures();
  plant(at("out"), TREE);
  const before = treeOf(at("out"));
  const captured = await capture({ dir: DirType, file: FileType }, { dir: at("out"), file: at("out/a.txt") });
  for (let round = 0; round < 5; round += 1) {
    damage(at("out"));

    const value = { dir: at("out"), file: at("out/a.txt") };
    const restored = await Promise.all(Array.from({ length: 6 }, () => restore({ ...value }, captured)));

    expect(restored).toEqual(new Array(6).fill(value));
    expect(treeOf(at("out"))).toEqual(before);
    expect(fs.readdirSync(at())).toEqual(["out"]);
  }
});

const BUILD = `
import { existsSync, mkdirSync, rmSync, writeFileSync, appendFileSync } from "node:fs";
import { isMainThread, parentPort } from "node:worker_threads";
import { cacheable, DirType } from "scalable";
const build = cacheable({ name: "build", code: "name", returnType: DirType }, async (n) => {
  appendFileSync("ran", n + "\\n");
  mkdirSync("out/sub", { recursive: true });
  for (let file = 0; file < 20; file += 1) writeFileSync("out/sub/" + file, "content " + file);
  return "out";
});
for (let round = 0; round < 30; round += 1) {
  if (round % 3 === 0) rmSync("out", { recursive: true, force: true });
  else if (round % 3 === 1) rmSync("out/sub/" + (round % 20), { force: true });
  const out = await build(1);
  if (out !== "out") throw new Error("It is called " + out);
}
if (isMainThread) console.log("done"); else parentPort.postMessage("done");`;

test("processes and threads that delete and restore one folder at once", async () => {
  const ws = await workspace();
  await ws.write("build.ts", BUILD);
  await ws.write(
    "threads.ts",
    `import { Worker } from "node:worker_threads";
     const ended = Array.from({ length: 2 }, () => new Promise((resolve, reject) =>
       new Worker(new URL("./build.ts", import.meta.url)).once("message", resolve).once("error", reject)));
     await Promise.all(ended);
     console.log("done");`,
  );

  const ended = await Promise.all([ws.run("build.ts"), ws.run("build.ts"), ws.run("threads.ts")]);
  const last = await ws.run("build.ts");

  for (const { stdout, code } of [...ended, last]) expect({ stdout, code }).toEqual({ stdout: "done\n", code: 0 });
  expect(fs.readdirSync(ws.resolve("out/sub"))).toHaveLength(20);
  expect(leftIn(ws)).toEqual([]);
});

function leftIn(ws: Workspace): string[] {
  return fs.readdirSync(ws.path).filter((name) => name.endsWith(".tmp"));
}

test("one that is killed while it restores leaves no half folder", async () => {
  const ws = await workspace();
  await ws.write(
    "large.ts",
    `import { mkdirSync, writeFileSync } from "node:fs";
     import { cacheable, DirType } from "scalable";
     const large = cacheable({ name: "large", code: "name", returnType: DirType }, async () => {
       mkdirSync("out", { recursive: true });
       for (let file = 0; file < 200; file += 1) writeFileSync("out/" + file, Buffer.alloc(100_000, file));
       return "out";
     });
     if (process.argv[2] === "again") console.log("ready");
     console.log(await large());`,
  );
  expect((await ws.run("large.ts")).stdout).toBe("out\n");

  let interrupted = 0;
  for (let round = 0; round < 6; round += 1) {
    fs.rmSync(ws.resolve("out"), { recursive: true, force: true });
    const child = await ws.start("large.ts", { args: ["again"] });
    await appears(ws, /^\.scalable-.*\.tmp$/);
    const { signal } = await child.kill();
    if (signal !== null) interrupted += 1;
    const there = fs.existsSync(ws.resolve("out"));
    expect(there ? fs.readdirSync(ws.resolve("out")).length : 200).toBe(200);
  }

  expect(interrupted).toBeGreaterThan(0);
  expect((await ws.run("large.ts")).stdout).toBe("out\n");
  expect(fs.readdirSync(ws.resolve("out"))).toHaveLength(200);
});

/** Waits until there is a file or folder of such a name in the workspace. */
function appears(ws: Workspace, name: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!fs.readdirSync(ws.path).some((entry) => name.test(entry))) return;
      watcher.close();
      resolve();
    };
    const watcher = fs.watch(ws.path, look);
    look();
  });
}
