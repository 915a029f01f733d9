import { createHash } from "node:crypto";
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { KnownKeys } from "../../../src/store/remote/known-keys.ts";
import { recordName } from "../../../src/store/remote/names.ts";
import { MemoryObjects } from "./memory-objects.ts";

const LOOKUPS_AT_ONCE = 64;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  return () => vi.useRealTimers();
});

const idOf = (number: number): string => createHash("sha256").update(`id ${number}`).digest("hex").slice(0, 32);
const idsOf = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, place) => idOf(from + place));

/** A function's records in a place, and what a process knows of them. */
class Rig {
  readonly objects = new MemoryObjects();
  readonly known: KnownKeys;
  lookups = 0;

  constructor(stored: number) {
    for (const id of idsOf(0, stored)) this.store(id);
    const { signal } = new AbortController();
    this.known = new KnownKeys((prefix, after) =>
      this.objects.list(prefix, {
        operation: { signal, progress: () => undefined },
        ...(after === undefined ? {} : { after }),
      }),
    );
  }

  store(id: string): void {
    this.objects.place.put(recordName("f", id), new Uint8Array(1));
  }

  /** Looks ids up as a shared store does; answers those that are there. */
  async ask(...ids: readonly string[]): Promise<string[]> {
    const asked = await this.known.filter("f", ids);
    this.lookups += asked.size;
    return [...asked].filter((id) => {
      const found = this.objects.place.objects.has(recordName("f", id));
      if (!found) this.known.missing("f", id);
      return found;
    });
  }

  get requests(): number {
    return this.lookups + this.objects.count("list");
  }
}

test.each([
  [0, 1],
  [500, 1],
  [5_000, 45],
  [50_000, 150],
])("beside %i records, 10,000 look-ups at once of what is not there cost at most %i requests", async (stored, most) => {
  const rig = new Rig(stored);

  expect(await rig.ask(...idsOf(1_000_000, 10_000))).toEqual([]);

  expect(rig.requests).toBeLessThanOrEqual(most);
});

test.each([
  [0, 9],
  [500, 9],
  [5_000, 60],
  [50_000, 400],
])("beside %i records, 10,000 of them one after the other cost at most %i requests", async (stored, most) => {
  const rig = new Rig(stored);

  for (const id of idsOf(1_000_000, 10_000)) expect(await rig.ask(id)).toEqual([]);

  expect(rig.requests).toBeLessThanOrEqual(most);
});

test("a function with more records than are worth listing is asked for one by one", async () => {
  const rig = new Rig(20_000);

  await rig.ask(...idsOf(1_000_000, 20));

  expect(rig.objects.count("list")).toBe(1);
  expect(rig.lookups).toBeGreaterThan(10);
});

test("all that is there is found, whatever else is in the folder", async () => {
  const rig = new Rig(20_000);
  for (let number = 0; number < 3_000; number += 1) {
    rig.objects.place.put(`v1/entries/f/80/zz-${number}`, new Uint8Array(1));
    rig.objects.place.put(`v1/entries/f/8x/${number}`, new Uint8Array(1));
  }

  const found = await rig.ask(...idsOf(0, 20_000));

  expect(found).toHaveLength(20_000);
});

describe("what is missing", () => {
  test("is missing for half a minute, and then looked for again", async () => {
    const rig = new Rig(0);
    await rig.ask(idOf(1));
    rig.store(idOf(1));

    vi.advanceTimersByTime(30_000);
    expect(await rig.ask(idOf(1))).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(await rig.ask(idOf(1))).toEqual([idOf(1)]);
  });

  test("of a list is missing for half a minute as well", async () => {
    const rig = new Rig(0);
    await rig.ask(...idsOf(0, 20));
    rig.store(idOf(30));

    expect(await rig.ask(idOf(30))).toEqual([]);
    vi.advanceTimersByTime(30_001);
    expect(await rig.ask(idOf(30))).toEqual([idOf(30)]);
  });

  test("is not missing for longer where the clock is set back", async () => {
    const rig = new Rig(0);
    await rig.ask(idOf(1));
    rig.store(idOf(1));

    vi.advanceTimersByTime(30_001);
    vi.setSystemTime(Date.now() - 86_400_000);

    expect(await rig.ask(idOf(1))).toEqual([idOf(1)]);
  });

  test("is there as soon as this process has stored it", async () => {
    const rig = new Rig(0);
    await rig.ask(...idsOf(0, 20));
    rig.store(idOf(3));
    rig.known.present("f", idOf(3));

    expect(await rig.ask(idOf(3))).toEqual([idOf(3)]);
    rig.known.removed("f", idOf(3));
    expect(await rig.ask(idOf(3))).toEqual([]);
  });
});

test("the newest records are those that were written last", async () => {
  const rig = new Rig(0);
  for (const id of idsOf(0, 30)) {
    rig.store(id);
    vi.advanceTimersByTime(1_000);
  }

  expect(await rig.known.newest("f", 3)).toEqual([idOf(29), idOf(28), idOf(27)]);
  await rig.known.newest("f", 3);
  expect(rig.objects.count("list")).toBe(1);
});

test("a list that fails fails those who asked, and the next ones ask again", async () => {
  const rig = new Rig(10);
  rig.objects.script = () => "unreachable";
  await expect(rig.ask(...idsOf(0, 20))).rejects.toMatchObject({ trouble: "unreachable" });

  rig.objects.script = () => undefined;

  expect(await rig.ask(...idsOf(0, 20))).toHaveLength(10);
});

test("it never says that what has been there for longer than half a minute is not", async () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant("store" as const), id: fc.nat(60) }),
    fc.record({ what: fc.constant("own" as const), id: fc.nat(60) }),
    fc.record({ what: fc.constant("remove" as const), id: fc.nat(60) }),
    fc.record({ what: fc.constant("wait" as const), id: fc.nat(40) }),
    fc.record({ what: fc.constant("ask" as const), id: fc.nat(60), count: fc.nat(30) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(2_500), fc.array(step, { maxLength: 30 }), async (stored, steps) => {
      const rig = new Rig(stored);
      const since = new Map<string, number>();
      for (const id of idsOf(0, stored)) since.set(id, Number.NEGATIVE_INFINITY);
      for (const made of steps) {
        const id = idOf(made.id);
        if (made.what === "wait") vi.advanceTimersByTime(made.id * 1_000);
        else if (made.what === "remove") {
          rig.objects.place.objects.delete(recordName("f", id));
          rig.known.removed("f", id);
          since.delete(id);
        } else if (made.what !== "ask") {
          rig.store(id);
          if (!since.has(id)) since.set(id, performance.now());
          if (made.what === "own") {
            rig.known.present("f", id);
            since.set(id, Number.NEGATIVE_INFINITY);
          }
        } else {
          const asked = idsOf(made.id, made.count + 1);
          const found = new Set(await rig.ask(...asked));
          for (const one of asked) {
            const at = since.get(one);
            if (at === undefined) expect(found.has(one)).toBe(false);
            else if (performance.now() - at > 30_000) expect(found.has(one)).toBe(true);
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("a look-up at once is answered by the list that is under way", async () => {
  const rig = new Rig(500);

  const answers = await Promise.all([rig.ask(...idsOf(0, LOOKUPS_AT_ONCE)), rig.ask(...idsOf(0, LOOKUPS_AT_ONCE))]);

  expect(answers.map((answer) => answer.length)).toEqual([64, 64]);
  expect(rig.objects.count("list")).toBe(1);
});
