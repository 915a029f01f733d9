import { type CacheCallEvent, cacheable, FileType, onEvent } from "scalable";
import { expect, test, vi } from "vitest";
import { ownCache, said } from "../cacheable/own-cache.ts";
import { workspace } from "../rig/workspace.ts";

const own = ownCache();

/** The events of what happens in `action`. */
async function eventsOf(action: () => Promise<unknown>): Promise<CacheCallEvent[]> {
  const events: CacheCallEvent[] = [];
  const off = onEvent((event) => {
    if (event.type === "cache") events.push(event);
  });
  try {
    await action();
  } finally {
    off();
  }
  return events;
}

test("a miss and a hit have the fields of the tutorial's cache events", async () => {
  const square = cacheable(async function square(x: number) {
    return x * x;
  });
  const before = Date.now();

  const [miss, hit, ...others] = await eventsOf(async () => [await square(3), await square(3)]);

  const common = {
    type: "cache",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    function_name: "square",
    key_digest: await square.key(3),
    duration_s: expect.any(Number),
    compute_s: expect.any(Number),
  };
  expect(miss).toEqual({ ...common, hit: false, source: "computed", reason: "first-call", stored: true });
  expect(hit).toEqual({ ...common, hit: true, source: "store" });
  expect(others).toEqual([]);
  expect(Date.parse(miss?.timestamp ?? "")).toBeGreaterThanOrEqual(before);
  expect(miss?.compute_s).toBeLessThanOrEqual(miss?.duration_s ?? 0);
  expect(hit?.compute_s).toBe(miss?.compute_s);
});

test("reasons of misses", async () => {
  said();
  const runs = { count: 0 };
  const plain = cacheable(async function reasoned(): Promise<unknown> {
    runs.count += 1;
    return runs.count;
  });

  const events = await eventsOf(async () => {
    await plain();
    await plain.recompute();
    await plain.with({ recompute: true })();
    await plain.with({ returnType: String })();
    await plain.with({ checkOutput: () => false })();
    await plain.with({ store: false, version: "2" })();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_000 });
    await plain.with({ maxAge: 1 })();
    vi.useRealTimers();
  });

  expect(events.map(({ hit, reason, stored }) => [hit, reason, stored])).toEqual([
    [false, "first-call", true],
    [false, "recompute", true],
    [false, "recompute", true],
    [false, "type-mismatch", false],
    [false, "check-output", false],
    [false, "not-stored", false],
    [false, "expired", true],
  ]);
});

test("a call whose function throws, and those that waited for it", async () => {
  const gate = Promise.withResolvers<void>();
  const failing = cacheable(async function failing() {
    await gate.promise;
    throw new Error("failed");
  });

  const events = await eventsOf(async () => {
    const calls = Promise.allSettled([failing(), failing()]);
    gate.resolve();
    await calls;
  });

  expect(events.map(({ hit, source, failed, stored }) => ({ hit, source, failed, stored }))).toEqual(
    expect.arrayContaining([
      { hit: false, source: "computed", failed: true, stored: false },
      { hit: false, source: "joined", failed: true, stored: false },
    ]),
  );
  expect(events).toHaveLength(2);
});

test("calls without a key are no events, and calls with SCALABLE_CACHE=off are misses without one", async () => {
  const reads = cacheable({ args: { file: FileType } }, async function reads(file: string) {
    return file;
  });
  const file = await own.ws.write("a.txt", "a");

  const events = await eventsOf(async () => {
    await reads("missing").catch(() => undefined);
    vi.stubEnv("SCALABLE_CACHE", "off");
    await reads(file);
  });

  expect(events).toMatchObject([
    { function_name: "reads", key_digest: "", hit: false, source: "computed", reason: "cache-off", stored: false },
  ]);
  expect(events).toHaveLength(1);
});

test("questions are no events", async () => {
  const asked = cacheable(async function asked() {
    return 1;
  });

  const events = await eventsOf(async () => [
    await asked.key(),
    await asked.has(),
    await asked.explain(),
    await asked.forget(),
  ]);

  expect(events).toEqual([]);
});

test("each listener is told until it ends its subscription", async () => {
  const cached = cacheable(async function told(x: number) {
    return x;
  });
  const [first, second] = [[] as string[], [] as string[]];
  const offFirst = onEvent((event) => void (event.type === "cache" && first.push(event.function_name)));
  const offSecond = onEvent((event) => void (event.type === "cache" && second.push(event.function_name)));

  await cached(1);
  offFirst();
  offFirst();
  await cached(1);
  offSecond();
  await cached(1);

  expect([first, second]).toEqual([["told"], ["told", "told"]]);
});

test("a listener that throws fails neither the call nor the other listeners; its error is nobody's to catch", async () => {
  const ws = await workspace();
  await ws.write(
    "throwing.ts",
    `import { cacheable, onEvent } from "scalable";
     process.on("uncaughtException", (error) => console.log("uncaught", error.message));
     onEvent(() => { throw new Error("listener"); });
     onEvent((event) => event.type === "cache" && console.log(event.hit));
     const f = cacheable(async function f() { return 5; });
     console.log(await f(), await f());`,
  );

  const { stdout, code } = await ws.run("throwing.ts");

  expect(code).toBe(0);
  expect(stdout.split("\n").sort()).toEqual(["", "5 5", "false", "true", "uncaught listener", "uncaught listener"]);
});
