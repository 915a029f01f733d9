import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import { readEvents } from "../../src/telemetry/read-events.ts";
import { workspace } from "../rig/workspace.ts";
import { taskEvent } from "./example-run.ts";

const line = (id: string, changes: object = {}): string =>
  JSON.stringify({ ...taskEvent(id), type: undefined, ...changes });

/** Reads `content` as the tasks of a run. */
async function read(content: string | Uint8Array): Promise<{ ids: string[]; damaged: number; torn: boolean }> {
  const ws = await workspace();
  await ws.write("tasks.jsonl", content);
  const events = readEvents(ws.path, "task");
  const ids = [...events].map(({ task_id }) => task_id);
  return { ids, damaged: events.damaged, torn: events.torn };
}

test("a torn last line is left out", async () => {
  const whole = `${line("a")}\n${line("b")}\n`;

  expect(await read(whole)).toEqual({ ids: ["a", "b"], damaged: 0, torn: false });
  expect(await read(whole + line("c").slice(0, 50))).toEqual({ ids: ["a", "b"], damaged: 0, torn: true });
  expect(await read(whole + line("c"))).toEqual({ ids: ["a", "b", "c"], damaged: 0, torn: false });
});

test.each([
  ["no JSON", "}{"],
  ["cut off", line("x").slice(0, 30)],
  ["null", "null"],
  ["an array", "[]"],
  ["two objects", `${line("x")},${line("y")}`],
  ["no id", line("x", { task_id: undefined })],
  ["an id of another type", line("x", { task_id: 7 })],
  ["an optional field of another type", line("x", { duration_s: "1" })],
  ["a state that is not known", line("x", { state: "lost" })],
  ["binary", "\0\0\ufffd"],
])("a damaged line is left out and counted: %s", async (_what, damaged) => {
  expect(await read(`${line("a")}\n${damaged}\n${line("b")}\n`)).toEqual({ ids: ["a", "b"], damaged: 1, torn: false });
});

test("fields that are not known stay, and empty lines do not count", async () => {
  expect(await read(`\n${line("a", { later: [1] })}\n\n`)).toEqual({ ids: ["a"], damaged: 0, torn: false });
});

test("lines may be of any length, and characters of several bytes may lie anywhere", async () => {
  const ids = Array.from({ length: 3000 }, (_, index) => `${"é😀".repeat(index % 400)}${index}`);
  const long = "ü".repeat(3_000_000);

  expect(await read(`${[...ids, long, "last"].map((id) => line(id)).join("\n")}\n`)).toEqual({
    ids: [...ids, long, "last"],
    damaged: 0,
    torn: false,
  });
});

test("a line of more than 64 MiB is damaged, and the next one is read", async () => {
  const content = Buffer.concat([
    Buffer.from(`${line("a")}\n`),
    Buffer.alloc(70 * 1024 * 1024, "x"),
    Buffer.from(`\n${line("b")}\n`),
  ]);

  expect(await read(content)).toEqual({ ids: ["a", "b"], damaged: 1, torn: false });
});

test("a file that is not there, a folder and a named pipe in its place have no events", async () => {
  const ws = await workspace();
  mkdirSync(ws.resolve("workers.jsonl"));
  if (process.platform !== "win32") spawnSync("mkfifo", [ws.resolve("cache.jsonl")]);

  expect([...readEvents(ws.path, "task")]).toEqual([]);
  expect([...readEvents(ws.path, "worker")]).toEqual([]);
  expect([...readEvents(ws.path, "cache")]).toEqual([]);
});

test("each iteration reads anew, and may stop early", async () => {
  const ws = await workspace();
  await ws.write("tasks.jsonl", `${line("a")}\n${line("b")}\n`);
  const events = readEvents(ws.path, "task");

  for (const { task_id } of events) {
    expect(task_id).toBe("a");
    break;
  }
  await ws.write("tasks.jsonl", `${line("c")}\n`);

  expect([...events].map(({ task_id }) => task_id)).toEqual(["c"]);
});
