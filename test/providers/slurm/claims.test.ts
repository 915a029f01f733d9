import { readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { Claims } from "../../../src/providers/slurm/claims.ts";
import { thisProcess } from "../../../src/telemetry/run-process.ts";
import { workspace } from "../../rig/workspace.ts";
import { keyOf } from "./a-call.ts";

const MODULE = pathToFileURL(path.resolve(import.meta.dirname, "../../../src/providers/slurm/claims.ts")).href;

test("a call is claimed once, and again by who knows of that", async () => {
  const ws = await workspace();
  const claims = new Claims(ws.path);
  const key = keyOf(0xab);

  expect(claims.current(key)).toBeUndefined();
  expect(claims.take(key, "first", undefined)).toBe(true);
  expect(claims.take(key, "second", undefined)).toBe(false);
  const first = claims.current(key);
  expect(first).toMatchObject({ array: "first", generation: 1 });
  expect(claims.take(key, "second", first)).toBe(true);
  expect(claims.take(key, "third", first)).toBe(false);
  expect(claims.current(key)).toMatchObject({ array: "second", driver: thisProcess(), generation: 2 });
});

test("a claim tells how old it is", async () => {
  const ws = await workspace();
  const claims = new Claims(ws.path);
  claims.take(keyOf(1), "a", undefined);
  const file = path.join(ws.path, "claims", "00", `${keyOf(1)}.1`);
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(file, hourAgo, hourAgo);

  expect(claims.current(keyOf(1))?.ageMs).toBeGreaterThanOrEqual(3_599_000);
});

test("claims are for their user alone", async () => {
  const ws = await workspace();
  new Claims(ws.path).take(keyOf(1), "a", undefined);

  for (const folder of ["claims", "claims/00"]) expect(statSync(ws.resolve(folder)).mode & 0o077).toBe(0);
});

test("calls do not get into each other's way, whatever their keys begin with", async () => {
  const ws = await workspace();
  const claims = new Claims(ws.path);
  const keys = [keyOf(1), `${keyOf(1)}1`, keyOf(0x11), "f".repeat(32)];

  for (const key of keys) expect(claims.take(key, key, undefined)).toBe(true);

  expect(keys.map((key) => claims.current(key)?.array)).toEqual(keys);
});

test("who drops a call forgets all of its claims, but only while it has the last one", async () => {
  const ws = await workspace();
  const claims = new Claims(ws.path);
  const key = keyOf(7);
  claims.take(key, "first", undefined);
  claims.take(key, "second", claims.current(key));

  claims.drop(key, "first");
  expect(claims.current(key)?.array).toBe("second");
  claims.drop(key, "second");
  expect(claims.current(key)).toBeUndefined();
  expect(claims.take(key, "third", undefined)).toBe(true);
  claims.drop(keyOf(8), "none");
});

test("a claim that was cut off names no array, and the next one comes after it", async () => {
  const ws = await workspace();
  const claims = new Claims(ws.path);
  claims.take(keyOf(1), "a", undefined);
  writeFileSync(path.join(ws.path, "claims", "00", `${keyOf(1)}.1`), "");

  const cut = claims.current(keyOf(1));

  expect(cut).toMatchObject({ array: "", generation: 1 });
  expect(claims.take(keyOf(1), "b", cut)).toBe(true);
});

test("of 16 processes that claim 300 calls at one time, exactly one wins each", { timeout: 120_000 }, async () => {
  const ws = await workspace();
  const [processes, calls, generations] = [16, 300, 2];
  await ws.write(
    "race.ts",
    `import { Claims } from ${JSON.stringify(MODULE)};
     const claims = new Claims(${JSON.stringify(ws.path)});
     const own = \`array-\${process.argv[2]}\`;
     const keys = Array.from({ length: ${calls} }, (_, n) => n.toString(16).padStart(32, "0").split("").reverse().join(""));
     await new Promise((resolve) => { process.stdin.once("data", resolve); console.log("ready"); });
     process.stdin.destroy();
     for (let generation = 1; generation <= ${generations}; generation += 1) {
       for (const key of keys) {
         const before = claims.current(key);
         if ((before?.generation ?? 0) >= generation) continue;
         if (claims.take(key, own, before)) console.log("won", key, (before?.generation ?? 0) + 1);
       }
     }`,
  );
  const children = await Promise.all(
    Array.from({ length: processes }, (_, at) => ws.start("race.ts", { args: [String(at)] })),
  );
  for (const child of children) child.send("go");
  const ended = await Promise.all(children.map((child) => child.finished));

  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, ""]));
  const won = ended.flatMap(({ stdout }, at) =>
    [...stdout.matchAll(/^won (\w+) (\d+)$/gm)].map(([, key = "", generation]) => ({ at, id: `${key}.${generation}` })),
  );
  expect(new Set(won.map(({ id }) => id)).size).toBe(calls * generations);
  expect(won).toHaveLength(calls * generations);
  expect(new Set(won.map(({ at }) => at)).size).toBeGreaterThan(1);
  for (const { at, id } of won)
    expect(JSON.parse(await ws.read(`claims/${id.slice(0, 2)}/${id}`))).toMatchObject({ array: `array-${at}` });
  const files = readdirSync(ws.resolve("claims"), { recursive: true }).map(String);
  expect(files.filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
