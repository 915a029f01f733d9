import { type CacheCallEvent, cacheable, onEvent } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

ownCache();

test("a stored result that is refused is computed again and replaced", async () => {
  const runs = counter();
  const events: CacheCallEvent[] = [];
  const off = onEvent((event) => {
    if (event.type === "cache") events.push(event);
  });
  const base = cacheable(async function measured(x: number) {
    runs.count += 1;
    return { x, run: runs.count };
  });
  const checked = base.with({ checkOutput: (result) => result.run > 1 });
  await base(1);

  expect((await checked(1)).run).toBe(2);
  expect((await checked(1)).run).toBe(2);
  expect((await base(1)).run).toBe(2);
  off();
  expect(events.map(({ hit, reason }) => [hit, reason])).toEqual([
    [false, "first-call"],
    [false, "check-output"],
    [true, undefined],
    [true, undefined],
  ]);
});

test("a computed result that is refused is returned and not stored, with one warning", async () => {
  const lines = said();
  const runs = counter();
  const diverging = cacheable({ checkOutput: () => false }, async function diverging(_x: number) {
    runs.count += 1;
    return runs.count;
  });

  expect([await diverging(1), await diverging(1), await diverging(2)]).toEqual([1, 2, 3]);
  expect(lines).toEqual([expect.stringContaining("diverging was not stored: checkOutput refused it")]);
});

test("it is asked with the result and the coerced arguments, on storing and on reading", async () => {
  const asked: unknown[] = [];
  const cached = cacheable(
    {
      args: { x: Number, list: undefined },
      checkOutput: async (result, ...args) => {
        asked.push([result, args]);
        return true;
      },
    },
    async function observed(x: number, list: number[]) {
      list.sort();
      return x + (list[0] ?? 0);
    },
  );

  await cached("1" as never, [3, 2]);
  await cached(1, [3, 2]);

  expect(asked).toEqual([
    [3, [1, [3, 2]]],
    [3, [1, [3, 2]]],
  ]);
});

test("on reading, it is asked with the arguments as they were when the call was made", async () => {
  const asked: unknown[] = [];
  const cached = cacheable(
    {
      checkOutput: async (_result, point) => {
        asked.push({ ...point });
        return true;
      },
    },
    async function blob(point: { x: number }) {
      return new Float64Array(20_000).fill(point.x);
    },
  );
  await cached({ x: 1 });

  const point = { x: 1 };
  const call = cached(point);
  point.x = 2;
  await call;

  expect(asked).toEqual([{ x: 1 }, { x: 1 }]);
});

test("one that throws counts as a refusal: computed again, returned, not stored", async () => {
  const lines = said();
  const runs = counter();
  const base = cacheable(async function unchecked() {
    runs.count += 1;
    return runs.count;
  });
  const throwing = base.with({
    checkOutput: () => {
      throw new Error("no judgement");
    },
  });
  await base();

  expect(await throwing()).toBe(2);
  expect(await base()).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(/unchecked cannot be used: no judgement/),
    expect.stringMatching(/unchecked was not stored: its check threw: no judgement/),
  ]);
});
