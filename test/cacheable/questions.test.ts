import { Cache, cacheable } from "scalable";
import { expect, test, vi } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

const own = ownCache();

function counting() {
  said(); // Two of them are twins.
  const runs = counter();
  const cached = cacheable({ returnType: Object }, async function counting(x: number, options?: object) {
    runs.count += 1;
    return { x, run: runs.count, options };
  });
  return { runs, cached };
}

test("key names the call, and runs nothing", async () => {
  const { runs, cached } = counting();

  const keys = [await cached.key(1), await cached.key(1), await cached.key(2)];

  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
  expect(runs.count).toBe(0);
});

test("has says whether a result is stored, and forget removes it", async () => {
  const { runs, cached } = counting();

  expect([await cached.has(1), await cached.forget(1)]).toEqual([false, false]);
  await cached(1);
  await cached(2);
  expect([await cached.has(1), await cached.has(2), await cached.has(3)]).toEqual([true, true, false]);
  expect([await cached.forget(1), await cached.forget(1)]).toEqual([true, false]);
  expect([await cached.has(1), await cached.has(2)]).toEqual([false, true]);

  expect((await cached(1)).run).toBe(3);
  expect(runs.count).toBe(3);
});

test("has does not count what is too old", async () => {
  const { cached } = counting();
  const short = cached.with({ maxAge: "1h" });
  await short(1);

  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_001 });
  try {
    expect([await short.has(1), await cached.has(1)]).toEqual([false, true]);
  } finally {
    vi.useRealTimers();
  }
  expect(await short.has(1)).toBe(true);
});

test("recompute runs, and its result is the stored one from then on", async () => {
  const { runs, cached } = counting();
  await cached(1);

  expect((await cached.recompute(1)).run).toBe(2);
  expect((await cached(1)).run).toBe(2);
  expect((await cached.recompute(7)).run).toBe(3);
  expect((await cached(7)).run).toBe(3);
  expect(runs.count).toBe(3);
});

test("a recompute that throws leaves the stored result", async () => {
  let fails = false;
  const cached = cacheable(async function sometimes(x: number) {
    if (fails) throw new Error("not today");
    return x;
  });
  await cached(1);

  fails = true;

  await expect(cached.recompute(1)).rejects.toThrow("not today");
  expect(await cached(1)).toBe(1);
});

test("uncached neither reads nor stores", async () => {
  const { runs, cached } = counting();
  await cached(1);

  expect((await cached.uncached(1)).run).toBe(2);
  await cached.uncached(5);

  expect(await cached.has(5)).toBe(false);
  expect((await cached(1)).run).toBe(1);
  expect(runs.count).toBe(3);
});

test("explain shows the parts of the key, and the entry that answers", async () => {
  const { cached } = counting();
  await cached(1, { scale: 2 });

  const explanation = await cached.explain(1, { scale: 2 });

  expect(explanation.key).toBe(await cached.key(1, { scale: 2 }));
  expect(explanation).toMatchObject({ state: "hit", entry: { functionName: "counting", key: explanation.key } });
  expect(explanation.nearest).toBeUndefined();
  expect(explanation.call?.parts.map(({ kind, name }) => [kind, name])).toEqual([
    ["function", "counting"],
    ["code", ""],
    ["version", ""],
    ["argument", "x"],
    ["argument", "options"],
  ]);
  expect(explanation.call?.parts.map(({ preview }) => preview).slice(3)).toEqual(["1", "{ scale: 2 }"]);
});

test("a cache of one's own holds the results, and nothing else does", async () => {
  const cache = new Cache(own.ws.resolve("mine"));
  const { runs, cached } = counting();
  const mine = cached.with({ cache });

  await mine(1);
  await mine(1);
  await cached(1);

  expect(runs.count).toBe(2);
  expect((await cache.stats()).entries).toBe(1);
  expect(await cache.has(await mine.key(1))).toBe(true);
  await cache.close();
  expect(await mine.has(1)).toBe(true);
  await cache.close();
});
