import fs from "node:fs";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { digestContent, loadContentHasher } from "../../src/identify/content.ts";
import { READ } from "../../src/identify/digest-job.ts";
import { digestLarge, readFiles } from "../../src/identify/digest-pool.ts";
import { toHex } from "../../src/identify/hasher.ts";
import { StampList } from "../../src/identify/stamps.ts";
import { workspace } from "../rig/workspace.ts";
import { makeFifo } from "./paths.ts";

beforeAll(() => loadContentHasher());

const MIB = 1024 * 1024;

function stampsOf(paths: readonly string[]): BigInt64Array {
  const stamps = new StampList();
  for (const path of paths) stamps.set(stamps.add(), fs.lstatSync(path, { bigint: true }));
  return stamps.fields();
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

test("threads read many files, and give their digests and metadata in their order", async () => {
  const ws = await workspace();
  const paths = await Promise.all(Array.from({ length: 100 }, (_, i) => ws.write(`f${i}`, `content ${i}`)));
  fs.chmodSync(paths[7] ?? "", 0o755);

  const { digests, stamps, ends } = await readFiles(paths);

  expect(Array.from(paths, (_, i) => toHex(digests.subarray(i * 16, (i + 1) * 16)))).toEqual(
    paths.map((_, i) => toHex(digestContent(Buffer.from(`content ${i}`)))),
  );
  expect(stamps).toEqual(stampsOf(paths));
  expect(new StampList(stamps).isExecutableAt(7)).toBe(true);
  expect(ends).toEqual(new Uint8Array(100).fill(READ.steady));
});

test("a path of bytes is read in a thread too", async () => {
  const ws = await workspace();
  const path = Buffer.concat([Buffer.from(`${ws.path}/`), Buffer.from([0xff])]);
  fs.writeFileSync(path, "odd");

  const { digests } = await readFiles([path]);
  expect(digests).toEqual(digestContent(Buffer.from("odd")));
});

test("a large file is left for several threads", async () => {
  const ws = await workspace();
  const paths = [await ws.write("large", Buffer.alloc(9 * MIB)), await ws.write("small", "1")];

  const { ends } = await readFiles(paths);
  expect(ends).toEqual(Uint8Array.of(READ.large, READ.steady));
});

test("an error in a thread keeps its code, and the threads go on", async () => {
  const ws = await workspace();
  const path = await ws.write("a", "1");
  fs.rmSync(path);

  await expect(readFiles([path])).rejects.toMatchObject({ code: "ENOENT", syscall: "open", path });
  await ws.write("a", "1");
  expect((await readFiles([path])).ends).toEqual(Uint8Array.of(READ.steady));
});

test("a FIFO or a link that took a file's place is not read, and does not hold a thread up", async () => {
  const ws = await workspace();
  const fifo = ws.resolve("fifo");
  await makeFifo(fifo);
  const link = ws.resolve("link");
  fs.symlinkSync(await ws.write("target", "1"), link);

  await expect(readFiles([fifo])).rejects.toMatchObject({ code: "E_FILE_KIND" });
  await expect(readFiles([link])).rejects.toMatchObject({ code: "ELOOP" });
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
