import { expect, test } from "vitest";
import type { Child } from "../../rig/child.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import { askOnce, Server } from "./serving.ts";

/*
 * Another process holds the index for long, as a backup program or a debugger may.
 */

/** A process that has the index locked until it is told to go on. */
async function locker(ws: Workspace, sql = "BEGIN EXCLUSIVE"): Promise<Child> {
  await ws.write(
    "locker.ts",
    `import { DatabaseSync } from "node:sqlite";
     process.removeAllListeners("warning");
     const db = new DatabaseSync("cache/cache.db", { timeout: 5_000 });
     db.exec(process.argv[2]);
     console.log("ready");
     process.stdin.once("data", () => { db.exec("COMMIT"); db.close(); console.log("released"); process.stdin.destroy(); });`,
  );
  return await ws.start("locker.ts", { args: [sql] });
}

test("what is stored is still read, and what is computed waits until it can be stored", async () => {
  const ws = await workspace();
  await askOnce(ws, ["call 0", "call 1"]);
  const server = await Server.start(ws);
  const lock = await locker(ws);

  expect(await server.calls(0, 1)).toEqual(["right stored", "right stored"]);
  const computing = server.ask("call 3");
  expect(await Promise.race([computing, ranSoon(ws)])).toBe("not yet");
  lock.send("go");

  expect(await computing).toBe("right computed");
  expect(await server.ask("call 3")).toBe("right stored");
  expect((await server.end()).stderr).toBe("");
  await lock.finished;
});

/** Whether the body was run at once; it waits for its turn first. */
async function ranSoon(ws: Workspace): Promise<string> {
  await askOnce(ws, ["call 0"]);
  return (await ws.read("ran")).includes("3") ? "ran" : "not yet";
}

test("a process that opens the cache meanwhile reads what is stored, and is not kept from storing later", async () => {
  const ws = await workspace();
  await askOnce(ws, ["call 0", "call 1"]);
  const lock = await locker(ws);

  const server = await Server.start(ws);
  expect(await server.calls(0, 1)).toEqual(["right stored", "right stored"]);
  const computing = server.ask("call 3");
  lock.send("go");
  expect(await computing).toBe("right computed");

  expect(await server.ask("call 3")).toBe("right stored");
  expect((await server.end()).stderr).toBe("");
  await lock.finished;
});

test("held for very long, calls are computed without it after a while, with one warning, and use it again later", async () => {
  const ws = await workspace();
  await askOnce(ws, ["call 0"]);
  const lock = await locker(ws);
  const server = await Server.start(ws);

  expect(await server.calls(3, 5, 2)).toEqual(["right computed", "right computed", "right computed"]);
  lock.send("go");
  await lock.finished;

  expect(await server.calls(0, 7, 7)).toEqual(["right stored", "right computed", "right stored"]);
  const { stderr } = await server.end();
  expect(stderr.match(/warning/g)).toHaveLength(1);
  expect(stderr).toContain(
    "cannot be used: another process has locked its index for long. Calls are computed without it.",
  );
});
