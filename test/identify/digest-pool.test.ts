import fs from "node:fs";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { digestContent, loadContentHasher } from "../../src/identify/content.ts";
import { digestFiles, digestLarge } from "../../src/identify/digest-pool.ts";
import { toHex } from "../../src/identify/hasher.ts";
import { StampList } from "../../src/identify/stamps.ts";
import { workspace } from "../rig/workspace.ts";
import { makeFifo } from "./paths.ts";

beforeAll(() => loadContentHasher());

const MIB = 1024 * 1024;

function stampsOf(paths: readonly string[]): BigInt64Array {
  const stamps = new StampList();
  for (const path of paths) stamps.push(fs.lstatSync(path, { bigint: true }));
  return stamps.packed(paths.map((_, place) => place));
}

function opened(path: string): number {
  const fd = fs.openSync(path, "r");
  onTestFinished(() => fs.closeSync(fd));
  return fd;
}

test("threads make the digest of a large file, and tell where it is shorter than it was", async () => {
  const ws = await workspace();
  const content = Buffer.alloc(40 * MIB, "content");
  const fd = opened(await ws.write("large", content));

  const many = await Promise.all(Array.from({ length: 10 }, () => digestLarge(fd, content.length)));
  expect(new Set(many.map((digest) => toHex(digest ?? new Uint8Array())))).toEqual(
    new Set([toHex(digestContent(content))]),
  );
  expect(await digestLarge(fd, content.length + 1)).toBeUndefined();
});

test("threads make the digests of many files, in their order", async () => {
  const ws = await workspace();
  const paths = await Promise.all(Array.from({ length: 100 }, (_, i) => ws.write(`f${i}`, `content ${i}`)));
  const digests = await digestFiles(paths, stampsOf(paths));

  expect(digests.map((digest) => toHex(digest ?? new Uint8Array()))).toEqual(
    paths.map((_, i) => toHex(digestContent(Buffer.from(`content ${i}`)))),
  );
});

test("a path of bytes is read in a thread too", async () => {
  const ws = await workspace();
  const path = Buffer.concat([Buffer.from(`${ws.path}/`), Buffer.from([0xff])]);
  fs.writeFileSync(path, "odd");
  const stamps = new StampList();
  stamps.push(fs.lstatSync(path, { bigint: true }));

  const [digest] = await digestFiles([path], stamps.packed([0]));
  expect(digest).toEqual(digestContent(Buffer.from("odd")));
});

test("a file that is not what it was when it was listed has none", async () => {
  const ws = await workspace();
  const paths = [await ws.write("a", "1"), await ws.write("b", "2"), await ws.write("c", "3")];
  const stamps = stampsOf(paths);
  await ws.write("b", "changed");

  const digests = await digestFiles(paths, stamps);
  expect(digests.map((digest) => digest !== undefined)).toEqual([true, false, true]);
});

test("an error in a thread keeps its code, and the threads go on", async () => {
  const ws = await workspace();
  const path = await ws.write("a", "1");
  const stamps = stampsOf([path]);
  fs.rmSync(path);

  await expect(digestFiles([path], stamps)).rejects.toMatchObject({ code: "ENOENT", syscall: "open", path });
  await ws.write("a", "1");
  expect(await digestFiles([path], stampsOf([path]))).toHaveLength(1);
});

test("a FIFO that took a file's place does not hold a thread up", async () => {
  const ws = await workspace();
  const path = await ws.write("a", "1");
  const stamps = stampsOf([path]);
  fs.rmSync(path);
  await makeFifo(path);

  const settled = await digestFiles([path], stamps).then(
    ([digest]) => digest,
    (error: unknown) => error,
  );
  expect(settled === undefined || settled instanceof Error).toBe(true);
});

test.each([
  ["run as a file", ["main.mjs"], ""],
  ["given on the command line", ["--input-type=module", "--eval"], "script"],
])("a process %s hashes a large file in threads, and ends", async (_what, args, evaluated) => {
  const ws = await workspace();
  await ws.write("large.bin", Buffer.alloc(40 * MIB, "content"));
  const script = `
    import { cacheable, FileType } from "scalable";
    const read = cacheable({ name: "read", code: "name", args: { file: FileType } }, (file) => file);
    console.log(await read.key("large.bin"));`;
  await ws.write("main.mjs", script);
  const { Child } = await import("../rig/child.ts");
  const rest = evaluated === "" ? args : [...args, script];
  const child = await Child.start(rest[0] ?? "", rest.slice(1), { cwd: ws.path, input: "" });
  const { code, stdout, stderr } = await child.finished;

  expect({ code, stderr, keys: stdout.trim() }).toEqual({
    code: 0,
    stderr: "",
    keys: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

test("a worker thread of the user's hashes a large file as well, with the same key", async () => {
  const ws = await workspace();
  await ws.write("large.bin", Buffer.alloc(40 * MIB, "content"));
  await ws.write(
    "main.mjs",
    `import { isMainThread, parentPort, Worker } from "node:worker_threads";
     import { cacheable, FileType } from "scalable";
     const read = cacheable({ name: "read", code: "name", args: { file: FileType } }, (file) => file);
     const key = await read.key("large.bin");
     if (!isMainThread) parentPort.postMessage(key);
     else new Worker(new URL(import.meta.url)).on("message", (other) => console.log(key === other));`,
  );

  expect(await ws.run("main.mjs")).toMatchObject({ code: 0, stdout: "true\n", stderr: "" });
});
