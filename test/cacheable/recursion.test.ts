import { AsyncLocalStorage } from "node:async_hooks";
import { type Cacheable, cacheable } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache, settled } from "./own-cache.ts";

ownCache();

// Within `async function name() {}`, its own name is the bare function: these have none, or call others.
type Step = Cacheable<(x: number) => Promise<number>>;

test("a function that calls itself with the same arguments at once gets an error", async () => {
  const loop: Step = cacheable({ name: "loop" }, async (x: number): Promise<number> => (await loop(x)) + 1);

  await expect(loop(1)).rejects.toMatchObject({ code: "E_RECURSIVE_CALL", details: { functionName: "loop" } });
});

test("so does one that waits before it does", async () => {
  const loop: Step = cacheable(async function later(x: number): Promise<number> {
    await settled();
    const others = await Promise.all([Promise.resolve(1), loop(x)]);
    return others.length;
  });

  await expect(loop(1)).rejects.toMatchObject({ code: "E_RECURSIVE_CALL" });
});

test("so does one that comes back to itself through another", async () => {
  const even: Step = cacheable(async function even(x: number): Promise<number> {
    await settled();
    return odd(x);
  });
  const odd: Step = cacheable(async function odd(x: number): Promise<number> {
    await settled();
    return even(x);
  });

  await expect(even(1)).rejects.toMatchObject({ code: "E_RECURSIVE_CALL", details: { functionName: "even" } });
});

test("two that wait for each other, begun by two callers, get an error and do not wait for ever", async () => {
  const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const left: Step = cacheable(async function left(x: number): Promise<number> {
    one.resolve();
    await other.promise;
    return right(x);
  });
  const right: Step = cacheable(async function right(x: number): Promise<number> {
    other.resolve();
    await one.promise;
    return left(x);
  });

  const ended = await Promise.allSettled([left(1), right(1)]);

  expect(ended).toMatchObject([
    { status: "rejected", reason: { code: "E_RECURSIVE_CALL" } },
    { status: "rejected", reason: { code: "E_RECURSIVE_CALL" } },
  ]);
});

test("three in a ring, each begun by a caller of its own, one of them through a fourth", async () => {
  const begun = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const all = Promise.all(begun.map(({ promise }) => promise));
  const ring = [1, 2, 0].map(
    (next, place): Step =>
      cacheable({ name: `ring ${place}` }, async (x: number): Promise<number> => {
        begun[place]?.resolve();
        await all;
        if (place === 1) return between(x);
        return (await ring[next]?.(x)) ?? 0;
      }),
  );
  const between: Step = cacheable(async function between(x: number): Promise<number> {
    return (await ring[2]?.(x)) ?? 0;
  });

  const ended = await Promise.allSettled(ring.map((step) => step(1)));

  expect(ended.map((end) => end.status === "rejected" && end.reason.code)).toEqual([
    "E_RECURSIVE_CALL",
    "E_RECURSIVE_CALL",
    "E_RECURSIVE_CALL",
  ]);
});

test("recursion with other arguments is no recursion of a call", async () => {
  const runs = counter();
  const factorial: Step = cacheable({ name: "factorial" }, async (n: number): Promise<number> => {
    runs.count += 1;
    return n <= 1 ? 1 : n * (await factorial(n - 1));
  });

  expect(await factorial(10)).toBe(3_628_800);
  expect(await factorial(11)).toBe(39_916_800);
  expect(runs.count).toBe(11);
});

test("two calls that share a third one wait for it, and it runs once", async () => {
  const runs = counter();
  const gate = Promise.withResolvers<void>();
  const shared: Step = cacheable(async function shared(x: number): Promise<number> {
    runs.count += 1;
    await gate.promise;
    return x;
  });
  const first: Step = cacheable(async function first(x: number): Promise<number> {
    return (await shared(x)) + 1;
  });
  const second: Step = cacheable(async function second(x: number): Promise<number> {
    return (await shared(x)) + (await first(x));
  });

  const calls = Promise.all([first(1), second(1), shared(1), second(1)]);
  gate.resolve();

  expect(await calls).toEqual([2, 3, 1, 3]);
  expect(runs.count).toBe(1);
});

test("what a function leaves running may call it when it has ended", async () => {
  const late = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<void>();
  const leaves: Step = cacheable({ name: "leaves" }, async (x: number): Promise<number> => {
    void ended.promise.then(async () => late.resolve(await leaves(x)));
    return x;
  });

  await leaves(5);
  ended.resolve();

  expect(await late.promise).toBe(5);
});

test("a task that outlives its call may wait for a call that waited for it", async () => {
  const [innerDone, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()];
  const inner: Step = cacheable(async function inner(x: number): Promise<number> {
    void innerDone.promise.then(() => outer(x)).then(answer.resolve, answer.reject);
    return x;
  });
  const outer: Step = cacheable(async function outer(x: number): Promise<number> {
    await inner(x);
    innerDone.resolve();
    await settled();
    return x + 1;
  });

  expect(await outer(1)).toBe(2);
  expect(await answer.promise).toBe(2);
});

test("a recompute of the call that runs is recursion too", async () => {
  const loop: Step = cacheable(async function refreshing(x: number): Promise<number> {
    return loop.recompute(x);
  });

  await expect(loop(1)).rejects.toMatchObject({ code: "E_RECURSIVE_CALL" });
});

test("the function sees the asynchronous context of the call that started it", async () => {
  const tenant = new AsyncLocalStorage<string>();
  const cached = cacheable({ store: false }, async function contextual() {
    await settled();
    return tenant.getStore();
  });

  expect(await tenant.run("acme", () => cached())).toBe("acme");
});
