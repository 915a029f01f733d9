import fs from "node:fs";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { LocalStore } from "../../../src/store/local/local-store.ts";
import { recordName } from "../../../src/store/remote/names.ts";
import { pruneRemote } from "../../../src/store/remote/prune-remote.ts";
import { pull } from "../../../src/store/remote/pull.ts";
import { push } from "../../../src/store/remote/push.ts";
import { encodeRecord } from "../../../src/store/remote/record.ts";
import { SharedStore, type SharedStoreOptions } from "../../../src/store/remote/shared-store.ts";
import { said } from "../../cacheable/own-cache.ts";
import { emptyFolder, get, openStore, put } from "../local-rig.ts";
import { MemoryObjects, MemoryPlace, sha256 } from "./memory-objects.ts";
import { recordOf } from "./record-rig.ts";

const FUNCTION = "f";
const keyOf = (number: number): string => sha256(`key ${number}`).slice(0, 32);
const large = (number: number): Uint8Array => Buffer.alloc(300_000, `content ${number} `);

interface Machine {
  readonly local: LocalStore;
  readonly shared: SharedStore;
  readonly objects: MemoryObjects;
}

async function machine(
  place: MemoryPlace,
  options: Partial<SharedStoreOptions> & { sizeLimit?: number } = {},
): Promise<Machine> {
  const { sizeLimit, ...more } = options;
  const local = await openStore(await emptyFolder(), { sizeLimit });
  const objects = new MemoryObjects(place);
  const shared = new SharedStore(objects, local, {
    mode: "readwrite",
    purpose: "calls",
    timeoutMs: 5_000,
    when: "always",
    signer: undefined,
    trusted: undefined,
    ...more,
  });
  return { local, shared, objects };
}

async function store({ local, shared }: Machine, key: string, value: unknown): Promise<void> {
  await put(local, key, value, { functionName: FUNCTION });
  shared.stored({ key, functionName: FUNCTION }, 1_000);
  await shared.uploads.flush();
}

const fetch = ({ shared }: Machine, key: string): ReturnType<SharedStore["fetch"]> =>
  shared.fetch({ key, functionName: FUNCTION });

describe("uploads", () => {
  test("a record comes after all that it refers to", async () => {
    const one = await machine(new MemoryPlace());
    await store(one, keyOf(1), large(1));

    const puts = one.objects.requests.filter(({ request }) => request === "put").map(({ name }) => name.split("/")[1]);
    expect(puts).toEqual(["blobs", "entries"]);
  });

  test("content is uploaded once, whoever has it", async () => {
    const place = new MemoryPlace();
    const [one, two] = [await machine(place), await machine(place)];
    await Promise.all([1, 2, 3].map((number) => store(one, keyOf(number), large(0))));
    await store(two, keyOf(4), large(0));

    expect(one.objects.count("put", "v1/blobs/") + two.objects.count("put", "v1/blobs/")).toBe(1);
    expect(place.names("v1/entries/")).toHaveLength(4);
  });

  test("a damaged local blob is never uploaded", async () => {
    const lines = said();
    const one = await machine(new MemoryPlace());
    for (const value of [large(1), Buffer.alloc(40_000, "small")]) {
      await put(one.local, keyOf(1), value, { functionName: FUNCTION });
      const blob = fs
        .readdirSync(one.local.dir, { recursive: true, withFileTypes: true })
        .find((file) => file.isFile() && /^[0-9a-f]{30}$/.test(file.name));
      fs.writeFileSync(`${blob?.parentPath}/${blob?.name}`, Buffer.alloc(value.length, "damaged"));
      one.shared.stored({ key: keyOf(1), functionName: FUNCTION }, 1);
      await one.shared.uploads.flush();
      fs.rmSync(`${blob?.parentPath}/${blob?.name}`);
    }

    expect(one.objects.place.names("v1/")).toEqual([]);
    expect(lines.filter((line) => line.includes("was not uploaded"))).toHaveLength(1);
  });

  test("a remote that is left alone costs no reading of what would be uploaded", async () => {
    said();
    const one = await machine(new MemoryPlace());
    one.objects.script = () => "credentials";
    await fetch(one, keyOf(1));
    await put(one.local, keyOf(2), large(2), { functionName: FUNCTION });
    const opened = vi.spyOn(one.local, "whileReading");

    one.shared.stored({ key: keyOf(2), functionName: FUNCTION }, 1);
    expect(await one.shared.uploads.flush()).toMatchObject({ open: 0, left: 1, uploaded: 0 });

    expect(opened).not.toHaveBeenCalled();
    expect(one.objects.requests).toHaveLength(1);
  });

  test("who may write and not read uploads all the same", async () => {
    const one = await machine(new MemoryPlace(), { mode: "write" });
    one.objects.script = (request) => (request === "put" ? undefined : "forbidden");
    await store(one, keyOf(1), large(1));

    expect(one.objects.place.names("v1/")).toHaveLength(2);
  });

  test("of an entry that was evicted before its turn, the lease is given back all the same", async () => {
    const one = await machine(new MemoryPlace());
    expect(await one.shared.leases.acquire({ key: keyOf(1), functionName: FUNCTION })).toBe("ours");

    one.shared.stored({ key: keyOf(1), functionName: FUNCTION }, 1);
    await one.shared.uploads.flush();
    await vi.waitFor(() => expect(one.objects.place.names("v1/leases/")).toEqual([]));
  });
});

describe("fetching", () => {
  test("finds what another machine stored, and looks for what it did not find only once in a while", async () => {
    const place = new MemoryPlace();
    const [one, two] = [await machine(place), await machine(place)];
    await store(one, keyOf(1), large(1));

    expect(await fetch(two, keyOf(1))).toMatchObject({ state: "kept" });
    expect(await get(two.local, keyOf(1))).toEqual({ value: large(1) });
    const before = two.objects.requests.length;
    await fetch(two, keyOf(2));
    await fetch(two, keyOf(2));
    expect(two.objects.requests.length - before).toBe(1);
  });

  test("what was fetched can be read, however little the local cache may hold", async () => {
    const place = new MemoryPlace();
    const [one, two] = [await machine(place), await machine(place, { sizeLimit: 1_000 })];
    for (let number = 0; number < 20; number += 1) await store(one, keyOf(number), large(number));

    const read = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        await fetch(two, keyOf(number));
        return await get(two.local, keyOf(number));
      }),
    );

    for (const [number, found] of read.entries()) expect(found).toEqual({ value: large(number) });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(two.local.connection.read((index) => index.statement("SELECT count(*) AS n FROM pins").get())).toEqual({
      n: 0,
    });
  });

  test("a record that is replaced while its blobs are fetched is the one or the other", async () => {
    const place = new MemoryPlace();
    const [one, two] = [await machine(place), await machine(place)];
    await store(one, keyOf(1), large(1));
    let replaced: Promise<void> | undefined;
    two.objects.script = (request) => {
      if (request !== "download") return undefined;
      replaced ??= store(one, keyOf(1), large(2));
      return { until: replaced };
    };

    await fetch(two, keyOf(1));

    expect([large(1), large(2)]).toContainEqual((await get(two.local, keyOf(1)))?.value);
  });

  test.each(["unreachable", "busy", "timeout", "forbidden", "other", "damaged", "unsupported"] as const)(
    "a remote with trouble of kind %s never rejects",
    async (trouble) => {
      said();
      const place = new MemoryPlace();
      const [one, two] = [await machine(place), await machine(place)];
      await store(one, keyOf(1), large(1));
      for (const sick of ["check", "get", "download", "list"] as const) {
        two.objects.script = (request) => (request === sick ? trouble : undefined);
        const answers = await Promise.all(Array.from({ length: 20 }, (_, number) => fetch(two, keyOf(number))));
        expect(answers.every(({ state }) => state !== "unkept")).toBe(true);
        expect(await two.shared.find({ key: keyOf(3), functionName: FUNCTION })).toBeUndefined();
        expect(await two.shared.newest(FUNCTION, 3)).toBeInstanceOf(Array);
      }
    },
  );
});

describe("pruning", () => {
  const HOUR = 3_600_000;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    return () => vi.useRealTimers();
  });

  async function stored(count: number): Promise<Machine> {
    const one = await machine(new MemoryPlace());
    for (let number = 0; number < count; number += 1) {
      await store(one, keyOf(number), large(number));
      vi.setSystemTime(Date.now() + 1_000);
    }
    return one;
  }

  test("records go at once, and their blobs when nothing has used them for a while", async () => {
    const { shared, objects } = await stored(3);
    vi.setSystemTime(Date.now() + HOUR);

    const first = await pruneRemote(shared, { maxAgeMs: HOUR, graceMs: HOUR });
    expect(first).toMatchObject({ entries: 3, blobs: 0, marked: { blobs: 3 } });
    expect(objects.place.names("v1/marks/")).toHaveLength(1);
    vi.setSystemTime(Date.now() + HOUR - 1);
    expect(await pruneRemote(shared, { maxAgeMs: HOUR, graceMs: HOUR })).toMatchObject({
      blobs: 0,
      marked: { blobs: 3 },
    });
    vi.setSystemTime(Date.now() + 1);
    expect(await pruneRemote(shared, { maxAgeMs: HOUR, graceMs: HOUR })).toMatchObject({
      entries: 0,
      blobs: 3,
      marked: { blobs: 0 },
    });

    expect(objects.place.names()).toEqual([]);
  });

  test("the oldest records go until what is left is not too much", async () => {
    const { shared, objects } = await stored(6);
    const bytes = [...objects.place.objects.values()].reduce((sum, { content }) => sum + content.length, 0);

    await pruneRemote(shared, { maxBytes: bytes / 2 + 100, graceMs: 0 });

    expect(objects.place.names("v1/entries/")).toEqual(
      [3, 4, 5].map((number) => recordName(FUNCTION, keyOf(number))).sort(),
    );
    expect(objects.place.names("v1/blobs/")).toHaveLength(3);
  });

  test("a clock that is wrong removes nothing that is young", async () => {
    const { shared, objects } = await stored(3);
    vi.setSystemTime(Date.now() + 1_000 * HOUR);
    objects.place.clockAhead = -1_000 * HOUR;

    expect(await pruneRemote(shared, { maxAgeMs: HOUR, graceMs: HOUR })).toMatchObject({
      entries: 0,
      marked: { blobs: 0 },
    });
  });

  test("a blob that a record refers to again meanwhile stays", async () => {
    const one = await stored(1);
    vi.setSystemTime(Date.now() + HOUR);
    await pruneRemote(one.shared, { maxAgeMs: HOUR, graceMs: HOUR });
    vi.setSystemTime(Date.now() + HOUR);
    // While the marks are read, another machine stores a result with the same content.
    const two = await machine(one.objects.place);
    let stored2: Promise<void> | undefined;
    one.objects.script = (request, name) => {
      if (request !== "list" || name !== "v1/marks/") return undefined;
      stored2 ??= store(two, keyOf(9), large(0));
      return { until: stored2 };
    };

    expect(await pruneRemote(one.shared, { maxAgeMs: HOUR, graceMs: HOUR })).toMatchObject({ blobs: 0 });

    expect(two.objects.count("put", "v1/blobs/")).toBe(0);
    const three = await machine(one.objects.place);
    await fetch(three, keyOf(9));
    expect(await get(three.local, keyOf(9))).toEqual({ value: large(0) });
  });

  test("a record that is stored again while others are read stays", async () => {
    const one = await stored(2);
    vi.setSystemTime(Date.now() + 2 * HOUR);
    const two = await machine(one.objects.place);
    let again: Promise<void> | undefined;
    one.objects.script = (request, name) => {
      if (request !== "list" || name !== "v1/marks/") return undefined;
      again ??= store(two, keyOf(0), large(7));
      return { until: again };
    };

    expect(await pruneRemote(one.shared, { maxAgeMs: HOUR, graceMs: 0 })).toMatchObject({ entries: 1 });

    const three = await machine(one.objects.place);
    await fetch(three, keyOf(0));
    expect(await get(three.local, keyOf(0))).toEqual({ value: large(7) });
  });

  test("objects that are damaged, huge or of others do not stop it", async () => {
    const { shared, objects } = await stored(1);
    const { place } = objects;
    place.put(recordName(FUNCTION, keyOf(1)), Buffer.alloc(65 * 1024 * 1024));
    place.put(recordName(FUNCTION, keyOf(2)), Buffer.from("no record"));
    place.put("v1/entries/f/readme", Buffer.from("x"));
    place.put("v1/blobs/readme", Buffer.from("x"));
    place.put("v1/marks/nonsense", Buffer.from("{"));
    place.put("v1/marks/other", Buffer.from('{"at":"x","blobs":7}'));

    expect(await pruneRemote(shared, { maxBytes: 100 * 1024 * 1024, graceMs: HOUR })).toMatchObject({
      entries: 0,
      blobs: 0,
    });
    vi.setSystemTime(Date.now() + 2 * HOUR);
    expect(await pruneRemote(shared, { maxAgeMs: HOUR, graceMs: 0 })).toMatchObject({ entries: 3, blobs: 1 });

    expect(place.names()).toEqual(["v1/blobs/readme", "v1/entries/f/readme"]);
  });

  test("a remote that fails in the middle rejects, and leaves no rejection unheard", async () => {
    said();
    const one = await stored(30);
    let gets = 0;
    one.objects.script = (request) => {
      gets += request === "get" ? 1 : 0;
      return gets > 5 ? "unreachable" : undefined;
    };

    await expect(pruneRemote(one.shared, { maxAgeMs: HOUR, graceMs: HOUR })).rejects.toThrow();
  });
});

describe("push and pull", () => {
  test("bring all that is on one machine to another one", async () => {
    const place = new MemoryPlace();
    const [one, two] = [await machine(place), await machine(place)];
    for (let number = 0; number < 10; number += 1)
      await put(one.local, keyOf(number), large(number), { functionName: FUNCTION });

    expect(await push(one.shared)).toMatchObject({ entries: 10, present: 0, failed: 0 });
    expect(await push(one.shared)).toMatchObject({ entries: 0, present: 10 });
    expect(await pull(two.shared)).toMatchObject({ entries: 10, present: 0, failed: 0 });
    expect(await pull(two.shared)).toMatchObject({ entries: 0, present: 10 });

    for (let number = 0; number < 10; number += 1)
      expect(await get(two.local, keyOf(number))).toEqual({ value: large(number) });
  });

  test("what is in quarantine, or of another call, is not pulled", async () => {
    const place = new MemoryPlace();
    const two = await machine(place);
    const quarantined = recordOf(1, { key: `quarantined:${keyOf(1)}` });
    place.put(recordName("demand", quarantined.header.key), await encodeRecord(quarantined, undefined));
    place.put(recordName("demand", keyOf(2)), await encodeRecord(recordOf(1), undefined));

    expect(await pull(two.shared)).toMatchObject({ entries: 0, failed: 1 });
  });
});
