/*
 * A process that does all that can be done with a store, on keys that others use too, and checks each value that it
 * reads: `did <number>` after each thing, WRONG or FAILED where anything is not as it should be.
 */
export const WORK = `
import { deepStrictEqual } from "node:assert";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Cache, cacheable, DirType, FileType } from "scalable";

const times = Number(process.argv[2]);
const sizeLimit = 3_000_000;
const cache = new Cache("cache", { sizeLimit });
mkdirSync("out", { recursive: true });

const smallOf = (n) => ({ n, text: ("small " + n).repeat(n % 20), at: new Date(n) });
const largeOf = (n) => ({ n, data: new Float64Array(6_000 + n).fill(n), more: new Uint8Array(70_000).fill(n) });
const contentOf = (n) => ("content " + n + "\\n").repeat(2_000);

const small = cacheable({ name: "small", code: "name", cache }, (n) => smallOf(n));
const large = cacheable({ name: "large", code: "name", cache }, async (n) => largeOf(n));
const file = cacheable({ name: "file", code: "name", cache, returnType: FileType }, async (n) => {
  const temporary = "out/" + process.pid + ".part";
  writeFileSync(temporary, contentOf(n));
  const { renameSync } = await import("node:fs");
  renameSync(temporary, "out/" + n + ".txt");
  return "out/" + n + ".txt";
});

const random = (below) => Math.floor(Math.random() * below);
const actions = {
  async small() {
    const n = random(60);
    deepStrictEqual(await small(n), smallOf(n));
  },
  async large() {
    const n = random(30);
    deepStrictEqual(await large(n), largeOf(n));
  },
  async file() {
    const n = random(10);
    if (random(3) === 0) rmSync("out/" + n + ".txt", { force: true });
    deepStrictEqual(await file(n), "out/" + n + ".txt");
  },
  async set() {
    const n = random(20);
    await cache.set("key " + n, { n, version: Math.random(), data: new Uint8Array(random(2) * 50_000 + n).fill(n) });
  },
  async get() {
    const n = random(20);
    const value = await cache.get("key " + n);
    if (value === undefined) return;
    if (value.n !== n || value.data.some((byte) => byte !== n)) throw new Error("The value of key " + n + " is another one.");
  },
  async recompute() {
    const n = random(30);
    deepStrictEqual(await large.recompute(n), largeOf(n));
  },
  async forget() {
    await large.forget(random(30));
    await cache.delete("key " + random(20));
  },
  async prune() {
    await cache.prune({ maxBytes: sizeLimit / 2 });
  },
  async stats() {
    const { bytes } = await cache.stats();
    if (bytes > 2 * sizeLimit) throw new Error(bytes + " bytes are stored.");
  },
};
const often = [...["small", "small", "small", "large", "large", "large", "file", "file", "set", "set", "get", "get"],
  ...["recompute", "forget", "prune", "stats"]];

console.log("ready");
for (let time = 0; time < times; time += 1) {
  const action = often[random(often.length)];
  try {
    await actions[action]();
  } catch (error) {
    console.log((error.code === "ERR_ASSERTION" ? "WRONG " : "FAILED ") + action + " " + String(error.stack).replaceAll("\\n", " "));
  }
  console.log("did " + time);
}
console.log("done");`;
