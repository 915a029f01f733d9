import { chmod, link, open, rename, symlink, truncate, utimes } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { loadContentHasher } from "../../src/identify/content.ts";
import { observeFile } from "../../src/identify/file.ts";
import { workspace } from "../rig/workspace.ts";
import { asNobody, digestOf, makeFifo, makeSocket } from "./paths.ts";
import { file } from "./reference.ts";

beforeAll(() => loadContentHasher());

const MIB = 1024 * 1024;
const TILE = Uint8Array.from({ length: 65_536 }, (_, i) => i * 7 + (i >> 8));

/** Bytes without a pattern that a segment or a chunk could hide. */
function content(length: number): Buffer {
  return Buffer.concat(new Array<Uint8Array>(Math.floor(length / TILE.length) + 1).fill(TILE), length);
}

// Computed with the C library of XXH3 from the bytes that docs/formats/key.md says.
test.each<readonly [string, string | Buffer, string]>([
  ["a.txt", "", "fbb5d4be43e4a94d2c5554e2ae4d01d8"],
  ["a.txt", content(1), "6e137d7705d7ac5b98743023e33eceac"],
  ["load.csv", "hour,load\n0,1.5\n", "2df608f4d276280bad6f3146e1aca7e5"],
  ["a.bin", content(65_536), "0a0ef828b3e3e6f97cf98439a50120b1"],
  ["a.bin", content(MIB), "81c718840a81465f21fb8edb1b83498c"],
  ["a.bin", content(8 * MIB), "758c2a4373cd26e153904819901bc08f"],
  ["a.bin", content(8 * MIB + 1), "0d8347c2e4f7037cd6a4e57d3193f9da"],
  ["a.bin", content(16 * MIB), "71c9899b77d48b04305acbb755c23670"],
  ["a.bin", content(16 * MIB + 1), "b47e8369d4c201f39e3b70bd5f08bffd"],
  ["a.bin", content(32 * MIB + 1), "000c5aa09bf1751cbb9cd3e7fc87b39f"],
])("the digest of a file, case %#: %s", async (name, bytes, expected) => {
  const ws = await workspace();
  await ws.write(name, bytes);

  expect(file(name, Buffer.from(bytes)).toString("hex")).toBe(expected);
  expect(await digestOf(observeFile(ws.resolve(name)))).toBe(expected);
});

test("the digest of a file of 3 GiB", async () => {
  const ws = await workspace();
  await ws.write("a.bin", "");
  await truncate(ws.resolve("a.bin"), 3 * 1024 * MIB);

  expect(await digestOf(observeFile(ws.resolve("a.bin")))).toBe("1d6723c963e4519a536a588d21abdaa7");
});

test("a byte beyond 2 GiB counts", async () => {
  const ws = await workspace();
  await ws.write("a.bin", "");
  await truncate(ws.resolve("a.bin"), 2 ** 31 + 16);
  const before = await digestOf(observeFile(ws.resolve("a.bin")));
  const handle = await open(ws.resolve("a.bin"), "r+");
  await handle.write(Buffer.from([1]), 0, 1, 2 ** 31 + 15);
  await handle.close();

  expect(await digestOf(observeFile(ws.resolve("a.bin")))).not.toBe(before);
});

test("content and base name count; place, times and permissions do not", async () => {
  const ws = await workspace();
  const one = await ws.write("a.txt", "1");
  const expected = await digestOf(observeFile(one));
  await utimes(one, 1, 1);
  await chmod(one, 0o755);

  expect(await digestOf(observeFile(one))).toBe(expected);
  expect(await digestOf(observeFile(await ws.write("deep/er/a.txt", "1")))).toBe(expected);
  expect(await digestOf(observeFile(await ws.write("b.txt", "1")))).not.toBe(expected);
  expect(await digestOf(observeFile(await ws.write("other/a.txt", "2")))).not.toBe(expected);
});

test("name and content are not run together", async () => {
  const ws = await workspace();

  expect(await digestOf(observeFile(await ws.write("ab", "c")))).not.toBe(
    await digestOf(observeFile(await ws.write("a", "bc"))),
  );
});

test.each(["with space", "line\nbreak", "é", "e\u0301", "😀", "\ufffd", "-", "~", "a".repeat(255)])(
  "a file called %j has the digest of its name",
  async (name) => {
    const ws = await workspace();
    const path = await ws.write(`data/${name}`, "1");

    expect(await digestOf(observeFile(path))).toBe(file(name, Buffer.from("1")).toString("hex"));
  },
);

test("a link counts as the file that it leads to, under the link's name", async () => {
  const ws = await workspace();
  await ws.write("data/a.txt", "1");
  await symlink("data/a.txt", ws.resolve("a.txt"));
  await symlink("a.txt", ws.resolve("b.txt"));
  await link(ws.resolve("data/a.txt"), ws.resolve("data/hard"));

  expect(await digestOf(observeFile(ws.resolve("a.txt")))).toBe(file("a.txt", Buffer.from("1")).toString("hex"));
  expect(await digestOf(observeFile(ws.resolve("b.txt")))).toBe(file("b.txt", Buffer.from("1")).toString("hex"));
  expect(await digestOf(observeFile(ws.resolve("data/hard")))).toBe(file("hard", Buffer.from("1")).toString("hex"));
});

test("what is not there, what leads nowhere and what leads to itself are errors", async () => {
  const ws = await workspace();
  await ws.write("file", "1");
  await symlink("nowhere", ws.resolve("broken"));
  await symlink("loop", ws.resolve("loop"));
  const failure = (name: string): Promise<unknown> =>
    observeFile(ws.resolve(name)).then(
      () => undefined,
      (error: unknown) => error,
    );

  for (const name of ["missing", "missing/file", "file/below", "broken"]) {
    expect(await failure(name)).toMatchObject({
      name: "ScalableError",
      code: "E_FILE_NOT_FOUND",
      message: `File does not exist: "${ws.resolve(name)}"`,
      details: { path: ws.resolve(name) },
    });
  }
  expect(await failure("loop")).toMatchObject({
    code: "E_FILE_UNREADABLE",
    message: `File cannot be read: "${ws.resolve("loop")}" (ELOOP)`,
    cause: { code: "ELOOP" },
  });
  expect(await failure("a".repeat(300))).toMatchObject({ code: "E_FILE_UNREADABLE" });
});

test("a FIFO, a socket, a device and a folder are errors at once, not waits", async () => {
  const ws = await workspace();
  await makeFifo(ws.resolve("fifo"));
  await makeSocket(ws.resolve("socket"));
  await symlink("fifo", ws.resolve("link"));
  const kinds = { fifo: "a FIFO", socket: "a socket", link: "a FIFO", ".": "a folder, not a file" };

  for (const [name, what] of Object.entries(kinds)) {
    const observing = observeFile(`${ws.path}/${name}`);
    await expect(observing).rejects.toMatchObject({ name: "ScalableError", code: "E_FILE_KIND" });
    await expect(observing).rejects.toThrow(`"${ws.path}/${name}" is ${what}`);
  }
  await expect(observeFile("/dev/null")).rejects.toMatchObject({ code: "E_FILE_KIND" });
});

test("a file that may not be read is an error", async () => {
  const ws = await workspace();
  const path = await ws.write("secret/a.txt", "1");
  await chmod(path, 0o000);
  await ws.write(
    "read.mjs",
    `import { cacheable, FileType } from "scalable";
     const read = cacheable({ args: { file: FileType } }, function read(file) { return file; });
     for (const file of process.argv.slice(2)) {
       await read.key(file).catch((error) => console.log(error.name, error.code, error.message));
     }`,
  );
  const unreadable = `ScalableError E_FILE_UNREADABLE File cannot be read: "${path}" (permission denied)\n`;

  expect(await asNobody(ws, "read.mjs", [path])).toBe(unreadable);
  await chmod(path, 0o644);
  expect(await asNobody(ws, "read.mjs", [path])).toBe("");
  await chmod(ws.resolve("secret"), 0o000);
  expect(await asNobody(ws, "read.mjs", [path])).toBe(unreadable);
});

test("a file that claims to be empty and is not is never taken for unchanged", async () => {
  const observed = await observeFile("/proc/self/status");

  expect(await observed.isUnchanged()).toBe(false);
});

test("a file that was renamed to another name and back has its digest again", async () => {
  const ws = await workspace();
  const path = await ws.write("a.txt", "1");
  const expected = await digestOf(observeFile(path));
  await rename(path, ws.resolve("b.txt"));
  await rename(ws.resolve("b.txt"), path);

  expect(await digestOf(observeFile(path))).toBe(expected);
});
