import { cacheable, DirType, FileType, ScalableError } from "scalable";
import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";
import { counter, ownCache } from "./own-cache.ts";

ownCache();

class Diverged extends Error {
  readonly steps: number;
  constructor(steps: number) {
    super(`diverged after ${steps} steps`);
    this.steps = steps;
  }
}

/** The reasons of calls that all fail. */
async function reasons(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  const ended = await Promise.allSettled(calls);
  return ended.map((end) => (end.status === "rejected" ? end.reason : new Error("did not fail")));
}

test("what the function throws reaches the caller as it is, and the next call runs again", async () => {
  const thrown: Error[] = [];
  const failing = cacheable(async function failing() {
    const error = new Diverged(thrown.length);
    thrown.push(error);
    throw error;
  });

  const [first] = await reasons([failing()]);
  const [second] = await reasons([failing()]);

  expect(first).toBe(thrown[0]);
  expect(second).toBe(thrown[1]);
  expect(await failing.has()).toBe(false);
});

test("a function that fails once is stored when it succeeds", async () => {
  const runs = counter();
  const flaky = cacheable(async function flaky() {
    runs.count += 1;
    if (runs.count === 1) throw new Error("not yet");
    return runs.count;
  });

  await expect(flaky()).rejects.toThrow("not yet");
  expect([await flaky(), await flaky()]).toEqual([2, 2]);
});

test("everyone who waited for the same call gets the same error", async () => {
  const gate = Promise.withResolvers<void>();
  const runs = counter();
  const failing = cacheable(async function together(_x: number) {
    runs.count += 1;
    await gate.promise;
    throw new Diverged(runs.count);
  });

  const calls = [failing(1), failing(1), failing(1)];
  const all = reasons(calls);
  gate.resolve();
  const [first, ...others] = await all;

  expect(first).toBeInstanceOf(Diverged);
  for (const other of others) expect(other).toBe(first);
  expect(runs.count).toBe(1);
  expect(await reasons([failing(1)])).not.toContain(first);
  expect(runs.count).toBe(2);
});

test.each([
  ["undefined", undefined],
  ["null", null],
  ["text", "failed"],
  ["a number", 0],
  ["an object", { code: 5 }],
  ["a promise", Promise.resolve(5)],
])("%s can be thrown as well", async (name, thrown) => {
  const failing = cacheable({ name: `throws ${name}` }, async (_x: number) => {
    throw thrown;
  });

  const [first, joined] = await reasons([failing(1), failing(1)]);

  expect(first).toBe(thrown);
  expect(joined).toBe(thrown);
});

test("a function that throws at once rejects, and does not throw", async () => {
  const throwing = cacheable(function throwing(): number {
    throw new Diverged(0);
  });

  const call = throwing();

  await expect(call).rejects.toBeInstanceOf(Diverged);
});

test("arguments that no key can be made of reject, and name the path", async () => {
  const solve = cacheable(async function solve(params: object) {
    return params;
  });

  const call = solve({ solver: { callback: () => 1 } });

  const [error] = await reasons([call]);
  expect(error).toBeInstanceOf(ScalableError);
  expect(error).toMatchObject({
    code: "E_ARGUMENT_UNHASHABLE",
    details: { parameter: "params", valuePath: "params.solver.callback" },
  });
});

test("an argument that cannot be coerced rejects, and names function, parameter and value", async () => {
  const typed = cacheable({ args: { job: { year: Number } } }, async function typed(job: { readonly year: number }) {
    return job.year;
  });

  await expect(typed({ year: "soon" as never })).rejects.toMatchObject({
    code: "E_ARGUMENT_TYPE",
    message: expect.stringMatching(/^typed: the argument "job\.year" must be .* but is 'soon'/),
    details: { functionName: "typed", parameter: "job.year" },
  });
});

test.each([
  ["FileType", FileType],
  ["DirType", DirType],
])("a missing path of a %s is an error that names it as it was given", async (name, type) => {
  const runs = counter();
  const reads = cacheable({ args: { input: type }, version: name }, async function reads(input: string) {
    runs.count += 1;
    return input;
  });

  await expect(reads("no/such/place")).rejects.toMatchObject({
    code: "E_FILE_NOT_FOUND",
    message: 'File does not exist: "no/such/place"',
    details: { path: "no/such/place" },
  });
  expect(runs.count).toBe(0);
});

test("questions about a call that cannot be identified reject as well", async () => {
  const solve = cacheable(async function asked(params: unknown) {
    return params;
  });
  const bad = Symbol("bad");

  const ended = await reasons([
    solve.key(bad),
    solve.has(bad),
    solve.forget(bad),
    solve.recompute(bad),
    solve.explain(bad),
  ]);

  expect(ended.map((error) => (error as ScalableError).code)).toEqual(new Array(5).fill("E_ARGUMENT_UNHASHABLE"));
});

test("settings that cannot be meant reject", async () => {
  const ws = await workspace();
  await ws.write(
    "settings.ts",
    `import { cacheable } from "scalable";
     const f = cacheable(async function f() {});
     for (const [name, value] of [["SCALABLE_SEED", "-1"], ["SCALABLE_CACHE", "maybe"], ["SCALABLE_HASH", "never"]]) {
       process.env[name] = value;
       console.log(await f().catch((error) => error.code + " " + error.message));
       delete process.env[name];
     }
     console.log(await f());`,
  );

  const { stdout } = await ws.run("settings.ts");

  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^E_SETTING SCALABLE_SEED is "-1"/),
    expect.stringMatching(/^E_SETTING SCALABLE_CACHE is "maybe"/),
    expect.stringMatching(/^E_SETTING SCALABLE_HASH is "never"/),
    "undefined",
    "",
  ]);
});

test("a working directory that was removed is no obstacle to a call with absolute paths", async () => {
  const ws = await workspace();
  await ws.write("input.csv", "1");
  await ws.write("gone/a", "");
  await ws.write(
    "gone.ts",
    `import { rmSync } from "node:fs";
     import path from "node:path";
     import { cacheable, FileType } from "scalable";
     process.env["SCALABLE_CACHE_DIR"] = path.resolve("cache");
     const [input, gone] = [path.resolve("input.csv"), path.resolve("gone")];
     const reads = cacheable({ args: { file: FileType } }, async function reads(file: string) {
       console.log("ran");
       return path.basename(file);
     });
     process.chdir(gone);
     rmSync(gone, { recursive: true });
     console.log(await reads(input), await reads(input));`,
  );

  const { stdout, stderr } = await ws.run("gone.ts");

  expect(stdout).toBe("ran\ninput.csv input.csv\n");
  expect(stderr).toBe("");
});
