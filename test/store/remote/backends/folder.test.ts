import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeObjectStore } from "../../../contracts/object-store.ts";
import { workspace } from "../../../rig/workspace.ts";
import { needsRoot, remount, smallDisk } from "../../local/small-disk.ts";
import { filesIn, listAll, OPEN_FOLDER, openStore, operation, sharedFolder } from "./folder-rig.ts";

const HOST = os.hostname().replaceAll(/[^A-Za-z0-9]/g, "-");
const DAY_MS = 86_400_000;
const content = (text: string): Buffer => Buffer.from(text);

describeObjectStore("a shared folder", async () => {
  const folder = sharedFolder(await workspace());
  return {
    open: async (prefix) => {
      const place = path.join(folder, prefix);
      fs.mkdirSync(place, { recursive: true });
      return openStore(place);
    },
  };
});

test("what is stored is a plain file of that name, complete, with nothing beside it", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  const store = await openStore(folder);

  expect(await store.put("v1/entries/f/ab/key", content("one"), { operation: operation() })).toBe("stored");
  const created = await store.put("v1/blobs/00/x", content(""), { when: "absent", operation: operation() });
  expect(created).toBe("stored");
  expect(await store.put("v1/blobs/00/x", content("no"), { when: "absent", operation: operation() })).toBe("exists");

  expect(filesIn(folder)).toEqual(["v1/blobs/00/x", "v1/entries/f/ab/key"]);
  expect(fs.readFileSync(path.join(folder, "v1/entries/f/ab/key"), "utf8")).toBe("one");
  expect((await store.get("v1/blobs/00/x", 10, operation()))?.length).toBe(0);
  const mode = (file: string): number => fs.statSync(path.join(folder, file)).mode & 0o777;
  expect(mode("v1/entries/f/ab/key")).toBe(0o666 & ~process.umask());
  expect(mode("v1/entries/f")).toBe(0o777 & ~process.umask());
});

test("a large file goes in and comes out as it is, and tells of its progress", async () => {
  const ws = await workspace();
  const store = await openStore(sharedFolder(ws));
  const large = Buffer.alloc(150_000_001, "abcdefghijk");
  const source = await ws.write("source", large);
  const moved = { sent: 0, received: 0 };
  const add = (where: keyof typeof moved, bytes: number): void => {
    moved[where] += bytes;
  };

  const { signal } = new AbortController();
  const sending = { signal, progress: (bytes: number) => add("sent", bytes) };
  const receiving = { signal, progress: (bytes: number) => add("received", bytes) };
  await store.put("a/large", { file: source, bytes: large.length }, { operation: sending });
  expect(await store.download("a/large", ws.resolve("copy"), receiving)).toBe(large.length);

  expect(fs.readFileSync(ws.resolve("copy")).equals(large)).toBe(true);
  expect(moved).toEqual({ sent: large.length, received: large.length });
  expect(await store.download("a/none", ws.resolve("none"), operation())).toBeUndefined();
  await expect(store.get("a/large", 1_000, operation())).rejects.toMatchObject({ trouble: "damaged" });
});

test("a file that changes while it is stored is not stored, and that is no fault of the remote", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  const store = await openStore(folder);
  const source = await ws.write("source", "12345");
  for (const bytes of [4, 6]) {
    const stored = store.put("a/b", { file: source, bytes }, { operation: operation() });
    await expect(stored).rejects.toMatchObject({ code: "E_CACHE" });
  }
  const gone = store.put("a/b", { file: ws.resolve("none"), bytes: 1 }, { operation: operation() });
  await expect(gone).rejects.toMatchObject({ code: "ENOENT" });
  expect(filesIn(folder)).toEqual([]);
});

const part = fc.stringMatching(/^[a-c.~-]{1,3}$/).filter((text) => text !== "." && text !== "..");
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

/** A file and a folder cannot have the same name. */
function compatible(names: readonly string[]): string[] {
  const taken = new Set<string>();
  for (const each of [...names].sort((a, b) => b.length - a.length)) {
    if (![...taken].some((other) => other.startsWith(`${each}/`))) taken.add(each);
  }
  return [...taken];
}

test("a listing has the order of all names, for every prefix, start and size of page", async () => {
  const ws = await workspace();
  const root = sharedFolder(ws);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(name, { maxLength: 25 }),
      fc.record({ prefix: fc.oneof(fc.constant(""), name), after: fc.oneof(fc.constant(""), name) }),
      fc.integer({ min: 1, max: 7 }),
      async (drawn, { prefix, after }, limit) => {
        round += 1;
        const folder = path.join(root, String(round));
        const names = compatible(drawn);
        fs.mkdirSync(path.join(folder, "tmp"), { recursive: true });
        fs.writeFileSync(path.join(folder, "tmp/host.1.ab.tmp"), "");
        for (const each of names) {
          fs.mkdirSync(path.join(folder, path.dirname(each)), { recursive: true });
          fs.writeFileSync(path.join(folder, each), "");
        }
        const sorted = names
          .filter((each) => each.startsWith(prefix))
          .sort((a, b) => Buffer.compare(content(a), content(b)));
        const store = await openStore(folder);
        expect(await listAll(store, prefix, limit)).toEqual(sorted);
        const page = await store.list(prefix, { after, operation: operation() });
        expect(page.objects.map((object) => object.name)).toEqual(sorted.filter((each) => each > after));
        expect(page.more).toBe(false);
      },
    ),
    { numRuns: 150 },
  );
});

test("a listing sees what was added between two pages, in large folders too", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  fs.mkdirSync(path.join(folder, "a"));
  const names = Array.from({ length: 2_500 }, (_, i) => `a/${String(i).padStart(5, "0")}`);
  for (const each of names) fs.writeFileSync(path.join(folder, each), "");
  const past = new Date(Date.now() - 60_000);
  fs.utimesSync(path.join(folder, "a"), past, past);
  const store = await openStore(folder);
  expect(await listAll(store, "a/")).toEqual(names);
  await store.put("a/01500-more", content("x"), { operation: operation() });
  const page = await store.list("a/", { after: "a/01499", limit: 3, operation: operation() });
  expect(page.objects.map((object) => object.name)).toEqual(["a/01500", "a/01500-more", "a/01501"]);
});

test.for([
  "",
  "..",
  "../outside",
  "a/../../outside",
  "/etc/passwd",
  "a//b",
  "a/",
  "a/./b",
  "a\0b",
  "a\\b",
  "a b",
  "tmp/x",
  "é",
  "x".repeat(256),
])("the name %j is refused by everything", async (hostile) => {
  const ws = await workspace();
  await ws.write("outside", "secret");
  const folder = sharedFolder(ws);
  const store = await openStore(folder);
  const refused = { code: "E_REMOTE", trouble: "unsupported" };
  await expect(store.get(hostile, 100, operation())).rejects.toMatchObject(refused);
  await expect(store.head(hostile, operation())).rejects.toMatchObject(refused);
  await expect(store.download(hostile, ws.resolve("copy"), operation())).rejects.toMatchObject(refused);
  await expect(store.put(hostile, content("x"), { operation: operation() })).rejects.toMatchObject(refused);
  await expect(store.delete(["fine", hostile], operation())).rejects.toMatchObject(refused);
  await expect(store.list(`${hostile}/`, { operation: operation() })).rejects.toMatchObject(refused);
  expect(await ws.read("outside")).toBe("secret");
  expect(filesIn(folder)).toEqual([]);
});

test("no symbolic link is followed: not in an object's place, and not in a folder's", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  await ws.write("outside/b", "secret");
  fs.symlinkSync(ws.resolve("outside"), path.join(folder, "a"));
  fs.mkdirSync(path.join(folder, "c"));
  fs.symlinkSync(ws.resolve("outside/b"), path.join(folder, "c/link"));
  const store = await openStore(folder);
  for (const each of ["a/b", "c/link"]) {
    await expect(store.get(each, 100, operation())).rejects.toMatchObject({ trouble: "damaged" });
  }
  await expect(store.put("a/new", content("x"), { operation: operation() })).rejects.toMatchObject({
    trouble: "damaged",
  });
  await expect(store.delete(["a/b"], operation())).rejects.toMatchObject({ trouble: "damaged" });
  expect(await listAll(store, "")).toEqual([]);
  expect(filesIn(ws.resolve("outside"))).toEqual(["b"]);

  expect(await store.put("c/link", content("own"), { operation: operation() })).toBe("stored");
  expect(await ws.read("outside/b")).toBe("secret");
  expect(await store.get("c/link", 100, operation())).toEqual(new Uint8Array(content("own")));
});

test("a pipe or a folder in an object's place holds nobody up", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  fs.mkdirSync(path.join(folder, "a/folder"), { recursive: true });
  execFileSync("mkfifo", [path.join(folder, "a/pipe")]);
  const store = await openStore(folder);
  await expect(store.get("a/pipe", 100, operation())).rejects.toMatchObject({ trouble: "damaged" });
  expect(await store.get("a/folder", 100, operation())).toBeUndefined();
  expect(await store.head("a/folder", operation())).toBeUndefined();
  await expect(store.put("a/folder", content("x"), { operation: operation() })).rejects.toMatchObject({
    trouble: "unsupported",
  });
  await store.delete(["a/folder", "a/none", "none/none"], operation());
});

test("a folder that is not there is told by all, and never made", async () => {
  const ws = await workspace();
  const folder = ws.resolve("mnt/share");
  const store = await openStore(folder);
  const missing = { trouble: "missing", message: expect.stringContaining(folder) };
  await expect(store.check(operation())).rejects.toMatchObject(missing);
  await expect(store.put("a/b", content("x"), { operation: operation() })).rejects.toMatchObject(missing);
  await expect(store.get("a/b", 100, operation())).rejects.toMatchObject(missing);
  await expect(store.head("a/b", operation())).rejects.toMatchObject(missing);
  await expect(store.list("", { operation: operation() })).rejects.toMatchObject(missing);
  await expect(store.list("v1/entries/", { operation: operation() })).rejects.toMatchObject(missing);
  expect(fs.existsSync(ws.resolve("mnt"))).toBe(false);

  await ws.write("mnt/share", "a file");
  await expect(store.check(operation())).rejects.toMatchObject(missing);
  await expect(store.put("a/b", content("x"), { operation: operation() })).rejects.toMatchObject(missing);
});

test("folders that somebody removed meanwhile are made again", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  const store = await openStore(folder);
  for (const when of ["always", "absent"] as const) {
    await store.put("a/b/c", content("one"), { operation: operation() });
    for (const each of fs.readdirSync(folder)) fs.rmSync(path.join(folder, each), { recursive: true });
    expect(await store.get("a/b/c", 100, operation())).toBeUndefined();
    expect(await store.put("a/b/c", content("two"), { when, operation: operation() })).toBe("stored");
    expect(filesIn(folder)).toEqual(["a/b/c"]);
  }
});

const AS_ANOTHER_USER = `
import { openFolder } from ${JSON.stringify(OPEN_FOLDER)};
const folder = process.argv[2];
const store = await openFolder({ scheme: "file", url: "file://" + folder, folder, mode: process.argv[3] });
if (process.getuid() === 0) { process.setgid(65_534); process.setuid(65_534); }
const operation = { signal: new AbortController().signal, progress() {} };
const told = async (name, task) => {
  try { console.log(name, "done", await task() ?? ""); } catch (error) { console.log(name, error.trouble, error.message); }
};
await told("check", () => store.check(operation));
await told("get", async () => Buffer.from(await store.get("a/b", 100, operation)).toString());
await told("list", async () => (await store.list("", { operation })).objects.length);
await told("put", () => store.put("a/c", Buffer.from("x"), { operation }));
await told("delete", () => store.delete(["a/b"], operation));
`;

test("folders that another user may not read or write are told", async (context) => {
  needsRoot(context);
  const ws = await workspace();
  const folder = sharedFolder(ws);
  fs.chmodSync(ws.path, 0o755);
  await (await openStore(folder)).put("a/b", content("one"), { operation: operation() });
  await ws.write("user.mjs", AS_ANOTHER_USER);

  fs.chmodSync(folder, 0o755);
  const reading = await ws.run("user.mjs", { args: [folder, "read"] });
  expect(reading.stdout).toMatch(
    /check done\s+get done one\s+list done 1\s+put forbidden .*uid 65534.*\s+delete forbidden/,
  );
  const writing = await ws.run("user.mjs", { args: [folder, "readwrite"] });
  expect(writing.stdout).toMatch(/check forbidden/);
  fs.chmodSync(folder, 0o700);
  const none = await ws.run("user.mjs", { args: [folder, "read"] });
  expect(none.stdout).toMatch(
    /check forbidden .*\s+get forbidden .*\s+list forbidden .*\s+put forbidden .*\s+delete forbidden/,
  );
});

test("a file system that is mounted read-only is told", async (context) => {
  const ws = await workspace();
  const disk = smallDisk(ws, context);
  const store = await openStore(disk, "readwrite");
  await store.put("a/b", content("one"), { operation: operation() });
  remount(disk, "ro");
  const forbidden = { trouble: "forbidden", message: expect.stringContaining("read-only") };
  await expect(store.check(operation())).rejects.toMatchObject(forbidden);
  await expect(store.put("a/b", content("two"), { operation: operation() })).rejects.toMatchObject(forbidden);
  await expect(store.delete(["a/b"], operation())).rejects.toMatchObject(forbidden);
  expect(await store.get("a/b", 100, operation())).toEqual(new Uint8Array(content("one")));
});

test("a full file system is told, and nothing is left of what did not fit", async (context) => {
  const ws = await workspace();
  const disk = smallDisk(ws, context);
  const store = await openStore(disk);
  await store.put("a/b", content("old"), { operation: operation() });
  for (const when of ["always", "absent"] as const) {
    const stored = store.put("a/b", Buffer.alloc(3_000_000, 1), { when, operation: operation() });
    await expect(stored).rejects.toMatchObject({ trouble: "other", message: expect.stringContaining("full") });
  }
  expect(filesIn(disk)).toEqual(["a/b"]);
  expect(await store.get("a/b", 100, operation())).toEqual(new Uint8Array(content("old")));
});

test("what processes that are gone have left is removed after a day, what others write is not", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  const store = await openStore(folder);
  await store.put("a/b", content("x"), { operation: operation() });
  const ended = await ws.write("ended.mjs", "console.log(process.pid)");
  const pid = (await ws.run(path.basename(ended))).stdout.trim();
  const [old, young] = [new Date(Date.now() - 2 * DAY_MS), new Date(Date.now() - DAY_MS / 2)];
  const left = (name: string, time: Date): void => {
    fs.writeFileSync(path.join(folder, "tmp", name), "half");
    fs.utimesSync(path.join(folder, "tmp", name), time, time);
  };
  left(`${HOST}.${pid}.0123.tmp`, old);
  left("elsewhere.1.0123.tmp", old);
  left("0123.claim", old);
  left(`${HOST}.${process.pid}.0123.tmp`, old);
  left(`${HOST}.${pid}.4567.tmp`, young);
  left("notes.txt", old);

  await (await openStore(folder, "read")).check(operation());
  expect(fs.readdirSync(path.join(folder, "tmp"))).toHaveLength(6);
  await store.check(operation());
  expect(fs.readdirSync(path.join(folder, "tmp")).sort()).toEqual(
    [`${HOST}.${process.pid}.0123.tmp`, `${HOST}.${pid}.4567.tmp`, "notes.txt"].sort(),
  );
});

test("an operation that is aborted rejects with its reason, and leaves nothing", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  const store = await openStore(folder);
  const large = Buffer.alloc(100_000_000);
  await store.put("a/large", large, { operation: operation() });
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  const before = { signal: aborted, progress: () => undefined };
  await expect(store.check(before)).rejects.toBe(reason);
  await expect(store.list("", { operation: before })).rejects.toBe(reason);

  const during = (): { readonly signal: AbortSignal; readonly progress: (bytes: number) => void } => {
    const controller = new AbortController();
    return { signal: controller.signal, progress: (bytes) => void (bytes > 0 && controller.abort(reason)) };
  };
  await expect(store.put("a/other", large, { operation: during() })).rejects.toBe(reason);
  await expect(store.download("a/large", ws.resolve("copy"), during())).rejects.toBe(reason);
  expect(fs.statSync(ws.resolve("copy")).size).toBeLessThan(large.length);
  await expect.poll(() => filesIn(folder)).toEqual(["a/large"]);
  expect(await store.head("a/large", operation())).toMatchObject({ bytes: large.length });
});
