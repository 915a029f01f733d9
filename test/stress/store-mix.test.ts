import { Cache } from "scalable";
import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";

const PROCESSES = 8;
const OPERATIONS = 1_500;

/*
 * Half reads and half writes: values under names that all share and that each replaces, values of its own, short and
 * long, and calls that several make at once. A value says of itself who wrote it, so that a torn or swapped one shows.
 */
const WORKER = `
import { Cache, cacheable } from "scalable";

const me = Number(process.argv[2]);
const cache = new Cache("cache");
const value = (name, by) => ({ name, by, payload: new Float64Array(name.endsWith("long") ? 10_000 : 4).fill(by) });
const whole = (found, name) => found.name === name && found.payload.every((x) => x === found.by);
let runs = 0;
const square = cacheable({ cache }, async function square(n) { runs += 1; return { n, square: n * n }; });

for (let i = 0; i < ${OPERATIONS}; i += 1) {
  const shared = "shared " + (i % 50) + (i % 10 === 0 ? " long" : "");
  const own = me + " of " + i + (i % 40 === 1 ? " long" : "");
  if (i % 4 === 0) await cache.set(shared, value(shared, me));
  else if (i % 4 === 1) await cache.set(own, value(own, me));
  else if (i % 4 === 2) {
    const found = await cache.get(shared);
    if (found !== undefined && !whole(found, shared)) console.log("WRONG " + shared);
  } else {
    const n = i % 200;
    const found = await square(n);
    if (found.n !== n || found.square !== n * n) console.log("WRONG " + n);
  }
}
for (let i = 1; i < ${OPERATIONS}; i += 4) {
  const own = me + " of " + i + (i % 40 === 1 ? " long" : "");
  const found = await cache.get(own);
  if (found === undefined) console.log("LOST " + own);
  else if (!whole(found, own) || found.by !== me) console.log("WRONG " + own);
}
console.log("runs " + runs);
await cache.close();
`;

test(`${PROCESSES} processes that read and write one store: no error, no wrong value, no lost write`, async () => {
  const rig = await workspace();
  await rig.write("worker.mjs", WORKER);

  const ended = await Promise.all(
    Array.from({ length: PROCESSES }, (_, id) => rig.run("worker.mjs", { args: [String(id)] })),
  );

  expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ended.map(() => ({ code: 0, stderr: "" })));
  const lines = ended.flatMap(({ stdout }) => stdout.trim().split("\n"));
  expect(lines.filter((line) => !line.startsWith("runs "))).toEqual([]);
  const runs = lines.reduce((sum, line) => sum + Number(line.slice("runs ".length)), 0);
  expect(runs).toBe(50); // Each of the calls, once between all of them.
  await using cache = new Cache(rig.resolve("cache"));
  expect((await cache.verify()).problems).toEqual([]);
  expect((await cache.stats()).functions).toContainEqual(
    expect.objectContaining({ functionName: "square", entries: 50 }),
  );
});
