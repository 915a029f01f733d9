import { type CacheCallEvent, cacheable, onEvent } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

ownCache();

test("100 calls at one time run once, and each has a result of its own", async () => {
  const runs = counter();
  const gate = Promise.withResolvers<void>();
  const solve = cacheable(async function solve(params: { readonly size: number }) {
    runs.count += 1;
    await gate.promise;
    return { cells: Array.from({ length: params.size }, (_, cell) => cell) };
  });

  const calls = Array.from({ length: 100 }, () => solve({ size: 3 }));
  gate.resolve();
  const results = await Promise.all(calls);

  expect(runs.count).toBe(1);
  expect(new Set(results).size).toBe(100);
  for (const [place, result] of results.entries()) {
    expect(result).toEqual({ cells: [0, 1, 2] });
    result.cells.push(place);
  }
  expect(await solve({ size: 3 })).toEqual({ cells: [0, 1, 2] });
});

test("the same for results in files of the store", async () => {
  const runs = counter();
  const large = cacheable(async function large() {
    runs.count += 1;
    return new Float64Array(50_000).fill(1);
  });

  const results = await Promise.all(Array.from({ length: 20 }, () => large()));

  expect(runs.count).toBe(1);
  results[0]?.fill(2);
  expect(results.slice(1).every((result) => result[7] === 1)).toBe(true);
  expect((await large())[7]).toBe(1);
});

test("different calls at one time all run", async () => {
  const runs = counter();
  const run = cacheable(async function different(x: number) {
    runs.count += 1;
    return x * 2;
  });

  const results = await Promise.all(Array.from({ length: 50 }, (_, x) => run(x)));

  expect(results).toEqual(Array.from({ length: 50 }, (_, x) => x * 2));
  expect(runs.count).toBe(50);
});

test.each([
  ["store: false", { store: false }],
  ["a test that refuses", { store: () => false }],
  ["maxAge: 0", { maxAge: 0 }],
])("what is not stored (%s) is shared in copies all the same", async (name, options) => {
  const runs = counter();
  const cached = cacheable({ ...options, name: `unstored ${name}` }, async () => {
    runs.count += 1;
    return { list: [1] };
  });

  const [first, second, third] = await Promise.all([cached(), cached(), cached()]);
  first?.list.push(2);
  second?.list.push(3);

  expect([first, second, third]).toEqual([{ list: [1, 2] }, { list: [1, 3] }, { list: [1] }]);
  expect(runs.count).toBe(1);
});

test("an instance that cannot be copied is shared", async () => {
  said();
  class Handle {
    readonly id = {};
  }
  const open = cacheable(async function open() {
    return new Handle();
  });

  const [first, second] = await Promise.all([open(), open()]);

  expect(second).toBe(first);
});

test("an instance of the declared class is made anew for each", async () => {
  class Grid {
    cells = [1];
  }
  const build = cacheable({ returnType: Grid }, async function build() {
    return new Grid();
  });

  const [first, second] = await Promise.all([build(), build()]);
  first?.cells.push(2);

  expect(second).toBeInstanceOf(Grid);
  expect(second).toEqual({ cells: [1] });
});

test("what can be read once only is not shared: each caller gets its own", async () => {
  said();
  async function* values(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  const results = {
    "an async generator": values,
    "an iterator": () => [1, 2].values(),
    "an iterator of one's own": () => ({ next: () => ({ done: true, value: 1 }) }),
    "a stream": () => new ReadableStream({ start: (controller) => controller.enqueue(1) }),
    "a response": () => new Response("text"),
  };

  for (const [name, make] of Object.entries(results)) {
    const cached = cacheable({ name }, async (_x: number): Promise<unknown> => make());
    const all = await Promise.all([cached(1), cached(1), cached(1)]);
    expect(new Set(all).size).toBe(3);
  }
});

test("a call that comes while a stored result turns out to be unusable joins its computation", async () => {
  const runs = counter();
  const untyped = cacheable(async function replaced(): Promise<unknown> {
    runs.count += 1;
    return runs.count === 1 ? new Float64Array(50_000) : "text";
  });
  await untyped();
  const typed = untyped.with({ returnType: String });

  expect(await Promise.all([typed(), typed(), typed()])).toEqual(["text", "text", "text"]);
  expect(runs.count).toBe(2);
});

test("who asks for a fresh result does not get one that began before", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const runs = counter();
  const cached = cacheable(async function refreshed() {
    const run = runs.count;
    runs.count += 1;
    await gates[run]?.promise;
    return run;
  });

  const first = cached();
  const fresh = [cached.recompute(), cached.recompute()];
  gates[0]?.resolve();
  expect(await first).toBe(0);
  fresh.push(cached.recompute());
  gates[1]?.resolve();

  expect(await Promise.all(fresh)).toEqual([1, 1, 1]);
  expect(await cached()).toBe(1);
  expect(runs.count).toBe(2);
});

test("events tell which call computed and which joined", async () => {
  const events: CacheCallEvent[] = [];
  const off = onEvent((event) => {
    if (event.type === "cache") events.push(event);
  });
  const gate = Promise.withResolvers<void>();
  const cached = cacheable(async function shared() {
    await gate.promise;
    return 5;
  });

  const calls = Promise.all([cached(), cached()]);
  gate.resolve();
  await calls;
  off();

  expect(events.map(({ hit, source }) => [hit, source]).sort()).toEqual([
    [false, "computed"],
    [true, "joined"],
  ]);
});
