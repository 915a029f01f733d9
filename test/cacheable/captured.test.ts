import { readFileSync, writeFileSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { cacheable, DirType, FileType } from "scalable";
import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";
import { counter, ownCache, said } from "./own-cache.ts";

const own = ownCache();

function building() {
  said(); // Two of them are twins.
  const runs = counter();
  const folder = own.ws.resolve("out");
  const cached = cacheable(
    { returnType: FileType, outputDir: own.ws.path },
    async function building(name: string, text: string) {
      runs.count += 1;
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, name), text);
      return path.join(folder, name);
    },
  );
  return { runs, cached };
}

test("a file that was deleted is restored", async () => {
  const { runs, cached } = building();
  const file = await cached("a.csv", "1,2");
  await rm(own.ws.resolve("out"), { recursive: true });

  expect(await cached("a.csv", "1,2")).toBe(file);
  expect(await readFile(file, "utf8")).toBe("1,2");
  expect(runs.count).toBe(1);
});

test("a folder of results that was deleted is made again", async () => {
  const runs = counter();
  const outputDir = own.ws.resolve("results/of today");
  const cached = cacheable({ returnType: FileType, outputDir }, async function total() {
    runs.count += 1;
    await mkdir(outputDir, { recursive: true });
    await writeFile(path.join(outputDir, "total.csv"), "1");
    return path.join(outputDir, "total.csv");
  });
  const file = await cached();
  await rm(own.ws.resolve("results"), { recursive: true });

  expect(await cached()).toBe(file);
  expect(await readFile(file, "utf8")).toBe("1");
  expect(runs.count).toBe(1);
});

test("a file that was changed is restored, one that is as it was is left alone", async () => {
  const { cached } = building();
  const file = await cached("a.csv", "1,2");
  const before = await stat(file, { bigint: true });

  await cached("a.csv", "1,2");
  expect((await stat(file, { bigint: true })).ino).toBe(before.ino);
  await writeFile(file, "9,9");
  await cached("a.csv", "1,2");

  expect(await readFile(file, "utf8")).toBe("1,2");
});

test("two calls that write one file each get their own content", async () => {
  const { runs, cached } = building();

  const contents: string[] = [];
  for (const text of ["one", "two", "one", "two"]) {
    contents.push(await readFile(await cached("a.csv", text), "utf8"));
  }

  expect(contents).toEqual(["one", "two", "one", "two"]);
  expect(runs.count).toBe(2);
});

test("files and folders in parts: contents, executable bits and empty folders", async () => {
  const runs = counter();
  const outputDir = own.ws.path;
  const cached = cacheable(
    { returnType: { report: FileType, data: DirType, pages: [FileType] }, outputDir },
    async function publish() {
      runs.count += 1;
      const at = (name: string): string => own.ws.resolve("run", name);
      await mkdir(at("data/empty"), { recursive: true });
      await writeFile(at("data/a.bin"), Buffer.alloc(100_000, 7));
      await writeFile(at("report.sh"), "#!/bin/sh\n");
      await chmod(at("report.sh"), 0o755);
      await writeFile(at("1.txt"), "1");
      return { report: at("report.sh"), data: at("data"), pages: [at("1.txt")], count: 1 };
    },
  );
  const fresh = await cached();
  await rm(own.ws.resolve("run"), { recursive: true });

  expect(await cached()).toEqual(fresh);

  expect((await readdir(own.ws.resolve("run"), { recursive: true })).sort()).toEqual([
    "1.txt",
    "data",
    "data/a.bin",
    "data/empty",
    "report.sh",
  ]);
  expect((await stat(fresh.report)).mode & 0o111).toBe(0o111);
  expect(readFileSync(own.ws.resolve("run/data/a.bin"))).toEqual(Buffer.alloc(100_000, 7));
  expect(runs.count).toBe(1);
});

test("what is not part of a restored folder is set aside, with a warning", async () => {
  const lines = said();
  const outputDir = own.ws.path;
  const cached = cacheable({ returnType: DirType, outputDir }, async function folder() {
    await mkdir(own.ws.resolve("data"), { recursive: true });
    await writeFile(own.ws.resolve("data/a.txt"), "a");
    return own.ws.resolve("data");
  });
  await cached();
  await writeFile(own.ws.resolve("data/mine.txt"), "precious");

  await cached();

  expect(await readdir(own.ws.resolve("data"))).toEqual(["a.txt"]);
  expect(lines).toHaveLength(1);
  const aside = (await readdir(own.ws.path)).find((name) => name.startsWith("data.displaced-")) ?? "";
  expect(await own.ws.read(path.join(aside, "mine.txt"))).toBe("precious");
});

test.each([
  ["a path outside of outputDir", (outside: string) => path.join(outside, "a.txt"), /lies outside of/],
  [
    "a path that climbs out",
    (outside: string) => path.join(own.ws.path, "..", path.basename(outside), "a.txt"),
    /lies outside of/,
  ],
  ["a path that is not there", () => own.ws.resolve("missing.txt"), /missing\.txt/],
  ["a folder", () => own.ws.path, /outside|not a regular file/],
])("%s is returned, and not stored, with a warning", async (name, resultOf, why) => {
  const lines = said();
  const outside = await workspace();
  await outside.write("a.txt", "outside");
  const cached = cacheable({ returnType: FileType, outputDir: own.ws.path, name: `escaping ${name}` }, async () =>
    resultOf(outside.path),
  );

  expect(await cached()).toBe(resultOf(outside.path));
  expect(await cached.has()).toBe(false);
  expect(lines).toEqual([expect.stringMatching(why)]);
});

test("what is no path is not of the type", async () => {
  const lines = said();
  const cached = cacheable({ returnType: FileType, name: "no path" }, async () => 5);

  expect(await cached()).toBe(5);
  expect(lines).toEqual([expect.stringMatching(/returnType \(FileType\)/)]);
});

test("a file among arguments counts by name and content, not by its place", async () => {
  const runs = counter();
  const lengthOf = cacheable({ args: { file: FileType } }, async function lengthOf(file: string) {
    runs.count += 1;
    return readFileSync(file, "utf8").length;
  });
  const [a, b, c] = [
    await own.ws.write("a/t.csv", "123"),
    await own.ws.write("b/t.csv", "123"),
    await own.ws.write("b/u.csv", "123"),
  ];

  expect([await lengthOf(a), await lengthOf(b), await lengthOf(c)]).toEqual([3, 3, 3]);
  expect(runs.count).toBe(2);
  writeFileSync(a, "12345");
  expect([await lengthOf(a), await lengthOf(b)]).toEqual([5, 3]);
});

test("an entry that was stored without its file does not answer a call that declares it", async () => {
  const runs = counter();
  const undeclared = cacheable(async function late(text: string) {
    runs.count += 1;
    return { report: await own.ws.write("late.txt", text), text };
  });
  const declared = undeclared.with({ returnType: { report: FileType }, outputDir: own.ws.path });
  await undeclared("one");
  await undeclared("two");

  const { report } = await declared("one");
  expect(await readFile(report, "utf8")).toBe("one");
  await writeFile(report, "three");
  await declared("one");
  expect(await readFile(report, "utf8")).toBe("one");
  expect(runs.count).toBe(3);
});
