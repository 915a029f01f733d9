import { readFile, stat } from "node:fs/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Crc32c } from "../../../../src/store/remote/backends/gcs/crc32c.ts";
import type { ObjectStore, Operation } from "../../../../src/store/remote/backends/object-store.ts";
import { describeObjectStore } from "../../../contracts/object-store.ts";
import type { Fault } from "../../../rig/gcs-server.ts";
import { workspace } from "../../../rig/workspace.ts";
import { calm, counted, gcsRig, noise, same } from "./gcs-rig.ts";

const MIB = 1024 * 1024;

afterEach(() => {
  vi.unstubAllEnvs();
});

const put = (store: ObjectStore, name: string, content: Uint8Array): Promise<string> =>
  store.put(name, content, { operation: calm() });

describeObjectStore("Google Cloud Storage", async () => ({ open: (await gcsRig()).at }));

test.each([
  ["123456789", "4waSgw=="],
  ["", "AAAAAA=="],
])("the CRC-32C of %j is that of the standard", async (text, expected) => {
  const crc = await Crc32c.create();
  for (const byte of Buffer.from(text)) crc.update(Uint8Array.of(byte));
  (await Crc32c.create()).update(Buffer.from("another one in between"));

  expect(crc.digest()).toBe(expected);
});

describe("reading", () => {
  test.each([0, 1, 70_000])("an object of %d bytes comes as it is", async (bytes) => {
    const { store } = await gcsRig();
    const ws = await workspace();
    const content = noise(bytes);
    await put(store, "a", content);

    expect(same(await store.get("a", bytes, calm()), content)).toBe(true);
    expect(await store.download("a", ws.resolve("a"), calm())).toBe(bytes);
    expect(same(await readFile(ws.resolve("a")), content)).toBe(true);
  });

  test("what is not there is undefined, and makes no file", async () => {
    const { store } = await gcsRig();
    const ws = await workspace();

    expect(await store.get("a", 1, calm())).toBeUndefined();
    expect(await store.head("a", calm())).toBeUndefined();
    expect(await store.download("a", ws.resolve("a"), calm())).toBeUndefined();
    await expect(stat(ws.resolve("a"))).rejects.toThrow("ENOENT");
  });

  test("more bytes than expected are not read", async () => {
    const { store } = await gcsRig();
    await put(store, "a", noise(1_001));

    await expect(store.get("a", 1_000, calm())).rejects.toMatchObject({ trouble: "damaged" });
  });

  test("bytes that changed on their way are noticed", async () => {
    const { store, server } = await gcsRig({
      fault: ({ query }) => (query["alt"] === "media" ? { kind: "damage" } : undefined),
    });
    server.bucket.put("some/where/a", Buffer.from("abc"), { contentType: "text/plain" });
    const ws = await workspace();

    await expect(store.get("a", 3, calm())).rejects.toMatchObject({ trouble: "damaged" });
    await expect(store.download("a", ws.resolve("a"), calm())).rejects.toMatchObject({ trouble: "damaged" });
  });

  test("a broken body is resumed where it broke", async () => {
    const cuts = [300_000, 1, 100_000];
    const { store, server } = await gcsRig({
      fault: ({ query }) => {
        const after = query["alt"] === "media" ? cuts.shift() : undefined;
        return after === undefined ? undefined : { kind: "cut", after };
      },
    });
    const content = noise(MIB);
    await put(store, "a", content);

    expect(same(await store.get("a", MIB, calm()), content)).toBe(true);
    const reads = server.requests.filter(({ query }) => query["alt"] === "media");
    expect(reads.map(({ range }) => range)).toEqual([
      undefined,
      "bytes=300000-1048575",
      "bytes=300001-1048575",
      "bytes=400001-1048575",
    ]);
    expect(new Set(reads.slice(1).map(({ query }) => query["generation"]))).toEqual(
      new Set([server.bucket.get("some/where/a")?.generation]),
    );
  });

  test("a body that breaks again and again is given up", async () => {
    const { store, server } = await gcsRig({
      fault: ({ query }) => (query["alt"] === "media" ? { kind: "cut", after: 0 } : undefined),
    });
    await put(store, "a", noise(1_000));

    await expect(store.get("a", 1_000, calm())).rejects.toMatchObject({ trouble: "unreachable" });
    expect(server.requests.filter(({ query }) => query["alt"] === "media")).toHaveLength(3);
  });
});

describe("large objects", () => {
  const content = noise(70 * MIB);

  test("go up from memory and from a file, and come down in parts of one generation", async () => {
    const { store, server } = await gcsRig();
    const ws = await workspace();
    const file = await ws.write("large", content);

    expect(await put(store, "memory", content)).toBe("stored");
    expect(await store.put("file", { file, bytes: content.length }, { operation: calm() })).toBe("stored");
    for (const name of ["memory", "file"]) {
      const operation = counted();
      expect(await store.download(name, ws.resolve(name), operation)).toBe(content.length);
      expect(same(await readFile(ws.resolve(name)), content)).toBe(true);
      expect(operation.moved()).toBe(content.length);
    }
    const reads = server.requests.filter(({ query }) => query["alt"] === "media");
    expect(reads).toHaveLength(10);
    expect(reads.filter(({ query }) => query["generation"] !== undefined)).toHaveLength(8);
  });

  test("parts that break are resumed", async () => {
    const ranges = new Set<string | undefined>();
    const { store, server } = await gcsRig({
      fault: ({ query, range }) => {
        if (query["alt"] !== "media" || ranges.size >= 5) return undefined;
        ranges.add(range);
        return { kind: "cut", after: MIB };
      },
    });
    server.bucket.put("some/where/a", Buffer.from(content), { contentType: "text/plain" });
    const ws = await workspace();

    expect(await store.download("a", ws.resolve("a"), calm())).toBe(content.length);
    expect(same(await readFile(ws.resolve("a")), content)).toBe(true);
  });

  test("an object that is replaced meanwhile comes whole, in its new version", async () => {
    let parts = 0;
    const { store, server } = await gcsRig({
      fault: ({ query }) => {
        if (query["alt"] === "media") parts += 1;
        if (parts === 3) server.bucket.put("some/where/a", Buffer.alloc(40 * MIB, 7), { contentType: "text/plain" });
        return undefined;
      },
    });
    server.bucket.put("some/where/a", Buffer.from(content), { contentType: "text/plain" });
    const ws = await workspace();

    expect(await store.download("a", ws.resolve("a"), calm())).toBe(40 * MIB);
    expect(same(await readFile(ws.resolve("a")), Buffer.alloc(40 * MIB, 7))).toBe(true);
  });

  test("an object that is deleted meanwhile is not there", async () => {
    const { store, server } = await gcsRig({
      fault: ({ query }) => {
        if (query["generation"] !== undefined) server.bucket.delete("some/where/a");
        return undefined;
      },
    });
    server.bucket.put("some/where/a", Buffer.from(content), { contentType: "text/plain" });
    const ws = await workspace();

    expect(await store.download("a", ws.resolve("a"), calm())).toBeUndefined();
  });

  test("a file that changed on its way is removed again", async () => {
    const { store, server } = await gcsRig({
      fault: ({ method }) => (method === "POST" ? { kind: "damage" } : undefined),
    });
    const ws = await workspace();
    const file = await ws.write("large", content);

    const sent = store.put("a", { file, bytes: content.length }, { operation: calm() });

    await expect(sent).rejects.toMatchObject({ trouble: "damaged" });
    expect(server.bucket.get("some/where/a")).toBeUndefined();
  });

  test.each([70 * MIB, 1_000])("a file of %d bytes that is shorter than announced is not stored", async (bytes) => {
    const { store, server } = await gcsRig();
    const ws = await workspace();
    const file = await ws.write("short", content.subarray(0, bytes - 1));

    const sent = store.put("a", { file, bytes }, { operation: calm() });

    await expect(sent).rejects.toMatchObject({ code: "E_FILE_UNREADABLE" });
    expect(server.bucket.get("some/where/a")).toBeUndefined();
  });
});

describe("writing", () => {
  test("small content that changed on its way is not stored", async () => {
    const { store, server } = await gcsRig({
      fault: ({ method }) => (method === "POST" ? { kind: "damage" } : undefined),
    });

    await expect(put(store, "a", noise(1_000))).rejects.toMatchObject({ trouble: "damaged" });
    expect(server.bucket.get("some/where/a")).toBeUndefined();
  });

  test("of 16 that race for a name one wins, and what it wrote is there", async () => {
    const { store } = await gcsRig();

    const ends = await Promise.all(
      Array.from({ length: 16 }, (_, writer) =>
        store.put("a", Uint8Array.of(writer), { when: "absent", operation: calm() }),
      ),
    );

    expect(ends.filter((end) => end === "stored")).toHaveLength(1);
    expect(await store.get("a", 1, calm())).toEqual(Uint8Array.of(ends.indexOf("stored")));
  });

  test("who wins and loses the answer still knows", async () => {
    const faults: Fault[] = [{ kind: "reset", when: "after" }];
    const { store } = await gcsRig({ fault: ({ method }) => (method === "POST" ? faults.shift() : undefined) });

    expect(await store.put("a", noise(10), { when: "absent", operation: calm() })).toBe("stored");
    faults.push({ kind: "reset", when: "before" });
    expect(await store.put("a", noise(10), { when: "absent", operation: calm() })).toBe("exists");
  });

  test("an answer that does not wait for the content is heard", async () => {
    const { store, server } = await gcsRig({
      fault: ({ method }) =>
        method === "POST" ? { kind: "refuse early", status: 403, reason: "forbidden" } : undefined,
    });
    const operation = counted();

    await expect(store.put("a", noise(40 * MIB), { operation })).rejects.toMatchObject({ trouble: "forbidden" });
    expect(operation.moved()).toBeLessThan(40 * MIB);
    expect(await store.head("a", calm())).toBeUndefined();
    expect(server.requests).toHaveLength(2);
  });

  test("progress tells of each piece and each answer", async () => {
    const { store } = await gcsRig();
    const operation = counted();

    await store.put("a", noise(4 * MIB), { operation });

    expect(operation.moved()).toBeGreaterThanOrEqual(4 * MIB);
    expect(operation.moved()).toBeLessThan(4 * MIB + 1_000);
    expect(operation.calls()).toBeGreaterThan(16);
    const answers = counted();
    await store.delete(["a", "b", "c"], answers);
    expect(answers.calls()).toBe(3);
  });
});

describe("listing", () => {
  test("2,500 objects come in pages, in order, and only of this prefix", async () => {
    const { server, store, at } = await gcsRig();
    const names = Array.from({ length: 2_500 }, (_, n) => `v1/${(n * 7919) % 2_500}`);
    for (const name of names) server.bucket.put(`some/where/${name}`, Buffer.from(name), { contentType: "text/plain" });
    for (const name of [
      "some/where",
      "some/where/v1",
      "some/where-else/v1/1",
      "v1/1",
      "some/where/v1/",
      "some/where/",
    ]) {
      server.bucket.put(name, Buffer.from("x"), { contentType: "text/plain" });
    }

    const listed: string[] = [];
    for (let after: string | undefined; ; after = listed.at(-1)) {
      const page = await store.list("v1/", { ...(after === undefined ? {} : { after }), operation: calm() });
      listed.push(...page.objects.map(({ name }) => name));
      expect(page.objects.length).toBe(page.more ? 1_000 : 500);
      if (!page.more) break;
    }

    expect(listed).toEqual([...names].sort());
    const other = await at("some/where-else/");
    expect((await other.list("", { operation: calm() })).objects.map(({ name }) => name)).toEqual(["v1/1"]);
  });

  test("what comes after a name begins right behind it", async () => {
    const { store } = await gcsRig();
    const names = ["a", "a-", "a.", "a/b", "a0", "aA", "a_", "aa", "a~", "b"];
    for (const name of names) await put(store, name, noise(1));
    const next = async (after: string): Promise<unknown> =>
      (await store.list("", { after, limit: 1, operation: calm() })).objects[0]?.name;

    for (const [place, name] of names.entries()) expect(await next(name)).toBe(names[place + 1]);
  });

  test("names may have all characters that are allowed", async () => {
    const { store } = await gcsRig();
    const ws = await workspace();
    const names = [
      "azAZ09-._~",
      "-",
      "_",
      "~",
      ".a",
      "a..b/c",
      "...",
      "v1/entries/work.ts~f/0a",
      `${"a".repeat(200)}/b`,
    ].sort();
    for (const name of names) await put(store, name, Buffer.from(name));

    expect((await store.list("", { operation: calm() })).objects.map(({ name }) => name)).toEqual(names);
    for (const name of names) {
      expect(Buffer.from((await store.get(name, 1_000, calm())) ?? []).toString()).toBe(name);
      expect(await store.download(name, ws.resolve("file"), calm())).toBe(name.length);
      expect(await store.head(name, calm())).toMatchObject({ name, bytes: name.length });
    }
    await store.delete([...names, "none"], calm());
    expect((await store.list("", { operation: calm() })).objects).toEqual([]);
  });

  test("sizes and times are those of the service", async () => {
    const { store } = await gcsRig();
    const before = Date.now();
    await put(store, "a", noise(1_234));

    const { objects } = await store.list("", { operation: calm() });

    expect(objects).toEqual([await store.head("a", calm())]);
    expect(objects[0]?.bytes).toBe(1_234);
    expect(objects[0]?.modifiedAt).toBeGreaterThanOrEqual(before);
    expect(objects[0]?.modifiedAt).toBeLessThanOrEqual(Date.now());
  });
});

describe("aborting", () => {
  const large = noise(40 * MIB);
  const refusing: Fault = { kind: "refuse", status: 503 };
  type Work = (store: ObjectStore, operation: Operation, file: string) => Promise<unknown>;
  const cases: readonly [string, Fault | "stall", Work][] = [
    ["a request without an answer", "stall", (store, operation) => store.get("a", 1, operation)],
    ["a body that stands still", { kind: "hang", after: MIB }, (store, op) => store.get("a", large.length, op)],
    ["parts that stand still", { kind: "hang", after: MIB }, (store, op, file) => store.download("a", file, op)],
    ["an upload that nobody takes", "stall", (store, operation) => store.put("b", large, { operation })],
    ["a listing", "stall", (store, operation) => store.list("", { operation })],
    ["many deletions", "stall", (store, operation) => store.delete(["a", "b", "c"], operation)],
    ["repetitions", refusing, (store, operation) => store.head("a", operation)],
  ];

  test.each(cases)("ends %s, with the reason, and lets connections go", async (_, fault, work) => {
    const asked = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const { store, server } = await gcsRig({
      fault: () => {
        asked.resolve();
        return fault === "stall" ? { kind: "stall", until: over.promise } : fault;
      },
    });
    server.bucket.put("some/where/a", Buffer.from(large), { contentType: "text/plain" });
    const ws = await workspace();
    const controller = new AbortController();
    const reason = new Error("It took too long.");
    const operation = { signal: controller.signal, progress: () => undefined };

    const running = work(store, operation, ws.resolve("file"));
    const ended = running.then(
      () => undefined,
      (error: unknown) => error,
    );
    await asked.promise;
    controller.abort(reason);

    expect(await ended).toBe(reason);
    over.resolve();
    // Those of answered requests are kept for others.
    const busy = [...server.connections].filter(() => fault !== refusing);
    await Promise.all(busy.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  });

  test("nothing is sent for what was aborted before", async () => {
    const { store, server } = await gcsRig();
    const reason = new Error("Too late.");

    await expect(store.check({ signal: AbortSignal.abort(reason), progress: () => undefined })).rejects.toBe(reason);
    expect(server.requests).toEqual([]);
  });
});
