import { appendFileSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { cacheable, DirType, FileType } from "scalable";
import { expect, onTestFinished, test } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

const own = ownCache();

const changes: readonly [string, (file: string) => void][] = [
  ["rewritten", (file) => writeFileSync(file, "new content")],
  ["appended to", (file) => appendFileSync(file, "more")],
  ["rewritten at the same length", (file) => writeFileSync(file, "odd")],
  ["removed", (file) => rmSync(file)],
  [
    "rewritten with its old content",
    (file) => {
      writeFileSync(file, "xxx");
      writeFileSync(file, "old");
    },
  ],
];

test.each(changes)(
  "a file that is %s while the function runs: returned, not stored, one warning",
  async (name, change) => {
    const lines = said();
    const file = await own.ws.write("input.csv", "old");
    const runs = counter();
    const reads = cacheable({ args: { file: FileType }, name: `file ${name}` }, async (file: string) => {
      runs.count += 1;
      if (runs.count === 1) change(file);
      return runs.count;
    });

    expect(await reads(file)).toBe(1);
    await own.ws.write("input.csv", "old");
    expect(await reads(file)).toBe(2);
    expect(await reads(file)).toBe(2);

    expect(lines).toEqual([expect.stringMatching(/was not stored: .*input\.csv.* was changed before the computation/)]);
  },
);

test.each<[string, (folder: string) => void]>([
  ["a file more", (folder) => writeFileSync(path.join(folder, "b.csv"), "b")],
  ["a file less", (folder) => rmSync(path.join(folder, "a.csv"))],
  ["another content", (folder) => writeFileSync(path.join(folder, "a.csv"), "b")],
])("a folder with %s while the function runs: returned, not stored, one warning", async (name, change) => {
  const lines = said();
  await own.ws.write("data/a.csv", "a");
  const runs = counter();
  const reads = cacheable({ args: { folder: DirType }, name: `folder ${name}` }, async (folder: string) => {
    runs.count += 1;
    change(folder);
    return runs.count;
  });

  expect(await reads(own.ws.resolve("data"))).toBe(1);

  expect(await reads.has(own.ws.resolve("data"))).toBe(false);
  expect(lines).toEqual([expect.stringMatching(/was not stored: .*data.* was changed before the computation/)]);
});

test("an input that changes while the function runs", async () => {
  const lines = said();
  const file = await own.ws.write("table.csv", "old");
  const reads = cacheable({ inputs: [file] }, async function lookup(_x: number) {
    writeFileSync(file, "new");
    return 1;
  });

  await reads(1);
  await reads(2);

  expect(await reads.has(1)).toBe(false);
  expect(lines).toEqual([expect.stringMatching(/lookup was not stored: input \(.*table\.csv\) was changed/)]);
});

test("a file that changes after the call was made and before the function reads it", async () => {
  said();
  const file = await own.ws.write("input.csv", "old");
  const reads = cacheable({ args: { file: FileType } }, async function content(file: string) {
    return readFileSync(file, "utf8");
  });

  const call = reads(file);
  writeFileSync(file, "new");
  await call;

  expect(await reads(file)).toBe("new");
  writeFileSync(file, "old");
  expect(await reads(file)).toBe("old");
});

test("files that stay as they are do not keep a result from being stored", async () => {
  const lines = said();
  const file = await own.ws.write("input.csv", "old");
  await own.ws.write("data/a.csv", "a");
  const runs = counter();
  const reads = cacheable(
    { args: { file: FileType, data: DirType } },
    async function steady(file: string, data: string) {
      runs.count += 1;
      statSync(file);
      statSync(data);
      writeFileSync(own.ws.resolve("unrelated.csv"), "new");
      return runs.count;
    },
  );

  expect([await reads(file, own.ws.resolve("data")), await reads(file, own.ws.resolve("data"))]).toEqual([1, 1]);
  expect(lines).toEqual([]);
});

test("a working directory that changes meanwhile: returned, not stored, one warning", async () => {
  const lines = said();
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  await own.ws.write("one/input.csv", "1");
  await own.ws.write("two/input.csv", "2");
  await mkdir(own.ws.resolve("three"));
  process.chdir(own.ws.resolve("one"));
  const reads = cacheable({ args: { file: FileType } }, async function relative(file: string) {
    return statSync(file).size;
  });

  const call = reads("input.csv");
  process.chdir(own.ws.resolve("two"));
  await call;
  process.chdir(own.ws.resolve("one"));

  expect(await reads.has("input.csv")).toBe(false);
  expect(lines).toEqual([expect.stringMatching(/relative was not stored: the working directory was changed/)]);
});

test("a file with another time and the same content is the same call", async () => {
  const file = await own.ws.write("input.csv", "old");
  const runs = counter();
  const reads = cacheable({ args: { file: FileType } }, async function touched(file: string) {
    runs.count += 1;
    return statSync(file).size;
  });
  await reads(file);

  utimesSync(file, 1, 1);
  await reads(file);

  expect(runs.count).toBe(1);
});
