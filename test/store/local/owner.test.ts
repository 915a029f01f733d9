import fs from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { isAlive, lockFile, Owner, ownerOf } from "../../../src/store/local/owner.ts";
import { sqliteTrouble } from "../../../src/store/sqlite.ts";
import { Workspace } from "../../rig/workspace.ts";

async function staging(): Promise<string> {
  const ws = await Workspace.create();
  onTestFinished(() => ws.remove());
  return await mkdtemp(path.join(ws.path, "tmp-"));
}

test("an owner lives until it is closed, and leaves nothing behind", async () => {
  const folder = await staging();
  const owner = new Owner(folder);

  expect(isAlive(folder, owner.id)).toBe(true);
  expect(isAlive(folder, owner.id)).toBe(true);
  expect(owner.isThere()).toBe(true);

  owner.close();
  expect(isAlive(folder, owner.id)).toBe(false);
  expect(await readdir(folder)).toEqual([]);
});

test("an owner without a file, and one whose file nobody holds, does not live; its file is removed", async () => {
  const folder = await staging();
  const file = path.join(folder, "1-0123456789abcdef.owner");
  fs.writeFileSync(file, "");

  expect(isAlive(folder, "1-0123456789abcdef")).toBe(false);
  expect(isAlive(folder, "2-0123456789abcdef")).toBe(false);
  expect(await readdir(folder)).toEqual([]);
});

test("an owner makes its folder, and sees when its file was deleted", async () => {
  const folder = path.join(await staging(), "tmp");
  const owner = new Owner(folder);
  onTestFinished(() => owner.close());

  fs.rmSync(folder, { recursive: true });

  expect(owner.isThere()).toBe(false);
  expect(isAlive(folder, owner.id)).toBe(false);
});

test("looking whether an owner lives does not leave files open", async () => {
  const folder = await staging();
  const owner = new Owner(folder);
  onTestFinished(() => owner.close());
  const opened = (): number => (process.platform === "linux" ? fs.readdirSync("/proc/self/fd").length : 0);
  isAlive(folder, owner.id);
  const before = opened();

  for (let time = 0; time < 50; time += 1) expect(isAlive(folder, owner.id)).toBe(true);

  expect(opened()).toBeLessThanOrEqual(before + 1);
});

test("a lock is held against others of this process, and theirs against us", async () => {
  const file = path.join(await staging(), "x.lock");
  const lock = lockFile(file, 0);

  let trouble: unknown;
  try {
    lockFile(file, 0).close();
  } catch (error) {
    trouble = sqliteTrouble(error);
  }
  expect(trouble).toBe("busy");

  lock.close();
  lockFile(file, 0).close();
});

test("while owners come and look for each other in several threads, none that lives is taken for dead", async () => {
  const folder = await staging();
  // Looks at everything that is there, as the clean-up does, while the others make owners.
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    const fs = require("node:fs");
    import(workerData.module).then(({ Owner, isAlive, ownerOf }) => {
      const wrong = [];
      for (let round = 0; round < 150; round += 1) {
        const owner = new Owner(workerData.folder);
        for (const name of fs.readdirSync(workerData.folder)) isAlive(workerData.folder, ownerOf(name));
        if (!owner.isThere() || !isAlive(workerData.folder, owner.id)) wrong.push(owner.id);
        owner.close();
      }
      parentPort.postMessage(wrong);
    });`;
  const module = new URL("../../../src/store/local/owner.ts", import.meta.url).href;
  const threads = Array.from({ length: 3 }, () => new Worker(code, { eval: true, workerData: { folder, module } }));
  const wrong = await Promise.all(
    threads.map(
      (thread) =>
        new Promise((resolve, reject) => {
          thread.once("message", resolve);
          thread.once("error", reject);
        }),
    ),
  );
  await Promise.all(threads.map((thread) => thread.terminate()));

  expect(wrong).toEqual([[], [], []]);
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ["12-0123456789abcdef.owner", "12-0123456789abcdef"],
  ["12-0123456789abcdef.3.tmp", "12-0123456789abcdef"],
  ["heal.lock", undefined],
  ["notes.txt", undefined],
  ["12-0123456789abcdef.3.tmp.bak", undefined],
  ["x12-0123456789abcdef.owner", undefined],
])("the file %s belongs to %s", (name, owner) => {
  expect(ownerOf(name)).toBe(owner);
});
