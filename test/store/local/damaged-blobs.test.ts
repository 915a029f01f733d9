import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workspace } from "../../rig/workspace.ts";
import { emptyFolder, get, openStore, put, withIndex } from "../local-rig.ts";
import { ask, blobsIn, copyOf, flipBit, prepareCache } from "./damage-rig.ts";

let ws: Workspace;
beforeAll(async () => {
  ws = await Workspace.create();
  await prepareCache(ws);
});
afterAll(() => ws.remove());

test("one flipped bit anywhere in a blob: the value is right, and computed once more", async () => {
  const dirs = Array.from({ length: 24 }, (_, place) => {
    const dir = copyOf(ws, "sound", `flip-${place}`);
    const blob = blobsIn(dir)[place % 9] ?? "";
    const { size } = fs.statSync(blob);
    // At the ends, where V8's part and its padding are, and in between.
    const position = place < 12 ? place : Math.floor(((place - 11) * (size - 1)) / 12);
    flipBit(blob, position, place % 8);
    return dir;
  });

  const { asked, stderr } = await ask(ws, dirs);

  for (const { pass, runs, problems } of asked)
    expect({ runs, problems }).toEqual({ runs: pass === 1 ? 1 : 0, problems: [] });
  expect(stderr).toMatch(
    /^scalable: warning: A stored result of value was damaged \(.* does not have the content that/,
  );
  expect(stderr.match(/warning/g)).toHaveLength(1);
});

const DAMAGES: Readonly<Record<string, (blob: string) => void>> = {
  missing: (blob) => fs.rmSync(blob),
  empty: (blob) => fs.truncateSync(blob, 0),
  "one byte shorter": (blob) => fs.truncateSync(blob, fs.statSync(blob).size - 1),
  "one byte longer": (blob) => fs.appendFileSync(blob, "x"),
  "a folder": (blob) => {
    fs.rmSync(blob);
    fs.mkdirSync(blob);
  },
  "a link to nowhere": (blob) => {
    fs.rmSync(blob);
    fs.symlinkSync("nowhere", blob);
  },
  "another blob": (blob) =>
    fs.copyFileSync(blobsIn(path.resolve(blob, "../..")).find((other) => other !== blob) ?? "", blob),
};

test.each(Object.entries(DAMAGES).filter(([what]) => what !== "a folder"))(
  "all blobs are %s: the values are right, and stored anew",
  async (what, damage) => {
    const dir = copyOf(ws, "sound", what.replace(/ /g, "-"));
    for (const blob of blobsIn(dir)) damage(blob);

    const { asked, stderr } = await ask(ws, [dir]);

    expect(asked[0]?.runs).toBeGreaterThan(0);
    expect(asked[1]).toMatchObject({ runs: 0, problems: [] });
    expect(stderr).toMatch(/^scalable: warning: A stored result of value was damaged/);
  },
);

test("a blob that became a folder: the value is right, and nothing else is lost", async () => {
  const dir = copyOf(ws, "sound", "folder");
  DAMAGES["a folder"]?.(blobsIn(dir)[0] ?? "");

  const { asked } = await ask(ws, [dir]);

  expect(asked).toMatchObject([{ runs: 1 }, { runs: 1 }]);
});

test("shared folders of blobs are missing", async () => {
  const dir = copyOf(ws, "sound", "shards");
  for (const blob of blobsIn(dir)) fs.rmSync(path.dirname(blob), { recursive: true, force: true });

  expect((await ask(ws, [dir])).asked).toMatchObject([{ runs: 9 }, { runs: 0, problems: [] }]);
});

test("a row that names another row's blob is damaged", async () => {
  const store = await openStore(await emptyFolder());
  await put(store, "a", new Uint8Array(100_000).fill(1));
  await put(store, "b", new Uint8Array(100_000).fill(2));
  withIndex(store.dir, (db) => {
    const [a, b] = db.prepare("SELECT record FROM entries ORDER BY key").all();
    db.prepare("UPDATE entries SET record = ? WHERE key = 'a'").run(b?.["record"] ?? null);
    db.prepare("UPDATE entries SET record = ? WHERE key = 'b'").run(a?.["record"] ?? null);
  });

  expect(store.lookup("a")).toBe("damaged");
  expect(await get(store, "b")).toBeUndefined();
  expect(store.lookup("a")).toBe("absent");
});

test("what is stored in place of a damaged entry uses none of its content", async () => {
  const store = await openStore(await emptyFolder());
  const value = new Uint8Array(100_000).fill(1);
  await put(store, "a", value);
  const [blob = ""] = blobsIn(store.dir);
  fs.truncateSync(blob, 50_000);

  await put(store, "b", value);

  expect(await get(store, "a")).toEqual({ value });
  expect(await get(store, "b")).toEqual({ value });
});
