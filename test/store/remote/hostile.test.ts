import fs from "node:fs";
import path from "node:path";
import { zstdCompressSync } from "node:zlib";
import { type EntryInfo, FileType, flush } from "scalable";
import { describe, expect, test } from "vitest";
import type { Captured } from "../../../src/store/capture.ts";
import { encodeValue } from "../../../src/store/codec.ts";
import { encodeRecord, openRecord, type Record, type RecordHeader } from "../../../src/store/remote/record.ts";
import { said } from "../../cacheable/own-cache.ts";
import { plant, treeOf } from "../capture-rig.ts";
import { type Machine, Team } from "./machines.ts";
import { digest, inlineBlob, signer } from "./record-rig.ts";

/*
 * What others may have written into the place that a team shares. No key is trusted here, so that they may write whatever
 * has the form of a record: a call may miss for it, and nothing worse.
 */

const MIB = 1024 * 1024;

/** Bytes that cannot be compressed. */
function noise(bytes: number, seed = 1): Uint8Array {
  const content = new Uint8Array(bytes);
  let state = seed;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    content[at] = state >>> 24;
  }
  return content;
}

async function entriesIn({ cache }: Machine): Promise<EntryInfo[]> {
  const entries: EntryInfo[] = [];
  for await (const entry of cache.entries()) entries.push(entry);
  return entries;
}

const SMALL = (n: number): unknown => ({ n, text: `value ${n}` });
const LARGE = (n: number): unknown => ({ n, noise: noise(200_000, n) });
const DULL = (n: number): unknown => ({ n, zeros: new Float64Array(50_000).fill(n) });

/** A team of which one machine has computed 1, and another one has not. */
async function computed(
  body: (n: number) => unknown,
): Promise<{ team: Team; other: Machine; call: (n: number) => Promise<unknown> }> {
  const team = await Team.create();
  await team.machine().function(body)(1);
  await flush();
  const other = team.machine();
  return { team, other, call: other.function(body) };
}

/** Makes the call, which has to be right, and to be computed; then once more on a third machine, where it is a hit. */
async function missesAndMends(team: Team, other: Machine, body: (n: number) => unknown): Promise<void> {
  expect(await other.function(body)(1)).toEqual(body(1));
  expect(other.ran).toEqual([1]);
  await flush();
  const third = team.machine();
  expect(await third.function(body)(1)).toEqual(body(1));
  expect(third.ran).toEqual([]);
  expect((await other.cache.verify()).problems).toEqual([]);
  expect((await third.cache.verify()).problems).toEqual([]);
}

test.each([
  ["a small value", SMALL],
  ["one in a blob", LARGE],
  ["one in a compressed blob", DULL],
])("%s that one machine computed is there for another one", async (_, body) => {
  const { other, call } = await computed(body);

  expect(await call(1)).toEqual(body(1));
  expect(other.ran).toEqual([]);
});

describe("a damaged record", () => {
  test.each([
    ["empty", () => Buffer.alloc(0)],
    ["cut off", (bytes: Buffer) => bytes.subarray(0, -3)],
    [
      "with a flipped bit",
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 60), Buffer.of((bytes[60] ?? 0) ^ 4), bytes.subarray(61)]),
    ],
    ["larger than records are", () => Buffer.alloc(65 * MIB)],
  ])("that is %s is a miss, and replaced", async (_, damage) => {
    const lines = said();
    const { team, other } = await computed(SMALL);
    const file = team.file("entries");
    fs.writeFileSync(file, damage(fs.readFileSync(file)));

    await missesAndMends(team, other, SMALL);

    expect(lines.filter((line) => line.includes("is damaged"))).toHaveLength(1);
  });

  test("of another call, and of another function, under this name", async () => {
    said();
    const { team, other } = await computed(SMALL);
    const name = team.file("entries");
    await team.machine().function(SMALL)(2);
    await flush();
    const [one = "", two = ""] = team.files("entries");
    fs.copyFileSync(one === name ? two : one, name);
    await missesAndMends(team, other, SMALL);

    await team.machine().function(SMALL)(3);
    await flush();
    const third = team.files("entries").find((file) => file !== one && file !== two) ?? "";
    const record = await openRecord(fs.readFileSync(third));
    fs.writeFileSync(
      third,
      await encodeRecord({ ...record, header: { ...record.header, function: "other" } }, undefined),
    );
    const machine = team.machine();
    expect(await machine.function(SMALL)(3)).toEqual(SMALL(3));
    expect(machine.ran).toEqual([3]);
  });
});

describe("a blob that is", () => {
  test.each([
    ["missing", () => undefined],
    ["empty", () => Buffer.alloc(0)],
    ["cut off", (bytes: Buffer) => bytes.subarray(0, -1)],
    ["longer", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)])],
    ["another of the same size", (bytes: Buffer) => Buffer.from(noise(bytes.length, 77))],
    ["changed in one bit", (bytes: Buffer) => Buffer.concat([Buffer.of((bytes[0] ?? 0) ^ 1), bytes.subarray(1)])],
    ["a gibibyte of zeros, compressed", () => zstdCompressSync(Buffer.alloc(1024 * MIB))],
  ])("%s is a miss, and replaced", async (how, damage) => {
    // What stands behind compressed content is not looked at.
    for (const body of how === "longer" ? [LARGE] : [LARGE, DULL]) {
      const lines = said();
      const { team, other } = await computed(body);
      const file = team.file("blobs");
      const damaged = damage(fs.readFileSync(file));
      if (damaged === undefined) fs.rmSync(file);
      else fs.writeFileSync(file, damaged);

      await missesAndMends(team, other, body);

      expect(lines.filter((line) => line.includes("is damaged"))).toHaveLength(1);
      expect(fs.readdirSync(path.join(other.cache.dir, "tmp")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    }
  });
});

/** A record as it is, but for some of its header. */
const withHeader =
  (change: (header: RecordHeader) => Partial<RecordHeader>) =>
  ({ header, inline }: Record): Pick<Record, "header" | "inline"> => ({
    header: { ...header, ...change(header) },
    inline,
  });

describe("a record with a right digest and", () => {
  const content = Buffer.concat(encodeValue("evil").pieces);

  test.each<[string, (header: RecordHeader) => Partial<RecordHeader>]>([
    ["a layout of a petabyte", ({ value }) => ({ value: { ...value, layout: [2 ** 50] } })],
    [
      "a layout of many parts",
      ({ value }) => ({ value: { ...value, layout: Array.from({ length: 1_000_000 }, () => 0) } }),
    ],
    ["a value without a layout", ({ value: { blob } }) => ({ value: { blob } })],
    [
      "a blob of another digest",
      ({ blobs }) => ({ blobs: blobs.map((blob) => ({ ...blob, digest: digest("other") })) }),
    ],
    [
      "a blob of another SHA-256",
      ({ blobs }) => ({ blobs: blobs.map((blob) => ({ ...blob, sha256: "0".repeat(64) })) }),
    ],
    ["a blob of another size", ({ blobs }) => ({ blobs: blobs.map((blob) => ({ ...blob, bytes: blob.bytes + 8 })) })],
    [
      "a blob that is compressed another way",
      ({ blobs }) => ({
        blobs: blobs.map((blob) => ({ ...blob, stored: blob.stored === "raw" ? ("zstd" as const) : ("raw" as const) })),
      }),
    ],
  ])("%s is a miss, and replaced", async (_, change) => {
    said();
    for (const body of [LARGE, DULL]) {
      const { team, other } = await computed(body);
      await team.forge(withHeader(change));

      await missesAndMends(team, other, body);
    }
  });

  test.each<[string, Partial<RecordHeader>]>([
    ["objects without a prototype where none are", { bare: [["nothing"], ["n", 3]] }],
    [
      "what all objects share as one without a prototype",
      { bare: [["__proto__"], ["constructor"], ["constructor", "prototype"]] },
    ],
    ["another form", { form: '"Date"' }],
    [
      "a captured file that nobody declared",
      { captured: [{ at: ["text"], kind: "file", path: "planted", absolute: false, members: [] }] },
    ],
    [
      "details with wrong digests",
      {
        details: [
          { digest: digest("x"), text: "y" },
          { digest: digest("z"), blob: 0 },
        ],
      },
    ],
  ])("%s changes nothing but that the call may miss", async (_, change) => {
    said();
    const { team, call } = await computed(SMALL);
    await team.forge(withHeader(() => change));

    expect(await call(1)).toEqual(SMALL(1));

    expect(Object.getPrototypeOf(Object)).toBe(Function.prototype);
    expect(Object.getPrototypeOf(Object.prototype)).toBeNull();
    expect(fs.existsSync("planted")).toBe(false);
  });

  test("key parts that are garbage are no reason to miss", async () => {
    for (const call of [
      "",
      "null",
      "[[1]]",
      "[[[[[",
      '[["a","b"]]',
      '[["a",1,2,3]]',
      `[${'["a","x","y","",null,"zz"],'.repeat(50)}0]`,
    ]) {
      const { team, other, call: made } = await computed(SMALL);
      await team.forge(withHeader(() => ({ call })));

      expect(await made(1)).toEqual(SMALL(1));
      expect(other.ran).toEqual([]);
      await entriesIn(other);
    }
  });

  test("bytes that are no value are a miss", async () => {
    said();
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("ff0f", "hex"),
      Buffer.from("nonsense"),
      content.subarray(0, -1),
    ]) {
      const { team, other, call } = await computed(SMALL);
      await team.forge(({ header, inline }) => ({
        header: { ...header, blobs: [inlineBlob(bytes), ...header.blobs.slice(1)] },
        inline: new Map([...inline, [0, bytes]]),
      }));

      expect(await call(1)).toEqual(SMALL(1));
      expect(other.ran).toEqual([1]);
    }
  });
});

describe("captured files", () => {
  /** A function whose result is a file, in folders of the machines' own. */
  function writing(machine: Machine, folder: string): (n: number) => Promise<unknown> {
    fs.mkdirSync(folder, { recursive: true });
    return machine.function(
      (n) => {
        const file = path.join(folder, "result");
        fs.writeFileSync(file, `content ${n}`);
        return file;
      },
      { returnType: FileType, outputDir: folder },
    );
  }

  test("come to another machine", async () => {
    const team = await Team.create();
    await writing(team.machine(), team.ws.resolve("one"))(1);
    await flush();
    const other = team.machine();

    const file = await writing(other, team.ws.resolve("two"))(1);

    expect(fs.readFileSync(String(file), "utf8")).toBe("content 1");
    expect(path.dirname(String(file))).toBe(team.ws.resolve("two"));
    expect(other.ran).toEqual([]);
  });

  const member = { kind: "file", path: "", digest: digest("content 1"), bytes: 9, executable: true } as const;
  const place = (to: string, members: Captured["members"] = [member], kind: Captured["kind"] = "file"): Captured[] => [
    { at: [], kind, path: to, absolute: true, members },
  ];
  test.each<[string, Captured[]]>([
    ["a path that climbs", place("../secret")],
    ["a path that climbs on the way", place("inside/../../secret")],
    ["an absolute path", place("/tmp/scalable-evil")],
    ["a backslash", place("..\\secret")],
    ["a link that is there", place("link-out/evil")],
    ["a folder in place of a file", place("result", [member], "folder")],
    ["a second file beside the declared one", [...place("result"), { ...place("planted")[0], at: ["x"] } as Captured]],
    ["no content", place("result", [])],
    ["content that the record does not have", place("result", [{ ...member, digest: digest("other") }])],
    ["a size that is not that of its content", place("result", [{ ...member, bytes: 8 }])],
    ["the members of a folder that climb", place("folder", [{ ...member, path: "../../secret" }], "folder")],
    [
      "a link that leads out",
      place(
        "folder",
        [
          { kind: "link", path: "x", target: "../../outside" },
          { ...member, path: "x/evil" },
        ],
        "folder",
      ),
    ],
  ])("with %s are restored nowhere, and the call is computed", async (_, captured) => {
    said();
    const team = await Team.create();
    await writing(team.machine(), team.ws.resolve("one"))(1);
    await flush();
    await team.forge(withHeader(() => ({ captured })));
    plant(team.ws.path, {
      "outside/kept": "kept",
      secret: "secret",
      "two/inside/x": "x",
      "two/link-out": "-> ../outside",
    });
    const before = [treeOf(team.ws.resolve("outside")), fs.readFileSync(team.ws.resolve("secret"), "utf8")];
    const other = team.machine();

    const file = await writing(other, team.ws.resolve("two"))(1);

    expect(fs.readFileSync(String(file), "utf8")).toBe("content 1");
    expect(other.ran).toEqual([1]);
    expect([treeOf(team.ws.resolve("outside")), fs.readFileSync(team.ws.resolve("secret"), "utf8")]).toEqual(before);
    expect(fs.readdirSync(team.ws.resolve("two")).sort()).toEqual(["inside", "link-out", "result"]);
    expect(fs.existsSync("/tmp/scalable-evil")).toBe(false);
  });
});

describe("trusted keys", () => {
  test.each(["unsigned", "signed with another key"])("a record that is %s is a miss, with one warning", async (how) => {
    const lines = said();
    const { team, other } = await computed(SMALL);
    const machine = team.machine();
    await machine.function(SMALL)(2);
    await flush();
    const keys = signer();
    process.env["SCALABLE_CACHE_TRUSTED_KEYS"] = `ed25519:${Buffer.from(keys.publicKey).toString("base64url")}`;
    try {
      for (const file of team.files("entries")) {
        const record = await openRecord(fs.readFileSync(file));
        if (how !== "unsigned") fs.writeFileSync(file, await encodeRecord(record, signer()));
      }
      const call = other.function(SMALL);
      for (const n of [1, 2, 1]) expect(await call(n)).toEqual(SMALL(n));
      expect(other.ran).toEqual([1, 2]);
      await flush();

      for (const file of team.files("entries")) {
        fs.writeFileSync(file, await encodeRecord(await openRecord(fs.readFileSync(file)), keys));
      }
      const trusting = team.machine();
      for (const n of [1, 2]) expect(await trusting.function(SMALL)(n)).toEqual(SMALL(n));
      expect(trusting.ran).toEqual([]);
      expect(lines.filter((line) => line.includes("is not used"))).toHaveLength(1);
    } finally {
      delete process.env["SCALABLE_CACHE_TRUSTED_KEYS"];
    }
  });
});

describe("clocks", () => {
  const year = 365 * 86_400_000;

  test("a result from the far future is used where results are used for ever, and is not one of the future here", async () => {
    const { team, other, call } = await computed(SMALL);
    await team.forge(withHeader(() => ({ created_at: Date.now() + 100 * year })));

    expect(await call(1)).toEqual(SMALL(1));

    expect(other.ran).toEqual([]);
    expect((await entriesIn(other))[0]?.createdAt).toBeLessThanOrEqual(Date.now());
  });

  test.each([
    ["far in the future", 2 * 3_600_000, [1]],
    ["a little in the future", 60_000, []],
    ["a little old", -60_000, []],
    ["too old", -2 * 3_600_000, [1]],
  ])("with a greatest age of an hour, a result that is %s is used or not", async (_, ahead, ran) => {
    for (const where of ["function", "cache"] as const) {
      const { team } = await computed(SMALL);
      await team.forge(withHeader(() => ({ created_at: Date.now() + ahead })));
      const machine = team.machine(where === "cache" ? { maxAge: 3_600_000 } : {});

      expect(await machine.function(SMALL, where === "cache" ? {} : { maxAge: 3_600_000 })(1)).toEqual(SMALL(1));
      expect(machine.ran).toEqual(ran);
    }
  });
});
