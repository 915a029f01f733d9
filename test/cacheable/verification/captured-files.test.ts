import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { Cache, cacheable, DirType, FileType } from "scalable";
import { describe, expect, test } from "vitest";
import { counter, ownCache, said } from "../own-cache.ts";
import { told } from "./told.ts";

const cache = ownCache();

describe("captured files", () => {
  test("are compared by their content, and are back afterwards", async () => {
    const [events, runs] = [told(), counter()];
    const folder = cache.ws.resolve("results");
    const fn = cacheable(
      {
        name: "capturesHalf",
        code: "name",
        verify: 1,
        outputDir: folder,
        returnType: { out: DirType, table: FileType },
      },
      async () => {
        runs.count += 1;
        await rm(folder, { recursive: true, force: true });
        const out = `${folder}/${runs.count}`;
        await mkdir(`${out}/deep`, { recursive: true });
        await writeFile(`${out}/deep/a.txt`, "a");
        await writeFile(`${folder}/table ${runs.count}.csv`, "1,2");
        return { out, table: `${folder}/table ${runs.count}.csv` };
      },
    );
    await fn();
    const { out, table } = await fn();

    expect(runs.count).toBe(2);
    expect(events[1]).toMatchObject({ hit: true, verified: "same" });
    expect([out, table]).toEqual([`${folder}/1`, `${folder}/table 1.csv`]);
    expect(await readFile(`${out}/deep/a.txt`, "utf8")).toBe("a");
    expect(await readFile(table, "utf8")).toBe("1,2");
  });

  test("that differ are told of by their places, and the caller has the fresh ones", async () => {
    const [lines, runs] = [said(), counter()];
    const folder = cache.ws.resolve("results");
    const fn = cacheable(
      { name: "fn of folders", code: "name", verify: 1, outputDir: folder, returnType: { out: DirType } },
      async () => {
        runs.count += 1;
        await mkdir(`${folder}/deep`, { recursive: true });
        await writeFile(`${folder}/deep/a.txt`, `${runs.count}`);
        return { out: `${folder}/deep` };
      },
    );
    await fn();
    const { out } = await fn();
    expect(await readFile(`${out}/a.txt`, "utf8")).toBe("2");
    expect(lines[0]).toContain("result.out.members.get('a.txt').digest: ");
  });

  test("are those of the store where the computation cannot be repeated", async () => {
    const [events, runs] = [told(), counter()];
    said();
    const file = cache.ws.resolve("a.txt");
    const fn = cacheable(
      { name: "fragileFile", code: "name", verify: 1, outputDir: cache.ws.path, returnType: FileType },
      async () => {
        runs.count += 1;
        await writeFile(file, `half of ${runs.count}`);
        if (runs.count > 1) throw new Error("no");
        return file;
      },
    );
    await fn();
    expect(await readFile(await fn(), "utf8")).toBe("half of 1");
    expect(events[1]).toMatchObject({ hit: true, verified: "failed" });
  });
});

test("long values and files in quarantine are counted, checked and evicted like others", async () => {
  const runs = counter();
  said();
  const folder = cache.ws.resolve("results");
  const fn = cacheable(
    {
      name: "capturesBoth",
      code: "name",
      verify: 1,
      outputDir: folder,
      returnType: { file: FileType, bytes: Uint8Array },
    },
    async () => {
      runs.count += 1;
      await writeFile(`${folder}/a.txt`, `run ${runs.count}`);
      return { file: `${folder}/a.txt`, bytes: new Uint8Array(100_000).fill(runs.count) };
    },
  );
  await mkdir(folder);
  await fn();
  await fn();
  expect(await readFile(`${folder}/a.txt`, "utf8")).toBe("run 2");

  await using store = new Cache();
  expect(await store.verify()).toMatchObject({ entries: 1, blobs: 2, problems: [], leftovers: { files: 0 } });
  await fn(); // a new entry
  await fn(); // which is quarantined in turn, in place of the first
  expect(await store.verify()).toMatchObject({ entries: 1, blobs: 2, problems: [], leftovers: { files: 0 } });
  expect(await store.prune({ maxBytes: 0 })).toMatchObject({ entries: 1 });
  expect(await store.verify()).toMatchObject({ entries: 0, blobs: 0, problems: [], leftovers: { files: 0 } });
});
