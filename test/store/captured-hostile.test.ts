import fs from "node:fs";
import path from "node:path";
import { Cache, cacheable } from "scalable";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Captured, CapturedMember } from "../../src/store/capture.ts";
import { workspace } from "../rig/workspace.ts";
import { type Captures, capturesIn, FileType, plant, treeOf } from "./capture-rig.ts";
import { openStore, put } from "./local-rig.ts";

/*
 * Entries that somebody wrote into the index, with a right digest, to make a restore write where it must not.
 */

interface Attack extends Captures {
  readonly world: string;
  /** The content "evil" as a member of a folder; "" for a captured file. */
  evil(path: string): CapturedMember;
}

/** A folder `results`, with a folder `outside` and a file `secret` beside it, and links that lead out. */
async function attack(): Promise<Attack> {
  const ws = await workspace();
  plant(ws.path, { "outside/kept": "kept", secret: "secret", "results/inside/x": "x" });
  plant(ws.resolve("results"), {
    "link-out": "-> ../outside",
    "link-far": "-> /etc",
    "link-chain": "-> link-out",
    "link-secret": "-> ../secret",
    "folder/link-out": "-> ../../outside",
  });
  const rig = capturesIn(ws.resolve("results"), await openStore(ws.resolve("cache")));
  plant(rig.at(), { evil: "evil" });
  const [captured] = await rig.capture(FileType, rig.at("evil"));
  fs.rmSync(rig.at("evil"));
  const [content] = captured?.members ?? [];
  if (content === undefined) throw new Error("Nothing was captured.");
  return { ...rig, world: ws.path, evil: (name) => ({ ...content, path: name }) as CapturedMember };
}

/** All that lies outside of the folder of results. */
function outside(world: string): Record<string, string> {
  const inside = /^(results(\/|$)|cache(\/|$)|node_modules)/;
  return Object.fromEntries(Object.entries(treeOf(world)).filter(([name]) => !inside.test(name)));
}

function captured(kind: "file" | "folder", place: string, members: readonly CapturedMember[]): Captured[] {
  return [{ at: [], kind, path: place, absolute: true, members }];
}

const PLACES = [
  ...["../secret", "../../secret", "inside/../../secret", "..", ".", "", "/etc/evil", "//etc/evil", "inside//x"],
  ...["a\0b", "..\\secret", "C:\\evil", "\\\\server\\share", "inside/./x", "./evil"],
  ...["link-out/evil", "link-far/evil", "link-chain/evil", "link-out/new/evil", "folder/link-out/evil"],
  ...["link-chain/../evil", "link-out/kept"],
];

test.each(PLACES)("a file or folder at %j is not written", async (place) => {
  const { world, at, restore, evil } = await attack();
  const before = [outside(world), treeOf(at())];

  await expect(restore("x", captured("file", place, [evil("")]))).rejects.toThrow();
  await expect(restore("x", captured("folder", place, [evil("evil")]))).rejects.toThrow();
  await expect(restore("x", captured("folder", place, []))).rejects.toThrow();

  expect([outside(world), treeOf(at())]).toEqual(before);
});

test("a link in the very place is replaced, and not written through", async () => {
  const { world, at, restore, evil } = await attack();
  const before = outside(world);

  await restore("x", captured("file", "link-secret", [evil("")]));
  await restore("x", captured("file", "link-out", [evil("")]));
  await expect(restore("x", captured("folder", "link-chain", [evil("evil")]))).rejects.toThrow("is not a folder now");

  expect(outside(world)).toEqual(before);
  expect(fs.readFileSync(at("link-secret"), "utf8")).toBe("evil");
});

test.each(PLACES.filter((place) => !place.startsWith("link") && !place.startsWith("folder")))(
  "a member at %j of a folder is not written",
  async (place) => {
    const { world, at, restore, evil } = await attack();
    const before = [outside(world), treeOf(at())];
    const link: CapturedMember = { kind: "link", path: place, target: "x" };

    for (const member of [evil(place), { kind: "folder", path: place } as const, link]) {
      await expect(restore("x", captured("folder", "fresh", [evil("a"), member]))).rejects.toThrow();
      await expect(restore("x", captured("folder", "inside", [evil("x"), member]))).rejects.toThrow();
    }

    expect([outside(world), treeOf(at())]).toEqual(before);
  },
);

const TARGETS = [
  ...["/etc", "/", "..", "../..", "../../secret", "a/../..", "a/../../secret", "./..", ".//..", "sub/../../../secret"],
  ...["", "a\0b", "..\\..\\secret", "C:\\"],
];

test.each(TARGETS)("a link to %j is not made", async (target) => {
  const { world, at, restore, evil } = await attack();
  const before = [outside(world), treeOf(at())];

  // In a folder of the folder, one more step up is allowed.
  const deeper = target.startsWith(".") ? `../${target}` : target;
  for (const link of [
    { kind: "link", path: "l", target },
    { kind: "link", path: "s/l", target: deeper },
  ] as const) {
    const members = [evil("a"), { kind: "folder", path: "s" } as const, link];
    await expect(restore("x", captured("folder", "fresh", members))).rejects.toThrow("leads out of the folder");
  }

  expect([outside(world), treeOf(at())]).toEqual(before);
});

const THROUGH: Readonly<Record<string, (evil: Attack["evil"]) => readonly CapturedMember[]>> = {
  "a link and a member behind it": (evil) => [{ kind: "link", path: "l", target: "s" }, evil("l/evil")],
  "a folder, a link to it, and a member behind the link": (evil) => [
    { kind: "folder", path: "s" },
    { kind: "link", path: "l", target: "s" },
    evil("l/evil"),
  ],
  "a chain of links": (evil) => [
    { kind: "folder", path: "s" },
    { kind: "link", path: "a", target: "b" },
    { kind: "link", path: "b", target: "s" },
    { kind: "folder", path: "a/new" },
    evil("a/new/evil"),
  ],
  "one path as a link, then as a folder": (evil) => [
    { kind: "folder", path: "s" },
    { kind: "link", path: "l", target: "s" },
    { kind: "folder", path: "l" },
    evil("l/evil"),
  ],
  "a member without its folder": (evil) => [evil("none/evil")],
  "a member in a file": (evil) => [evil("file"), evil("file/evil")],
};

test.each(Object.entries(THROUGH))("%s: nothing is written through a link", async (_what, members) => {
  const { world, at, restore, evil } = await attack();
  const before = [outside(world), treeOf(at())];

  await expect(restore("x", captured("folder", "fresh", members(evil)))).rejects.toThrow();

  expect([outside(world), treeOf(at())]).toEqual(before);
});

test("links that a user made within the folder are moved aside, not written through", async () => {
  const { world, at, restore, evil } = await attack();
  vi.stubEnv("SCALABLE_LOG_LEVEL", "silent");
  onTestFinished(() => void vi.unstubAllEnvs());
  plant(at("out"), { sub: "-> ../../outside", "deep/sub": "-> ../../../outside" });
  const before = outside(world);

  const members: CapturedMember[] = [
    { kind: "folder", path: "deep" },
    { kind: "folder", path: "deep/sub" },
  ];
  await restore(
    "x",
    captured("folder", "out", [...members, evil("deep/sub/e"), { kind: "folder", path: "sub" }, evil("sub/e")]),
  );

  expect(outside(world)).toEqual(before);
  expect(fs.readFileSync(at("out/sub/e"), "utf8")).toBe("evil");
  expect(fs.lstatSync(at("out/sub")).isDirectory()).toBe(true);
});

test.each([
  ["__proto__", "polluted"],
  ["constructor", "prototype", "polluted"],
  ["a", "__proto__", "polluted"],
  ["missing"],
  ["a", "b", "c"],
  [7],
])("a path for the place %s of the result changes nothing but the result", async (...at) => {
  const { restore, evil } = await attack();
  const entry = { at, kind: "file", path: "evil", absolute: true, members: [evil("")] } as const;

  await expect(restore({ a: { b: 1 } }, [entry])).rejects.toThrow("no part of the result");

  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test.each(["", "../../../etc/passwd", "zz", "ab", "ab".repeat(40), "/etc/passwd"])(
  "the content %j is not read",
  async (digest) => {
    const { at, restore } = await attack();
    const members: CapturedMember[] = [{ kind: "file", path: "", digest, bytes: 4, executable: false }];

    await expect(restore("x", captured("file", "evil", members))).rejects.toThrow();

    expect(fs.existsSync(at("evil"))).toBe(false);
    expect(fs.readdirSync(at()).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  },
);

test("such an entry in the index of a cache makes its call a miss, with a warning", async () => {
  const { world, folder, store, evil } = await attack();
  const lines: string[] = [];
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  onTestFinished(() => write.mockRestore());
  await using cache = new Cache(store.dir);
  const cached = cacheable({ cache, returnType: FileType, outputDir: folder }, async function build(name: string) {
    fs.writeFileSync(path.join(folder, name), "good");
    return path.join(folder, name);
  });
  const key = await cached.key("a.txt");
  const before = outside(world);
  await put(store, key, path.join(world, "secret"), { captured: captured("file", "../secret", [evil("")]) });

  expect(await cached("a.txt")).toBe(path.join(folder, "a.txt"));

  expect(outside(world)).toEqual(before);
  expect(fs.readFileSync(path.join(folder, "a.txt"), "utf8")).toBe("good");
  expect(lines.join("")).toMatch(/cannot be used: it names a place outside of .*It is computed again/);
});
