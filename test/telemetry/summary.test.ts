import { type CacheCallEvent, cacheable, onEvent, type ScalableEvent, summarizeCache } from "scalable";
import { expect, test } from "vitest";
import { ownCache } from "../cacheable/own-cache.ts";

ownCache();

function event(fields: Partial<CacheCallEvent>): CacheCallEvent {
  return {
    type: "cache",
    timestamp: "2030-01-01T00:00:00.000Z",
    function_name: "run",
    key_digest: "0".repeat(32),
    hit: true,
    source: "store",
    duration_s: 0,
    compute_s: 0,
    ...fields,
  };
}

test("nothing", () => {
  expect(summarizeCache([])).toEqual({ calls: 0, hits: 0, misses: 0, timeSavedS: 0 });
});

test("hits save what their computation took, less what they took themselves", () => {
  const events = [
    event({ hit: false, source: "computed", duration_s: 31, compute_s: 30 }),
    event({ duration_s: 0.5, compute_s: 30 }),
    event({ source: "joined", duration_s: 10, compute_s: 30 }),
  ];

  expect(summarizeCache(events)).toEqual({ calls: 3, hits: 2, misses: 1, timeSavedS: 49.5 });
});

test("a hit that took longer than the computation saves nothing, and takes nothing from others", () => {
  const events = [event({ duration_s: 2, compute_s: 1 }), event({ duration_s: 1, compute_s: 3 })];

  expect(summarizeCache(events).timeSavedS).toBe(2);
});

test("failed calls are misses", () => {
  const events = [
    event({ hit: false, source: "computed", failed: true }),
    event({ hit: false, source: "joined", failed: true }),
  ];

  expect(summarizeCache(events)).toMatchObject({ calls: 2, hits: 0, misses: 2 });
});

test("any iterable will do, and what is no event of the cache is passed over", () => {
  function* recorded(): Generator<ScalableEvent> {
    yield event({});
    yield { type: "other" } as never;
    yield event({ hit: false, source: "computed" });
  }

  expect(summarizeCache(recorded())).toMatchObject({ calls: 2, hits: 1, misses: 1 });
});

test("of real calls", async () => {
  const events: ScalableEvent[] = [];
  const off = onEvent((told) => events.push(told));
  const run = cacheable(async function run(scenario: number) {
    return scenario;
  });
  for (const scenario of [1, 2, 1, 1, 3, 2]) await run(scenario);
  off();

  const { timeSavedS, ...counts } = summarizeCache(events);

  expect(counts).toEqual({ calls: 6, hits: 3, misses: 3 });
  expect(timeSavedS).toBeGreaterThanOrEqual(0);
});
