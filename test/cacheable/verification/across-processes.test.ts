import { expect, test } from "vitest";
import { type Workspace, workspace } from "../../rig/workspace.ts";

/** Prints what a call returns, and how it came about; says `began` when its body runs, and waits for a line to go on. */
const CLOCK = `
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { Cache, cacheable, onEvent } from "scalable";
onEvent(({ hit, reason, stored, verified }) => console.log(JSON.stringify({ hit, reason, stored, verified })));
const clock = cacheable({ name: "clock", code: "name" }, async function clock() {
  if (process.argv[2] === "gated") {
    console.log("ready");
    await once(process.stdin, "data");
  }
  return { text: readFileSync("input", "utf8"), long: "x".repeat(100_000) };
});
console.log((await clock()).text);
await using cache = new Cache();
console.log(JSON.stringify((await cache.verify()).problems));
process.stdin.unref?.();
`;
const CHECK = { env: { SCALABLE_CACHE_VERIFY: "1" } };
const gated = { ...CHECK, args: ["gated"] };

async function clock(): Promise<Workspace> {
  const ws = await workspace();
  await ws.write("clock.ts", CLOCK);
  await ws.write("input", "a");
  expect((await ws.run("clock.ts")).stdout).toBe('{"hit":false,"reason":"first-call","stored":true}\na\n[]\n');
  return ws;
}

test("what one process found wrong answers in no other, and the next call stores again", async () => {
  const ws = await clock();
  await ws.write("input", "b");
  expect((await ws.run("clock.ts")).stdout).toContain('{"hit":true}\na\n');
  expect((await ws.run("clock.ts", CHECK)).stdout).toBe(
    '{"hit":false,"reason":"quarantined","stored":false,"verified":"different"}\nb\n[]\n',
  );
  await ws.write("input", "c");
  expect((await ws.run("clock.ts")).stdout).toBe('{"hit":false,"reason":"quarantined","stored":true}\nc\n[]\n');
  expect((await ws.run("clock.ts")).stdout).toBe('{"hit":true}\nc\n[]\n');
});

test("two processes that check one entry at once both get the fresh result", async () => {
  const ws = await clock();
  await ws.write("input", "b");
  const both = [await ws.start("clock.ts", gated), await ws.start("clock.ts", gated)];
  for (const child of both) child.send("go");
  for (const child of both) {
    const { stdout, stderr } = await child.finished;
    expect(stdout).toBe('ready\n{"hit":false,"reason":"quarantined","stored":false,"verified":"different"}\nb\n[]\n');
    expect(stderr).toContain("is not what computing it again gives: result.text: 'a' → 'b'");
  }
});

test("others are answered while a check runs, and killing it leaves everything as it was", async () => {
  const ws = await clock();
  await ws.write("input", "b");
  const checking = await ws.start("clock.ts", gated);
  expect((await ws.run("clock.ts")).stdout).toBe('{"hit":true}\na\n[]\n');
  await checking.kill();
  expect((await ws.run("clock.ts")).stdout).toBe('{"hit":true}\na\n[]\n');
});

test("an entry that somebody replaced during the check stays", async () => {
  const ws = await clock();
  await ws.write("input", "b");
  const checking = await ws.start("clock.ts", gated);
  await ws.write("input", "c");
  const replaced = await ws.run("clock.ts", { env: { SCALABLE_RECOMPUTE: "clock" } });
  expect(replaced.stdout).toBe('{"hit":false,"reason":"recompute","stored":true}\nc\n[]\n');
  await ws.write("input", "d");
  checking.send("go");
  expect((await checking.finished).stdout).toContain("\nd\n");
  expect((await ws.run("clock.ts")).stdout).toBe('{"hit":true}\nc\n[]\n');
});
