import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import { withIndex } from "../local-rig.ts";
import { askOnce, Server } from "./serving.ts";

/*
 * The index goes away, or becomes another one, while processes have it open.
 */

const ALL = [0, 1, 2, 3, 4, 5];
const COMPUTED = ALL.map(() => "right computed");
const STORED = ALL.map(() => "right stored");
const CALLS = ALL.map((n) => `call ${n}`);

/** A process that has computed all and still has the cache open. */
async function filled(): Promise<{ ws: Workspace; server: Server; index: string }> {
  const ws = await workspace();
  const server = await Server.start(ws);
  expect(await server.calls(...ALL)).toEqual(COMPUTED);
  return { ws, server, index: ws.resolve("cache/cache.db") };
}

test("the whole folder is deleted", async () => {
  const { ws, server } = await filled();

  fs.rmSync(ws.resolve("cache"), { recursive: true });
  const answers = await server.calls(...ALL, 6, 7, 8);

  expect(answers.every((answer) => answer.startsWith("right "))).toBe(true);
  expect((await askOnce(ws, [...CALLS, "problems"])).answers.at(-1)).toBe("[]");
  expect((await askOnce(ws, CALLS)).answers).toEqual(STORED);
  const { code, stderr } = await server.end();
  expect(code).toBe(0);
  // It notices within a second; what it tries to write into the folder that is gone until then is said to be not stored.
  for (const line of stderr.split("\n").filter(Boolean)) expect(line).toMatch(/is missing\)|was not stored: ENOENT/);
});

test("the index alone is deleted, with its log or without", async () => {
  for (const suffixes of [["", "-wal", "-shm"], [""]]) {
    const { ws, server, index } = await filled();

    for (const suffix of suffixes) fs.rmSync(index + suffix);
    const other = await askOnce(ws, [...CALLS, ...CALLS]);
    const answers = await server.calls(...ALL, 6, 7, 8);

    expect(other.answers.every((answer) => answer.startsWith("right "))).toBe(true);
    expect(answers.every((answer) => answer.startsWith("right "))).toBe(true);
    await server.end();
    expect((await askOnce(ws, [...CALLS, "problems"])).answers.at(-1)).toBe("[]");
  }
});

test("another cache is moved to its place", async () => {
  const { ws, server, index } = await filled();
  const others = await askOnce(ws, ["call 10", "call 12"], { env: { SCALABLE_CACHE_DIR: "other" } });
  expect(others.answers).toEqual(["right computed", "right computed"]);

  for (const suffix of ["-wal", "-shm", ""]) fs.rmSync(index + suffix, { force: true });
  fs.renameSync(ws.resolve("other/cache.db"), index);
  const answers = await server.calls(...ALL, 10, 12);

  expect(answers.every((answer) => answer.startsWith("right "))).toBe(true);
  await server.end();
  const later = await askOnce(ws, [...CALLS, "call 10", "call 12", "problems"]);
  expect(later.answers.every((answer) => answer.startsWith("right ") || answer === "[]")).toBe(true);
});

test("the index is overwritten in its place while it is open", async () => {
  const { ws, server, index } = await filled();
  const noise = Buffer.from(Array.from({ length: 40_000 }, (_, place) => (place * 2_654_435_761) >>> 11));

  fs.writeFileSync(index, noise);
  const answers = await server.calls(...ALL, 6, 7, 8);

  expect(answers.every((answer) => answer.startsWith("right "))).toBe(true);
  await server.end();
  const later = await askOnce(ws, [...CALLS, ...CALLS, "problems"]);
  expect(later.answers.slice(ALL.length)).toEqual([...STORED, "[]"]);
});

test("one process heals while another has the damaged index open; two heal at once", async () => {
  const { ws, server, index } = await filled();
  await server.end();
  const size = fs.statSync(index).size;
  const servers = [await Server.start(ws), await Server.start(ws), await Server.start(ws)];
  expect(await servers[0]?.ask("call 1")).toBe("right stored");

  // Noise in all pages but the first: each of them meets the damage by itself.
  const file = fs.openSync(index, "r+");
  fs.writeSync(file, Buffer.alloc(size - 4_096, 0xa5), 0, size - 4_096, 4_096);
  fs.closeSync(file);
  const answers = await Promise.all(servers.map((each) => each.calls(...ALL)));

  expect(answers.flat().every((answer) => answer.startsWith("right "))).toBe(true);
  const ended = await Promise.all(servers.map((each) => each.end()));
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  const warnings = ended.flatMap(({ stderr }) => stderr.match(/was damaged .*A new one was made/g) ?? []);
  expect(warnings.length).toBeGreaterThan(0);
  expect((await askOnce(ws, [...CALLS, "problems"])).answers).toEqual([...STORED, "[]"]);
  expect(fs.readdirSync(path.dirname(index)).filter((name) => name.endsWith("Z")).length).toBe(warnings.length);
});

test("what others stored in the new index while the old one is being saved stays there", async () => {
  const { ws, server, index } = await filled();
  await server.end();
  withIndex(path.dirname(index), (db) => db.exec("DROP TABLE leases"));

  const [healing, other] = await Promise.all([Server.start(ws), Server.start(ws)]);
  const [a, b] = await Promise.all([healing.calls(20, 21, 22, ...ALL), other.calls(20, 21, 22, ...ALL)]);

  expect([...a, ...b].every((answer) => answer.startsWith("right "))).toBe(true);
  await Promise.all([healing.end(), other.end()]);
  const later = await askOnce(ws, [...CALLS, "call 20", "call 21", "call 22", "problems", "count"]);
  expect(later.answers).toEqual([...STORED, ...STORED.slice(0, 3), "[]", "9"]);
});
