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
    (out: string) => {
      for (const name of fs.readdirSync(out)) fs.rmSync(`${out}/${name}`, { recursive: true });
    },
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
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isMainThread, parentPort, threadId } from "node:worker_threads";
import { cacheable, DirType } from "scalable";
const build = cacheable({ name: "build", code: "name", returnType: DirType }, async () => {
  appendFileSync("ran", "ran\\n");
  mkdirSync("out/sub", { recursive: true });
  for (let file = 0; file < 20; file += 1) writeFileSync("out/sub/" + file, "content " + file);
  return "out";
});
for (let round = 0; round < Number(process.argv[2]); round += 1) {
  if (round % 3 === 0) {
    const aside = "aside-" + process.pid + "-" + threadId;
    try { renameSync("out", aside); } catch {} // Somebody else was faster.
    rmSync(aside, { recursive: true, force: true });
  } else if (round % 3 === 1) rmSync("out/sub/" + (round % 20), { force: true });
  const out = await build();
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
       new Worker(new URL("./build.ts", import.meta.url), { argv: process.argv.slice(2) })
         .once("message", resolve).once("error", reject)));
     await Promise.all(ended);
     console.log("done");`,
  );
  const run = (script: string, rounds: number) => ws.run(script, { args: [String(rounds)] });
  await run("build.ts", 1);

  const ended = await Promise.all([run("build.ts", 30), run("build.ts", 30), run("threads.ts", 30)]);

  for (const { stdout, stderr, code } of [...ended, await run("build.ts", 3)]) {
    expect({ stdout, stderr, code }).toEqual({ stdout: "done\n", stderr: "", code: 0 });
  }
  expect(fs.readdirSync(ws.resolve("out/sub"))).toHaveLength(20);
  expect(await ws.read("ran")).toBe("ran\n");
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
