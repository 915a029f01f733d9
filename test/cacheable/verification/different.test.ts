import { Cache, cacheable } from "scalable";
import { expect, test, vi } from "vitest";
import { counter, ownCache, said } from "../own-cache.ts";
import { told } from "./told.ts";

ownCache();

const shared = (): object => {
  const part = { x: 1 };
  return { a: part, b: [part, part] };
};

type Difference = readonly [what: string, before: () => unknown, after: () => unknown, told: string];
const DIFFERENT: readonly Difference[] = [
  ["a number", () => 1, () => 2, "result: 1 → 2"],
  ["the sign of zero", () => [0], () => [-0], "result[0]: 0 → -0"],
  ["a type", () => ({ a: 1 }), () => ({ a: "1" }), "result.a: 1 → '1'"],
  [
    "a number deep inside",
    () => ({ demand: [{ mw: 3.1 }] }),
    () => ({ demand: [{ mw: 3.2 }] }),
    "result.demand[0].mw: 3.1 → 3.2",
  ],
  ["one property more", () => ({}), () => ({ "a b": undefined }), `result["a b"]: absent → undefined`],
  ["a hole", () => [1, undefined], () => Object.assign(new Array(2), { 0: 1 }), "result[1]: undefined → absent"],
  ["a length", () => [1], () => [1, 2], "result[1]: absent → 2"],
  ["a Map's value", () => new Map([["a", 1]]), () => new Map([["a", 2]]), "result.get('a'): 1 → 2"],
  ["a Map's key", () => new Map([[{ k: 1 }, 1]]), () => new Map([[{ k: 2 }, 1]]), "result.get({ k: 1 }): 1 → absent"],
  ["a Set's member", () => new Set([1]), () => new Set([2]), "result.(member): 1 → 2"],
  ["a class", () => new Map(), () => new Set(), "result: Map(0) {} → Set(0) {}"],
  ["a Date", () => new Date(0), () => new Date(1), "result: 1970-01-01T00:00:00.000Z → 1970-01-01T00:00:00.001Z"],
  ["a RegExp", () => /a/, () => /a/i, "result: /a/ → /a/i"],
  ["an Error's message", () => ({ e: new Error("a") }), () => ({ e: new Error("b") }), "result.e.message: 'a' → 'b'"],
  ["a typed array", () => new Float64Array([1, 2]), () => new Float64Array([1, 3]), "result[1]: 2 → 3"],
  [
    "a long typed array",
    () => new Uint8Array(70_000),
    () => new Uint8Array(70_000).fill(1, 69_999),
    "result[69999]: 0 → 1",
  ],
  ["boxed", () => [new Object(1)], () => [new Object(2)], "result[0]: [Number: 1] → [Number: 2]"],
  [
    "what is shared",
    shared,
    () => ({ a: { x: 1 }, b: [{ x: 1 }, { x: 1 }] }),
    "result: shared objects → shared in other places",
  ],
];

test.each(DIFFERENT)(
  "a function whose result differs in %s is told of, and gets the fresh one",
  async (_, before, after, difference) => {
    const [events, lines, runs] = [told(), said(), counter()];
    const fn = cacheable({ name: `fn ${difference}`, code: "name", verify: 1 }, () => {
      runs.count += 1;
      return runs.count === 1 ? before() : after();
    });

    await fn();
    expect(await fn()).toEqual(after());

    expect(runs.count).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`: ${difference} (digests `);
    expect(lines[0]).toContain(await fn.key());
    expect(events[1]).toMatchObject({
      hit: false,
      source: "computed",
      reason: "quarantined",
      stored: false,
      verified: "different",
    });
    expect(`${difference}:`).toContain(`${events[1]?.differs_at}:`);
  },
);

test("what differed answers no more calls: the next one computes and stores, and the evidence is kept", async () => {
  const [events, runs] = [told(), counter()];
  said();
  const options = { name: "clock", code: "name" } as const;
  const body = (): { at: number } => {
    runs.count += 1;
    return { at: runs.count };
  };
  const [sure, plain] = [
    cacheable({ ...options, verify: 1 }, body),
    cacheable({ ...options, version: undefined }, body),
  ];

  expect(await sure()).toEqual({ at: 1 });
  expect(await plain()).toEqual({ at: 1 });
  expect(await sure()).toEqual({ at: 2 });
  expect(await plain.has()).toBe(false);
  expect(await plain()).toEqual({ at: 3 });
  expect(await plain()).toEqual({ at: 3 });

  expect(events.map(({ reason, stored }) => [reason, stored])).toEqual([
    ["first-call", true],
    [undefined, undefined],
    ["quarantined", false],
    ["quarantined", true],
    [undefined, undefined],
  ]);
  await using store = new Cache();
  const kept = await store.info(`quarantined:${await plain.key()}`);
  expect(kept).toMatchObject({ functionName: "clock", quarantine: { difference: "result.at: 1 → 2" } });
  expect(kept?.hits).toBe(1);
  expect(await store.get(`quarantined:${await plain.key()}`)).toEqual({ at: 1 });
  expect(await store.verify()).toMatchObject({ entries: 2, problems: [] });
});

test("of a function with redacted parameters, no text of its results is told or kept", async () => {
  const lines = said();
  const runs = counter();
  const echo = cacheable(
    { name: "echo", code: "name", verify: 1, redact: ["token"] },
    async function echo(token: string): Promise<Map<string, number>> {
      runs.count += 1;
      return new Map([[token, runs.count]]);
    },
  );
  await echo("s3cret-token");
  await echo("s3cret-token");

  expect(lines).toHaveLength(1);
  expect(lines.join("\n")).not.toContain("s3cret-token");
});

test("a share that cannot be meant is refused before anything is computed", async () => {
  const runs = counter();
  const f = cacheable({ name: "refused", code: "name" }, async () => {
    runs.count += 1;
  });
  vi.stubEnv("SCALABLE_CACHE_VERIFY", "often");

  await expect(f()).rejects.toMatchObject({ code: "E_SETTING" });
  expect(runs.count).toBe(0);
});
