import { chmod, readdir, rm, writeFile } from "node:fs/promises";
import { cacheable } from "scalable";
import { expect, test } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

const own = ownCache();

function counting(name: string) {
  const runs = counter();
  const cached = cacheable({ name, code: "name" }, async (x: number) => {
    runs.count += 1;
    return { x };
  });
  return { runs, cached };
}

test("a file in place of the folder: calls are computed, with one warning", async () => {
  const lines = said();
  const { runs, cached } = counting("file for folder");
  await own.ws.write("cache", "not a folder");

  expect([await cached(1), await cached(1), await cached(2)]).toEqual([{ x: 1 }, { x: 1 }, { x: 2 }]);

  expect(await cached.has(1)).toBe(false);
  expect(runs.count).toBe(3);
  expect(lines).toEqual([expect.stringMatching(/^scalable: warning: The cache in .* cannot be used/)]);
});

test("without the store, calls at one time still run once", async () => {
  said();
  const { runs, cached } = counting("storeless");
  await own.ws.write("cache", "not a folder");

  const results = await Promise.all([cached(1), cached(1), cached(1)]);

  expect(results).toEqual([{ x: 1 }, { x: 1 }, { x: 1 }]);
  expect(runs.count).toBe(1);
});

test("an index that is no database is replaced: the value is right, with one warning", async () => {
  const lines = said();
  const { runs, cached } = counting("garbage");
  await own.ws.write("cache/cache.db", "this is not a database, and long enough to be looked at as one".repeat(100));

  expect([await cached(1), await cached(1)]).toEqual([{ x: 1 }, { x: 1 }]);

  expect(runs.count).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^scalable: warning: The index of the cache in .* was damaged/);
});

test("an index that becomes garbage while it is used", async () => {
  const lines = said();
  const { cached } = counting("becoming garbage");
  await cached(1);
  for (const name of await readdir(own.ws.resolve("cache"))) {
    if (name.startsWith("cache.db")) await writeFile(own.ws.resolve("cache", name), "garbage ".repeat(10_000));
  }

  expect([await cached(1), await cached(2), await cached(1)]).toEqual([{ x: 1 }, { x: 2 }, { x: 1 }]);

  expect(lines.every((line) => line.startsWith("scalable: warning: "))).toBe(true);
});

test("a folder that is deleted while it is used", async () => {
  const { runs, cached } = counting("deleted");
  await cached(1);
  await rm(own.ws.resolve("cache"), { recursive: true });

  expect([await cached(1), await cached(2)]).toEqual([{ x: 1 }, { x: 2 }]);

  expect(runs.count).toBeGreaterThanOrEqual(2);
});

test("a folder that cannot be written: what is stored is read, the rest is computed, with one warning", async () => {
  await own.ws.write(
    "double.ts",
    `import { cacheable } from "scalable";
     // For root, no folder is read-only.
     if (process.argv[2] === "read" && process.getuid?.() === 0) process.setuid?.(65_534);
     const double = cacheable(async function double(x: number) { console.log("ran", x); return x * 2; });
     for (const x of process.argv[2] === "read" ? [1, 2, 2] : [1]) console.log(await double(x));`,
  );
  await own.ws.run("double.ts", { args: ["fill"] });
  const members = await readdir(own.ws.resolve("cache"), { recursive: true });
  for (const name of ["", "cache", ...members.map((member) => `cache/${member}`)]) {
    await chmod(own.ws.resolve(name), 0o555);
  }

  const { stdout, stderr } = await own.ws.run("double.ts", { args: ["read"] });

  expect(stdout).toBe("2\nran 2\n4\nran 2\n4\n");
  expect(stderr).toMatch(/^scalable: warning: The cache in .* cannot be used for storing: .*\n$/);
});
