import { Cache, cacheable } from "scalable";
import { expect, onTestFinished, test, vi } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

const own = ownCache();

/** Lets `ms` pass on the clock. */
function elapse(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  onTestFinished(() => void vi.useRealTimers());
}

test("store: false computes each time, and says nothing of it", async () => {
  const lines = said();
  const runs = counter();
  const fleeting = cacheable({ store: false }, async function fleeting() {
    runs.count += 1;
    return runs.count;
  });

  expect([await fleeting(), await fleeting()]).toEqual([1, 2]);
  expect(await fleeting.has()).toBe(false);
  expect(lines).toEqual([]);
});

test("store: false uses what is stored already", async () => {
  const cached = cacheable(async function readOnly() {
    return {};
  });
  await cached();
  const runs = vi.fn();

  const result = await cacheable({ store: false, code: "name", name: "readOnly" }, runs)();
  const same = await cached.with({ store: false })();

  expect(same).toEqual({});
  expect(result).toBeUndefined();
  expect(runs).toHaveBeenCalledOnce();
});

test.each([
  ["a test", (result: { readonly converged: boolean }) => result.converged],
  ["an asynchronous test", async (result: { readonly converged: boolean }) => result.converged],
])("store: %s of the result", async (name, store) => {
  const lines = said();
  const runs = counter();
  const solve = cacheable({ store, version: name }, async function solve(steps: number) {
    runs.count += 1;
    return { converged: steps > 10, run: runs.count };
  });

  expect([(await solve(5)).run, (await solve(5)).run]).toEqual([1, 2]);
  expect([(await solve(50)).run, (await solve(50)).run]).toEqual([3, 3]);
  expect(lines).toEqual([]);
});

test("store: a test that throws: the result is returned and not stored, with one warning", async () => {
  const lines = said();
  const throwing = cacheable(
    {
      store: () => {
        throw new Error("cannot judge");
      },
    },
    async function judged(x: number) {
      return x;
    },
  );

  expect([await throwing(1), await throwing(1), await throwing(2)]).toEqual([1, 1, 2]);
  expect(lines).toEqual([expect.stringMatching(/^scalable: warning: .*judged was not stored: .*cannot judge/)]);
});

test.each([
  ["milliseconds", 3_600_000],
  ["text", "1h"],
])("maxAge as %s: a result is used for so long, and then replaced", async (_form, maxAge) => {
  const runs = counter();
  const hourly = cacheable({ maxAge, name: `hourly ${_form}` }, async function hourly() {
    runs.count += 1;
    return runs.count;
  });
  expect(await hourly()).toBe(1);

  elapse(3_599_000);
  expect(await hourly()).toBe(1);
  elapse(2_000);
  expect(await hourly()).toBe(2);
  elapse(3_599_000);
  expect(await hourly()).toBe(2);
  expect(await hourly.with({ maxAge: 1_000 })()).toBe(3);
});

test("maxAge is no part of the key, and a copy without it uses what is old", async () => {
  const runs = counter();
  const daily = cacheable({ maxAge: "1d" }, async function daily() {
    runs.count += 1;
    return runs.count;
  });
  await daily();
  elapse(10 * 86_400_000);

  expect(await daily.with({ maxAge: "30d" })()).toBe(1);
  expect(await daily.key()).toBe(await daily.with({ maxAge: "30d" }).key());
  expect(await daily()).toBe(2);
});

test("the age that a cache allows holds for its functions too", async () => {
  const cache = new Cache(own.ws.resolve("short"), { maxAge: "1m" });
  const runs = counter();
  const cached = cacheable({ cache }, async function shortLived() {
    runs.count += 1;
    return runs.count;
  });
  await cached();

  elapse(61_000);

  expect(await cached.has()).toBe(false);
  expect(await cached()).toBe(2);
  await cache.close();
});

test("maxAge: 0 shares what runs now, and nothing later", async () => {
  const runs = counter();
  const cached = cacheable({ maxAge: 0 }, async function momentary() {
    runs.count += 1;
    return { run: runs.count };
  });

  const together = await Promise.all([cached(), cached()]);
  elapse(1);

  expect(together).toEqual([{ run: 1 }, { run: 1 }]);
  expect(together[0]).not.toBe(together[1]);
  expect(await cached()).toEqual({ run: 2 });
});
