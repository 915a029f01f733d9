import { describe, expect, test } from "vitest";
import { difference } from "../store/difference.ts";

/** What every store must be able to do, in the words of a test. */
export interface StoreUnderTest {
  put(
    key: string,
    value: unknown,
    more?: { readonly functionName?: string; readonly durationMs?: number },
  ): Promise<void>;
  /** The value, wrapped so that `undefined` can be one; undefined where there is none. */
  get(key: string): Promise<{ readonly value: unknown } | undefined>;
  /** Returns whether there was one. */
  remove(key: string): Promise<boolean>;
  keys(): Promise<readonly string[]>;
  /** Another handle on the same content, as another process has it. */
  another(): Promise<StoreUnderTest>;
  close(): Promise<void>;
}

const SIZES = [0, 1, 32 * 1024 - 100, 32 * 1024 + 100, 64 * 1024, 300_000] as const;

/** What holds of every store. `create` gives an empty one. */
export function describeStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    test("what was never stored is not there", async () => {
      const store = await create();

      expect(await store.get("a")).toBeUndefined();
      expect(await store.keys()).toEqual([]);
      expect(await store.remove("a")).toBe(false);
    });

    test.each([undefined, null, false, 0, -0, "", Number.NaN])("the value %s is a value", async (value) => {
      const store = await create();

      await store.put("a", value);

      expect(await store.get("a")).toStrictEqual({ value });
    });

    test.each(SIZES)("a text and an array of %d bytes come back", async (bytes) => {
      const store = await create();
      const value = { text: "x".repeat(bytes), array: new Uint8Array(bytes).map((_, place) => place * 31) };

      await store.put("a", value);

      expect(difference(value, (await store.get("a"))?.value)).toBeUndefined();
      expect(difference(value, (await (await store.another()).get("a"))?.value)).toBeUndefined();
    });

    test("each reader gets a value of its own", async () => {
      const store = await create();
      await store.put("a", { list: [1], data: new Float64Array(10_000) });

      const first = (await store.get("a"))?.value as { list: number[]; data: Float64Array };
      first.list.push(2);
      first.data.fill(7);

      expect((await store.get("a"))?.value).toEqual({ list: [1], data: new Float64Array(10_000) });
    });

    test("the last value that was stored is the one that is there", async () => {
      const store = await create();
      const values = [1, "x".repeat(100_000), new Float64Array(20_000).fill(1), new Float64Array(20_000).fill(2), "y"];

      for (const value of values) {
        await store.put("a", value);
        expect((await store.get("a"))?.value).toEqual(value);
      }

      expect(await store.keys()).toEqual(["a"]);
    });

    test("entries with the same value do not depend on each other", async () => {
      const store = await create();
      const value = new Uint8Array(100_000).fill(5);
      await store.put("a", value);
      await store.put("b", value);
      await store.put("a", 1);
      await store.remove("a");

      expect((await store.get("b"))?.value).toEqual(value);
    });

    test("keys that are alike are told apart", async () => {
      const store = await create();
      const keys = [
        "a",
        "A",
        "a ",
        "a\0",
        "a\0b",
        "á",
        "a\u0301",
        "%",
        "*",
        "a/b",
        "../a",
        "a'b",
        "\u{1f600}",
        "x".repeat(500),
      ];
      for (const [place, key] of keys.entries()) await store.put(key, place);

      expect(await Promise.all(keys.map((key) => store.get(key)))).toEqual(keys.map((_, value) => ({ value })));
      expect([...(await store.keys())].sort()).toEqual([...keys].sort());
    });

    test("what is removed is gone, for everybody, and nothing else is", async () => {
      const store = await create();
      await store.put("a", new Uint8Array(100_000));
      await store.put("b", "kept");
      const other = await store.another();

      expect(await store.remove("a")).toBe(true);

      expect(await other.get("a")).toBeUndefined();
      expect(await other.get("b")).toEqual({ value: "kept" });
      expect(await other.remove("a")).toBe(false);
    });

    test("what was stored is there after everybody has closed", async () => {
      const store = await create();
      const value = { small: 1, large: new Float64Array(50_000).fill(0.5) };
      await store.put("a", value);
      const later = await store.another();
      await store.close();
      await later.close();

      expect(await (await store.another()).get("a")).toEqual({ value });
    });

    test("a reader meets one value or the other while a key is stored again and again, never none or half", async () => {
      const store = await create();
      const other = await store.another();
      const valueOf = (round: number): Float64Array => new Float64Array(10_000).fill(round);
      await store.put("a", valueOf(0));
      let done = false;

      const writing = (async () => {
        for (let round = 1; round <= 40; round += 1) await store.put("a", valueOf(round));
        done = true;
      })();
      const wrong: unknown[] = [];
      let reads = 0;
      while (!done) {
        const found = (await other.get("a"))?.value as Float64Array | undefined;
        reads += 1;
        if (found === undefined || found.length !== 10_000 || new Set(found).size !== 1) wrong.push(found);
      }
      await writing;

      expect(wrong).toEqual([]);
      expect(reads).toBeGreaterThan(0);
      expect((await other.get("a"))?.value).toEqual(valueOf(40));
    });

    test("many at a time, by several handles: nothing is lost", async () => {
      const store = await create();
      const handles = [store, await store.another(), await store.another()];
      const keys = Array.from({ length: 60 }, (_, place) => `key ${place}`);
      const valueOf = (key: string): unknown => (key.length % 2 === 0 ? key : new Uint8Array(50_000).fill(key.length));

      await Promise.all(keys.map((key, place) => handles[place % 3]?.put(key, valueOf(key))));

      const found = await Promise.all(keys.map((key, place) => handles[(place + 1) % 3]?.get(key)));
      expect(found).toEqual(keys.map((key) => ({ value: valueOf(key) })));
    });
  });
}
