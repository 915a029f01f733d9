import { createHash } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ObjectStore, Operation, Page } from "../../src/store/remote/backends/object-store.ts";
import { RemoteError } from "../../src/store/remote/remote-error.ts";
import { workspace } from "../rig/workspace.ts";

/** An empty place for objects. What is opened is closed by the suite. */
export interface PlaceUnderTest {
  /** A store that sees the place under this prefix, which is empty or ends with `/`. */
  open(prefix: string): Promise<ObjectStore>;
}

const MIB = 1024 * 1024;

/** Around what backends send and receive in one piece. */
const SIZES = [0, 1, 1_000, 256 * 1024, 256 * 1024 + 1, 8 * MIB, 16 * MIB, 16 * MIB + 1, 32 * MIB + 1];

/** What holds of every backend. `create` gives an empty place each time. */
export function describeObjectStore(name: string, create: () => Promise<PlaceUnderTest>): void {
  const opened = async (place: PlaceUnderTest, prefix = "team/cache/"): Promise<ObjectStore> => {
    const store = await place.open(prefix);
    onTestFinished(() => store.close());
    return store;
  };
  const emptyStore = async (): Promise<ObjectStore> => await opened(await create());

  describe(name, () => {
    test("the place is there and lets us in", async () => {
      const store = await emptyStore();

      await store.check(operation());
    });

    test("what was never stored is not there", async () => {
      const store = await emptyStore();
      const ws = await workspace();

      expect(await store.get("a/b", 100, operation())).toBeUndefined();
      expect(await store.head("a/b", operation())).toBeUndefined();
      expect(await store.download("a/b", ws.resolve("a"), operation())).toBeUndefined();
      expect(await store.list("", { operation: operation() })).toEqual({ objects: [], more: false });
      await store.delete(["a/b", "c"], operation());
      await store.delete([], operation());
    });

    test.each(SIZES)("content of %i bytes comes back, from memory and from a file", async (bytes) => {
      const store = await emptyStore();
      const ws = await workspace();
      const content = contentOf(bytes);
      const file = await ws.write("up", content);

      expect(await store.put("memory", content, { operation: operation() })).toBe("stored");
      expect(await store.put("file", { file, bytes }, { operation: operation() })).toBe("stored");

      for (const object of ["memory", "file"]) {
        const got = await store.get(object, bytes, operation());
        expect(digest(got)).toBe(digest(content));
        expect(await store.download(object, ws.resolve(object), operation())).toBe(bytes);
        expect(digest(await readFile(ws.resolve(object)))).toBe(digest(content));
        expect(await store.head(object, operation())).toMatchObject({ name: object, bytes });
      }
    });

    test("70 MiB go and come in several parts, and say that they move", { timeout: 300_000 }, async () => {
      const store = await emptyStore();
      const ws = await workspace();
      const content = contentOf(70 * MIB);
      const file = await ws.write("up", content);
      const moved = { memory: counter(), file: counter(), down: counter() };

      expect(await store.put("memory", content, { operation: moved.memory })).toBe("stored");
      expect(await store.put("file", { file, bytes: content.length }, { operation: moved.file })).toBe("stored");

      for (const object of ["memory", "file"]) {
        expect(await store.download(object, ws.resolve("down"), moved.down)).toBe(content.length);
        expect(digest(await readFile(ws.resolve("down")))).toBe(digest(content));
      }
      for (const up of [moved.memory, moved.file]) {
        expect(up.bytes).toBeGreaterThanOrEqual(content.length);
        expect(up.calls).toBeGreaterThan(20);
      }
      expect(moved.down.bytes).toBeGreaterThanOrEqual(2 * content.length);
      expect(moved.down.calls).toBeGreaterThan(20);
    });

    test("an object says how large it is and when it was written", async () => {
      const store = await emptyStore();
      const before = Date.now();

      await store.put("a", contentOf(1_234), { operation: operation() });

      const found = await store.head("a", operation());
      const listed = await store.list("", { operation: operation() });
      expect(found).toMatchObject({ name: "a", bytes: 1_234 });
      expect(listed.objects).toMatchObject([{ name: "a", bytes: 1_234 }]);
      for (const modifiedAt of [found?.modifiedAt, listed.objects[0]?.modifiedAt]) {
        // Some say it in whole seconds.
        expect(modifiedAt).toBeGreaterThanOrEqual(before - 2_000);
        expect(modifiedAt).toBeLessThanOrEqual(Date.now() + 2_000);
      }
    });

    test("the last content that was stored is the one that is there", async () => {
      const store = await emptyStore();

      for (const bytes of [10, 300_000, 0, 20 * MIB, 5]) {
        const content = contentOf(bytes);
        expect(await store.put("a", content, { operation: operation(), when: "always" })).toBe("stored");
        expect(digest(await store.get("a", bytes, operation()))).toBe(digest(content));
      }

      expect((await store.list("", { operation: operation() })).objects).toHaveLength(1);
    });

    test("a reader meets one content or the other while an object is stored again and again", async () => {
      const store = await emptyStore();
      const ws = await workspace();
      const valueOf = (round: number): Uint8Array => new Uint8Array(300_000 + round).fill(round);
      await store.put("a", valueOf(0), { operation: operation() });
      let done = false;

      const writing = (async () => {
        for (let round = 1; round <= 20; round += 1) await store.put("a", valueOf(round), { operation: operation() });
        done = true;
      })();
      const wrong: unknown[] = [];
      const look = (content: Uint8Array | undefined): void => {
        const round = content?.[0] ?? -1;
        if (content?.length !== 300_000 + round || content.some((byte) => byte !== round)) wrong.push(content);
      };
      while (!done) {
        try {
          look(await store.get("a", MIB, operation()));
          await store.download("a", ws.resolve("down"), operation());
        } catch (error) {
          // Radosgw now and then answers so while an object is replaced: no content, and no wrong one.
          expect(String(error)).toMatch(/answered 500/);
          continue;
        }
        look(await readFile(ws.resolve("down")));
      }
      await writing;

      expect(wrong).toEqual([]);
      expect(digest(await store.get("a", MIB, operation()))).toBe(digest(valueOf(20)));
    });

    test("what is there stays, and is said to, where it is written only if absent", async () => {
      const store = await emptyStore();
      const ws = await workspace();
      const file = await ws.write("file", contentOf(300_000));
      const absent = { when: "absent" } as const;

      expect(await store.put("a", contentOf(10), { ...absent, operation: operation() })).toBe("stored");
      expect(await store.put("a", contentOf(20), { ...absent, operation: operation() })).toBe("exists");
      expect(await store.put("a", { file, bytes: 300_000 }, { ...absent, operation: operation() })).toBe("exists");
      expect(await store.put("a", contentOf(40 * MIB), { ...absent, operation: operation() })).toBe("exists");
      expect(digest(await store.get("a", 10, operation()))).toBe(digest(contentOf(10)));

      await store.delete(["a"], operation());
      expect(await store.put("a", { file, bytes: 300_000 }, { ...absent, operation: operation() })).toBe("stored");
      expect(digest(await store.get("a", MIB, operation()))).toBe(digest(contentOf(300_000)));
    });

    test("of 16 writers of one absent object exactly one stores it, for each of 50 names", async () => {
      const place = await create();
      const handles = await Promise.all([opened(place), opened(place)]);
      const names = Array.from({ length: 50 }, (_, number) => `race/${number}`);
      const writers = Array.from({ length: 16 }, (_, number) => number);

      for (const object of names) {
        const answers = await Promise.all(
          writers.map((writer) => {
            const content = new Uint8Array(2_000).fill(writer);
            return handles[writer % 2]?.put(object, content, { when: "absent", operation: operation() });
          }),
        );

        expect(answers.filter((answer) => answer === "stored")).toHaveLength(1);
        expect(answers.filter((answer) => answer === "exists")).toHaveLength(15);
        const winner = new Uint8Array(2_000).fill(answers.indexOf("stored"));
        expect(digest(await handles[0]?.get(object, 2_000, operation()))).toBe(digest(winner));
      }
    });

    test("an object larger than allowed is not read, and is an error", async () => {
      const store = await emptyStore();
      await store.put("a", contentOf(1_000), { operation: operation() });
      await store.put("b", contentOf(5 * MIB), { operation: operation() });

      await expect(store.get("a", 999, operation())).rejects.toMatchObject({ trouble: "damaged" });
      await expect(store.get("b", 0, operation())).rejects.toMatchObject({ trouble: "damaged" });
      expect(await store.get("a", 1_000, operation())).toHaveLength(1_000);
    });

    test("names may have every character that is allowed, and are told apart", async () => {
      const store = await emptyStore();
      const names = [
        "A-Z/a.b_c~d",
        "a",
        "A",
        "a.",
        ".a",
        "..a",
        "a~",
        "a_b",
        "a-b",
        "a/b",
        "a/B",
        "0123456789",
        "~",
        "_",
        "-",
      ];
      names.push(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~",
        `long/${"x".repeat(200)}/${"y".repeat(200)}`,
      );
      const valueOf = (object: string): Uint8Array => new TextEncoder().encode(`content of ${object}`);
      // Not both a file and a folder of one name, which a folder of files cannot have.
      const stored = names.filter((object) => object !== "a");

      for (const object of stored) await store.put(object, valueOf(object), { operation: operation() });

      for (const object of stored) {
        expect(digest(await store.get(object, 1_000, operation()))).toBe(digest(valueOf(object)));
        expect(await store.head(object, operation())).toMatchObject({ name: object, bytes: valueOf(object).length });
      }
      expect((await store.list("", { operation: operation() })).objects.map((object) => object.name)).toEqual(
        sorted(stored),
      );
      await store.delete(stored, operation());
      expect((await store.list("", { operation: operation() })).objects).toEqual([]);
    });

    test("2,500 objects are listed in pages, in the order of their bytes, and removed at once", async () => {
      const store = await emptyStore();
      const names = Array.from({ length: 2_500 }, (_, number) => `v1/${number % 7}/${"aZ-._~"[number % 6]}${number}`);
      await each(names, store.concurrency, (object) => store.put(object, contentOf(3), { operation: operation() }));

      const pages = await listed(store, "", {});
      const all = pages.flatMap((page) => page.objects.map((object) => object.name));

      expect(all).toEqual(sorted(names));
      expect(pages.map((page) => page.objects.length)).toEqual([1_000, 1_000, 500]);
      expect(pages.map((page) => page.more)).toEqual([true, true, false]);

      const removed = counter();
      await store.delete(names.slice(1), removed);
      expect((await store.list("", { operation: operation() })).objects.map(({ name }) => name)).toEqual(
        names.slice(0, 1),
      );
      expect(removed.calls).toBeGreaterThan(0);
    });

    test("a listing begins with its prefix, after a name, and has no more than asked for", async () => {
      const store = await emptyStore();
      const names = ["a-b", "a.b", "a/a", "a/b", "a/b2", "a/c/d", "a0", "ab/c", "b"];
      for (const object of names) await store.put(object, contentOf(1), { operation: operation() });
      const namesOf = async (prefix: string, options: { after?: string; limit?: number }): Promise<unknown> => {
        const { objects, more } = await store.list(prefix, { ...options, operation: operation() });
        return [objects.map((object) => object.name), more];
      };

      expect(await namesOf("", {})).toEqual([names, false]);
      expect(await namesOf("a/", {})).toEqual([["a/a", "a/b", "a/b2", "a/c/d"], false]);
      expect(await namesOf("a/b", {})).toEqual([["a/b", "a/b2"], false]);
      expect(await namesOf("a", {})).toEqual([names.slice(0, -1), false]);
      expect(await namesOf("x", {})).toEqual([[], false]);
      expect(await namesOf("a/", { after: "a/b" })).toEqual([["a/b2", "a/c/d"], false]);
      expect(await namesOf("a/", { after: "a/b1" })).toEqual([["a/b2", "a/c/d"], false]);
      expect(await namesOf("a/", { after: "a/zzz" })).toEqual([[], false]);
      expect(await namesOf("", { after: "a/c/d", limit: 2 })).toEqual([["a0", "ab/c"], true]);
      expect(
        (await listed(store, "a/", { limit: 1 })).flatMap(({ objects }) => objects.map(({ name }) => name)),
      ).toEqual(["a/a", "a/b", "a/b2", "a/c/d"]);
    });

    test("what is removed is gone, and nothing else is", async () => {
      const store = await emptyStore();
      for (const object of ["a/b", "a/bc", "a/c", "d"])
        await store.put(object, contentOf(9), { operation: operation() });

      await store.delete(["a/b", "d", "never"], operation());

      expect(await store.get("a/b", 9, operation())).toBeUndefined();
      expect(await store.head("d", operation())).toBeUndefined();
      expect((await store.list("", { operation: operation() })).objects.map(({ name }) => name)).toEqual([
        "a/bc",
        "a/c",
      ]);
    });

    test("stores under different prefixes do not see each other", async () => {
      const place = await create();
      const [a, ab, inner] = [await opened(place, "a/"), await opened(place, "ab/"), await opened(place, "a/b/")];
      await a.put("x", contentOf(1), { operation: operation() });
      await ab.put("x", contentOf(2), { operation: operation() });
      await inner.put("y", contentOf(3), { operation: operation() });

      const namesOf = async (store: ObjectStore): Promise<readonly string[]> =>
        (await store.list("", { operation: operation() })).objects.map((object) => object.name);
      expect(await namesOf(ab)).toEqual(["x"]);
      expect(await namesOf(inner)).toEqual(["y"]);
      expect(await namesOf(a)).toEqual(["b/y", "x"]);
      expect(await ab.get("x", 9, operation())).toHaveLength(2);

      await ab.delete(["x", "y"], operation());
      expect(await a.get("x", 9, operation())).toHaveLength(1);
      expect(await namesOf(inner)).toEqual(["y"]);
    });

    test("many operations at once each get their own", async () => {
      const store = await emptyStore();
      const ws = await workspace();
      const names = Array.from({ length: 300 }, (_, number) => `many/${number}`);
      const valueOf = (object: string): Uint8Array => contentOf(object.length * 7 + Number(object.slice(5)));
      await Promise.all(names.map((object) => store.put(object, valueOf(object), { operation: operation() })));

      const got = await Promise.all(names.map((object) => store.get(object, 1_000, operation())));
      const heads = await Promise.all(names.map((object) => store.head(object, operation())));
      const files = await Promise.all(
        names.map(async (object, number) => {
          await store.download(object, ws.resolve(`f${number}`), operation());
          return await readFile(ws.resolve(`f${number}`));
        }),
      );

      expect(got.map(digest)).toEqual(names.map((object) => digest(valueOf(object))));
      expect(files.map(digest)).toEqual(names.map((object) => digest(valueOf(object))));
      expect(heads.map((info) => info?.bytes)).toEqual(names.map((object) => valueOf(object).length));
    });

    test("an operation whose signal is aborted already rejects with its reason, and does nothing", async () => {
      const store = await emptyStore();
      const ws = await workspace();
      const reason = new Error("not any more");
      const aborted = { signal: AbortSignal.abort(reason), progress: () => undefined };

      await expect(store.put("a", contentOf(10), { operation: aborted })).rejects.toBe(reason);
      await expect(store.get("a", 10, aborted)).rejects.toBe(reason);
      await expect(store.head("a", aborted)).rejects.toBe(reason);
      await expect(store.list("", { operation: aborted })).rejects.toBe(reason);
      await expect(store.delete(["a"], aborted)).rejects.toBe(reason);
      await expect(store.download("a", ws.resolve("a"), aborted)).rejects.toBe(reason);
      await expect(store.check(aborted)).rejects.toBe(reason);
      expect(await store.get("a", 10, operation())).toBeUndefined();
    });

    test.each([
      ["in one piece", 20 * MIB],
      ["in several", 70 * MIB],
    ])("an upload %s that is aborted rejects with the reason, and leaves nothing", async (_how, bytes) => {
      const store = await emptyStore();
      const ws = await workspace();
      const content = contentOf(bytes);
      const file = await ws.write("up", content);

      for (const source of [content, { file, bytes }]) {
        const stopped = stopsAfter(2 * MIB);
        await expect(store.put("a", source, { operation: stopped })).rejects.toBe(stopped.reason);
      }

      expect(await store.head("a", operation())).toBeUndefined();
      expect((await store.list("", { operation: operation() })).objects).toEqual([]);
      expect(await store.put("a", content, { operation: operation(), when: "absent" })).toBe("stored");
    });

    test("an upload that is aborted leaves what was there before", async () => {
      const store = await emptyStore();
      const before = contentOf(500);
      await store.put("a", before, { operation: operation() });
      const stopped = stopsAfter(MIB);

      await expect(store.put("a", contentOf(40 * MIB), { operation: stopped })).rejects.toBe(stopped.reason);

      expect(digest(await store.get("a", 500, operation()))).toBe(digest(before));
    });

    test.each([8 * MIB, 70 * MIB])("a download of %i bytes that is aborted rejects with the reason", async (bytes) => {
      const store = await emptyStore();
      const ws = await workspace();
      await store.put("a", contentOf(bytes), { operation: operation() });
      const stopped = stopsAfter(MIB);

      await expect(store.download("a", ws.resolve("a"), stopped)).rejects.toBe(stopped.reason);

      expect(await store.download("a", ws.resolve("b"), operation())).toBe(bytes);
    });

    test("a file that cannot be read is an error of that file, and nothing is stored", async () => {
      const store = await emptyStore();
      const ws = await workspace();
      const file = ws.resolve("none");

      for (const bytes of [10, 70 * MIB]) {
        const error: unknown = await store
          .put("a", { file, bytes }, { operation: operation() })
          .catch((thrown) => thrown);
        expect(error).not.toBeInstanceOf(RemoteError);
        expect(String(error)).toContain(file);
      }

      expect(await store.head("a", operation())).toBeUndefined();
    });

    test("a download whose file cannot be written is an error of that file", async () => {
      const store = await emptyStore();
      const ws = await workspace();
      await store.put("a", contentOf(10), { operation: operation() });
      await writeFile(ws.resolve("file"), "");

      const within = path.join(ws.resolve("file"), "below");
      await expect(store.download("a", within, operation())).rejects.toMatchObject({ code: "ENOTDIR" });
      expect((await stat(ws.resolve("file"))).size).toBe(0);
    });
  });
}

/** An operation that nobody aborts. */
function operation(): Operation {
  return { signal: new AbortController().signal, progress: () => undefined };
}

function counter(): Operation & { readonly bytes: number; readonly calls: number } {
  const counted = {
    signal: new AbortController().signal,
    bytes: 0,
    calls: 0,
    progress: (bytes: number) => {
      counted.bytes += bytes;
      counted.calls += 1;
    },
  };
  return counted;
}

/** An operation that is aborted when so many bytes have moved. */
function stopsAfter(most: number): Operation & { readonly reason: Error } {
  const controller = new AbortController();
  const reason = new Error("stopped by the test");
  let moved = 0;
  const progress = (bytes: number): void => {
    moved += bytes;
    if (moved >= most) controller.abort(reason);
  };
  return { signal: controller.signal, progress, reason };
}

/** Bytes that differ from place to place, so that a part in the wrong place shows. */
function contentOf(bytes: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let place = 0; place < words.length; place += 1) words[place] = Math.imul(place + bytes, 2_654_435_761);
  return new Uint8Array(words.buffer, 0, bytes);
}

function digest(content: Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : `${content.length} ${createHash("sha1").update(content).digest("hex")}`;
}

function sorted(names: readonly string[]): readonly string[] {
  return [...names].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

async function listed(
  store: ObjectStore,
  prefix: string,
  options: { readonly limit?: number },
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let after: { readonly after?: string } = {};
  for (;;) {
    const page = await store.list(prefix, { ...options, ...after, operation: operation() });
    pages.push(page);
    const last = page.objects.at(-1);
    if (!page.more || last === undefined) return pages;
    after = { after: last.name };
  }
}

async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const workOff = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, workOff));
}
