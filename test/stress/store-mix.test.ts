import { Cache } from "scalable";
import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";
import { WORK } from "./store-work.ts";

const PROCESSES = 8;

test("8 processes do all that can be done, at once: no error, no wrong value, nothing wrong in the store", async () => {
  const ws = await workspace();
  await ws.write("work.ts", WORK);

  const ended = await Promise.all(Array.from({ length: PROCESSES }, () => ws.run("work.ts", { args: ["120"] })));

  for (const { code, stdout, stderr } of ended) {
    expect({ code, stderr, wrong: stdout.match(/^(WRONG|FAILED).*$/m) }).toEqual({ code: 0, stderr: "", wrong: null });
    expect(stdout).toContain("\ndid 119\ndone\n");
  }
  await using cache = new Cache(ws.resolve("cache"));
  const { problems, leftovers } = await cache.verify();
  expect(problems).toEqual([]);
  expect(leftovers.files).toBe(0);
});

const WRITE = `
import { Cache } from "scalable";
const me = process.argv[2];
await using cache = new Cache("cache");
const valueOf = (key, version) => ({ key, version, data: new Uint8Array(version % 2 === 0 ? 60_000 : 10).fill(version) });
const isOne = (value, key) => value.key === key && value.data.every((byte) => byte === value.version);
console.log("ready");
for (let version = 0; version < 40; version += 1) {
  for (const key of ["own " + me + " " + (version % 5), "shared " + (version % 3)]) {
    await cache.set(key, valueOf(key, version));
    const read = await cache.get(key);
    if (read === undefined || !isOne(read, key)) throw new Error("What was just stored is not there: " + key);
    if (key.startsWith("own") && read.version !== version) throw new Error("An old value is back: " + key);
  }
  const other = "own " + ((Number(me) + version) % ${PROCESSES}) + " " + (version % 5);
  const value = await cache.get(other);
  if (value !== undefined && !isOne(value, other)) throw new Error("A wrong value: " + other);
}`;

test("8 processes that read and write at once: no write is lost", async () => {
  const ws = await workspace();
  await ws.write("write.ts", WRITE);

  const ended = await Promise.all(
    Array.from({ length: PROCESSES }, (_, me) => ws.run("write.ts", { args: [String(me)] })),
  );

  for (const { code, stderr } of ended) expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  await using cache = new Cache(ws.resolve("cache"));
  for (let me = 0; me < PROCESSES; me += 1) {
    for (let place = 0; place < 5; place += 1) {
      expect(await cache.get(`own ${me} ${place}`)).toMatchObject({ version: 35 + place });
    }
  }
  for (let place = 0; place < 3; place += 1) expect(await cache.get(`shared ${place}`)).toBeDefined();
  expect(await cache.verify()).toMatchObject({ entries: PROCESSES * 5 + 3, problems: [], leftovers: { files: 0 } });
});
