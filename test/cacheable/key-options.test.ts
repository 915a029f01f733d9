import { mkdir, rm } from "node:fs/promises";
import { cacheable } from "scalable";
import { expect, test, vi } from "vitest";
import { counter, ownCache, said } from "./own-cache.ts";

const own = ownCache();

test("each version has results of its own", async () => {
  const runs = counter();
  const versioned = cacheable(async function versioned() {
    runs.count += 1;
    return runs.count;
  });
  const [one, two, empty] = [
    versioned.with({ version: "1" }),
    versioned.with({ version: "2" }),
    versioned.with({ version: "" }),
  ];

  expect([await versioned(), await one(), await two(), await empty()]).toEqual([1, 2, 3, 4]);
  expect([await versioned(), await one(), await two(), await empty()]).toEqual([1, 2, 3, 4]);
});

test("code: name takes another body for the same function, code: function does not", async () => {
  const older = cacheable({ name: "model" }, async (x: number) => x * 2);
  const newer = cacheable({ name: "model" }, async (x: number) => x * 3);
  const byName = { code: "name" } as const;
  said();

  expect([await older(1), await newer(1)]).toEqual([2, 3]);
  expect([await older.with(byName)(1), await newer.with(byName)(1)]).toEqual([2, 2]);
});

test("the name counts in both", async () => {
  const run = async (x: number): Promise<number> => x;
  const [a, b] = [cacheable({ name: "a" }, run), cacheable({ name: "b" }, run)];

  expect(await a.key(1)).not.toBe(await b.key(1));
  expect(await a.with({ code: "name" }).key(1)).not.toBe(await b.with({ code: "name" }).key(1));
});

test("environment variables that are named count: set, unset, changed", async () => {
  const runs = counter();
  const inMode = cacheable({ env: ["SOLVER_MODE", "SOLVER_TOLERANCE"] }, async function inMode() {
    runs.count += 1;
    return [process.env["SOLVER_MODE"], runs.count];
  });
  const inValue = async (value: string | undefined): Promise<unknown> => {
    vi.stubEnv("SOLVER_MODE", value);
    return inMode();
  };

  expect(await inValue("fast")).toEqual(["fast", 1]);
  expect(await inValue("exact")).toEqual(["exact", 2]);
  expect(await inValue(undefined)).toEqual([undefined, 3]);
  expect(await inValue("")).toEqual(["", 4]);
  expect(await inValue("fast")).toEqual(["fast", 1]);
  expect(await inValue(undefined)).toEqual([undefined, 3]);
});

test("the order in which variables are named does not count", async () => {
  const run = async (): Promise<number> => 1;
  const [ab, ba] = [
    cacheable({ name: "r", env: ["A", "B"] }, run),
    cacheable({ name: "r", env: ["B", "A", "B"] }, run),
  ];

  expect(await ab.key()).toBe(await ba.key());
});

test("a variable that changes while the function runs: the result is returned and not stored", async () => {
  const lines = said();
  const gate = Promise.withResolvers<void>();
  const readsLate = cacheable({ env: ["SOLVER_MODE"] }, async function readsLate() {
    await gate.promise;
    return process.env["SOLVER_MODE"];
  });

  vi.stubEnv("SOLVER_MODE", "a");
  const call = readsLate();
  vi.stubEnv("SOLVER_MODE", "b");
  gate.resolve();

  expect(await call).toBe("b");
  vi.stubEnv("SOLVER_MODE", "a");
  expect(await readsLate()).toBe("a");
  expect(lines).toEqual([expect.stringMatching(/readsLate was not stored: the variable SOLVER_MODE was changed/)]);
});

test("inputs: a file and a folder count with their content", async () => {
  const runs = counter();
  const file = await own.ws.write("table.csv", "1");
  await own.ws.write("data/a.csv", "1");
  const reads = cacheable({ inputs: [file, own.ws.resolve("data")] }, async function reads(x: number) {
    runs.count += 1;
    return x;
  });

  await reads(1);
  await reads(1);
  expect(runs.count).toBe(1);
  await own.ws.write("table.csv", "2");
  await reads(1);
  expect(runs.count).toBe(2);
  await own.ws.write("data/deep/b.csv", "2");
  await reads(1);
  expect(runs.count).toBe(3);
  await own.ws.write("table.csv", "1");
  await rm(own.ws.resolve("data/deep"), { recursive: true });
  await reads(1);
  expect(runs.count).toBe(3);
});

test("inputs: a function of the coerced arguments", async () => {
  const runs = counter();
  await own.ws.write("2030.csv", "a");
  await own.ws.write("2031.csv", "b");
  const seen: unknown[] = [];
  const yearly = cacheable(
    {
      args: { year: Number },
      inputs: (year) => {
        seen.push(year);
        return [own.ws.resolve(`${year}.csv`)];
      },
    },
    async function yearly(year: number) {
      runs.count += 1;
      return year;
    },
  );

  await yearly("2030" as never);
  await yearly(2031);
  expect(seen).toEqual([2030, 2031]);
  await own.ws.write("2031.csv", "c");
  await yearly(2030);
  await yearly(2031);

  expect(runs.count).toBe(3);
});

test("inputs: what is missing is an error that names it", async () => {
  const missing = cacheable({ inputs: ["no-such-file.csv"] }, async function missing() {
    return 1;
  });

  await expect(missing()).rejects.toMatchObject({
    code: "E_FILE_NOT_FOUND",
    message: 'File does not exist: "no-such-file.csv"',
  });
});

test("inputs: a function that returns no list is an error, and so is one that throws", async () => {
  const wrong = cacheable({ inputs: (() => "a.csv") as never }, async function wrong() {
    return 1;
  });
  const later = cacheable({ inputs: (async () => ["a.csv"]) as never }, async function later() {
    return 1;
  });
  const throwing = cacheable(
    {
      inputs: () => {
        throw new RangeError("no year");
      },
    },
    async function throwing() {
      return 1;
    },
  );

  await expect(wrong()).rejects.toMatchObject({ code: "E_SETTING", details: { functionName: "wrong" } });
  await expect(later()).rejects.toMatchObject({ code: "E_SETTING" });
  await expect(throwing()).rejects.toThrow(RangeError);
});

test("a folder in place of a file, with nothing in it, is another key", async () => {
  const place = await own.ws.write("input", "");
  const either = cacheable({ inputs: [place] }, async function either() {
    return 1;
  });
  const asFile = await either.key();

  await rm(place);
  await mkdir(place);

  expect(await either.key()).not.toBe(asFile);
});
