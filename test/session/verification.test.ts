import { describe, expect, test } from "vitest";
import type { Workspace } from "../rig/workspace.ts";
import { events, KINDS, manifest, program, project, ran, run } from "./rig.ts";

/** Functions whose results depend on what is in a file `input`, and one that can be kept from ending. */
const CHECKED = `
import { existsSync, readFileSync } from "node:fs";
import { cacheable } from "scalable";
import { ran, until } from "./work.ts";

export const read = cacheable({ name: "read", code: "name" }, async function read(n, length = 1) {
  ran("read " + n + " " + process.pid);
  return { n, text: readFileSync("input", "utf8").repeat(length) };
});
export const may = cacheable({ name: "may", code: "name" }, async function may(what) {
  ran("may " + what);
  if (existsSync("input-2")) {
    if (what === "throw") throw new Error("no licence");
    if (what === "exit") process.exit(3);
    if (what === "kill") process.kill(process.pid, "SIGKILL");
    if (what === "wait") await until("never");
  }
  return what;
});
`;

async function checked(kind: { readonly processes: boolean }): Promise<Workspace> {
  const ws = await project(manifest(kind));
  await ws.write("checked.ts", CHECKED);
  await ws.write("input", "a");
  return ws;
}

const WITH = `const checked = await import("./checked.ts"); `;
const ALL = { env: { SCALABLE_CACHE_VERIFY: "1" } };

describe.each(KINDS)("hits of a session with $kind", (kind) => {
  test("are computed again in workers, and the same", { timeout: 120_000 }, async () => {
    const ws = await checked(kind);
    await run(ws, `${WITH} out.all = await client.gather(client.map(checked.read, [1, 2, 3]));`);
    const { all, pid } = await run(
      ws,
      `${WITH} out.pid = process.pid; out.all = await client.gather(client.map(checked.read, [1, 2, 3]));`,
      ALL,
    );

    expect(all).toEqual([1, 2, 3].map((n) => ({ n, text: "a" })));
    expect((await ran(ws)).length).toBe(6);
    if (kind.processes) expect((await ran(ws)).slice(3).some((line) => line.endsWith(String(pid)))).toBe(false);
    const told = await events(ws, "cache");
    expect(told.map(({ hit, verified }) => [hit, verified])).toEqual(new Array(3).fill([true, "same"]));
    expect((await events(ws, "workers")).some(({ state }) => state === "started")).toBe(true);
  });

  test("that differ are told of, and the fresh result comes back, however long", { timeout: 120_000 }, async () => {
    const ws = await checked(kind);
    const calls = `${WITH} const futures = [client.submit(checked.read, [1]), client.submit(checked.read, [2, 400000])];
      const [short, long] = await client.gather(futures); out.short = short.text; out.long = long.text.slice(0, 3);`;
    expect(await run(ws, calls)).toEqual({ short: "a", long: "aaa" });
    await ws.write("input", "b");
    expect(await run(ws, calls)).toEqual({ short: "a", long: "aaa" });
    expect(await run(ws, calls, ALL)).toEqual({ short: "b", long: "bbb" });
    const told = await events(ws, "cache");
    expect(told.map(({ verified, differs_at }) => [verified, differs_at])).toEqual([
      ["different", "result.text"],
      ["different", "result.text"],
    ]);
    await ws.write("input", "c");
    expect(await run(ws, calls)).toEqual({ short: "c", long: "ccc" });
    expect((await events(ws, "cache")).filter(({ hit }) => hit === false)).toMatchObject([
      { reason: "quarantined", stored: true },
      { reason: "quarantined", stored: true },
    ]);
  });

  test("that cannot be computed again are what is stored", { timeout: 120_000 }, async () => {
    const ws = await checked(kind);
    const ends = kind.processes ? ["throw", "exit", "kill"] : ["throw", "exit"];
    const calls = `${WITH} out.all = await client.gather(client.map(checked.may, ${JSON.stringify(ends)}));
      out.timed = await client.submit(checked.may, ["wait"], { timeout: 2000 });`;
    expect(await run(ws, calls)).toEqual({ all: ends, timed: "wait" });
    await ws.write("input-2", "");
    expect(await run(ws, calls, ALL)).toEqual({ all: ends, timed: "wait" });
    const told = await events(ws, "cache");
    expect(told.map(({ hit, verified }) => [hit, verified])).toEqual(new Array(ends.length + 1).fill([true, "failed"]));
    expect(await run(ws, calls)).toEqual({ all: ends, timed: "wait" });
  });
});

test("one call submitted several times is checked each time, and each gets a value of its own", async () => {
  const ws = await checked({ processes: false });
  const calls = `${WITH} const all = await client.gather([1, 1, 1, 1].map((n) => client.submit(checked.read, [n])));
    out.all = all; out.own = new Set(all).size;`;
  await run(ws, calls);
  const { all, own } = await run(ws, calls, ALL);
  expect(all).toEqual(new Array(4).fill({ n: 1, text: "a" }));
  expect(own).toBe(4);
  expect((await events(ws, "cache")).map(({ verified }) => verified)).toEqual(new Array(4).fill("same"));
});

test("a dry run checks nothing, and needs no worker", async () => {
  const ws = await checked({ processes: false });
  await run(ws, `${WITH} out.x = await client.submit(checked.read, [1]);`);
  const dry = { env: { ...ALL.env, SCALABLE_DRY_RUN: "1" } };
  expect(await run(ws, `${WITH} out.x = await client.submit(checked.read, [1]);`, dry)).toEqual({
    x: { n: 1, text: "a" },
  });
  expect((await ran(ws)).length).toBe(1);
});

test("the difference is said on standard error, not in the call's output", async () => {
  const ws = await checked({ processes: false });
  const calls = `${WITH} out.x = (await client.submit(checked.read, [1])).text;`;
  await run(ws, calls);
  await ws.write("input", "b");
  const { stderr } = await ws.run("main.ts", ALL);
  expect(stderr).toContain("is not what computing it again gives: result.text: 'a' → 'b'");
});

test.each(KINDS)("an audit works in workers, and is said once on standard error, with $kind", async (kind) => {
  const ws = await checked(kind);
  const body = `${WITH} await client.gather([1, 2, 3, 4].map((n) => client.submit(checked.read, [n])));`;
  await ws.write("main.ts", program(body));

  const { stderr } = await ws.run("main.ts", { env: { SCALABLE_CACHE_AUDIT: "1" } });

  const started = (await events(ws, "workers")).filter(({ state }) => state === "started");
  expect(started.length).toBe(2);
  expect(stderr).toBe(
    'scalable: warning: read reads "./input", which is not part of its key: declare it in "inputs".\n',
  );
});

test("a long result, which the session reads from the store, is told of once", async () => {
  const ws = await checked({ processes: false });
  const calls = `${WITH} out.length = (await client.submit(checked.read, [1, 400000])).text.length;`;
  expect(await run(ws, calls)).toEqual({ length: 400_000 });
  expect(await events(ws, "cache")).toMatchObject([{ hit: false, stored: true }]);
  expect(await run(ws, calls, ALL)).toEqual({ length: 400_000 });
  expect(await events(ws, "cache")).toMatchObject([{ hit: true, verified: "same" }]);
});
