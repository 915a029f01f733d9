import fc from "fast-check";
import { expect, test } from "vitest";
import { type DividedBy, divide } from "../../../src/providers/slurm/divide.ts";

const UNKNOWN: DividedBy = {
  callsPerJob: undefined,
  secondsOf: () => undefined,
  maxJobs: undefined,
  walltimeS: undefined,
};

/** Seconds that calls of each function took; calls of others were never made. */
const SECONDS: Readonly<Record<string, number>> = { instant: 0, quick: 0.01, short: 1, medium: 4, long: 60 };
const secondsOf = (name: string): number | undefined => SECONDS[name];

const calls = fc.array(fc.constantFrom(...Object.keys(SECONDS), "unknown"), { maxLength: 300 });
const settings = fc.record({
  callsPerJob: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
  maxJobs: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
  walltimeS: fc.option(fc.double({ min: 1, max: 1e6, noNaN: true }), { nil: undefined }),
});

function jobsOf(functions: readonly string[], by: DividedBy): string[][] {
  const firsts = divide(functions, by);
  return firsts.map((first, job) => functions.slice(first, firsts[job + 1]));
}

test("each call is in exactly one job, in the order in which they came", () => {
  fc.assert(
    fc.property(calls, settings, (functions, by) => {
      const jobs = jobsOf(functions, { ...by, secondsOf });

      expect(jobs.flat()).toEqual(functions);
      expect(jobs.every((job) => job.length > 0)).toBe(true);
    }),
  );
});

test("calls_per_job is what it says: only the last job may have fewer", () => {
  fc.assert(
    fc.property(calls, settings, fc.integer({ min: 1, max: 400 }), (functions, by, callsPerJob) => {
      const sizes = jobsOf(functions, { ...by, secondsOf, callsPerJob }).map((job) => job.length);

      expect(sizes.slice(0, -1).every((size) => size === callsPerJob)).toBe(true);
      expect(sizes.every((size) => size <= callsPerJob)).toBe(true);
    }),
  );
});

test("calls share a job only where that takes no more than ten seconds, or half of the walltime", () => {
  fc.assert(
    fc.property(calls, settings, (functions, by) => {
      for (const job of jobsOf(functions, { ...by, secondsOf, callsPerJob: undefined })) {
        const seconds = job.map((name) => secondsOf(name) ?? Number.POSITIVE_INFINITY);
        const total = seconds.reduce((sum, each) => sum + each, 0);

        expect(job.length === 1 || total <= Math.min(10, (by.walltimeS ?? 20) / 2) + 1e-9).toBe(true);
      }
    }),
  );
});

test("they are spread over as many jobs as may run, or eight, where that takes each two seconds", () => {
  fc.assert(
    fc.property(calls, settings, (functions, by) => {
      const width = by.maxJobs ?? 8;
      for (const job of jobsOf(functions, { ...by, secondsOf, callsPerJob: undefined })) {
        const before = job.slice(0, -1).reduce((sum, name) => sum + (secondsOf(name) ?? 0), 0);
        const spread = Math.max(1, Math.ceil(functions.length / width));
        expect(job.length <= spread || before < 2 + 1e-9).toBe(true);
      }
    }),
  );
});

test("a call of which nobody knows how long it takes has a job of its own", () => {
  expect(divide(["a", "b", "c"], UNKNOWN)).toEqual([0, 1, 2]);
  expect(divide(["quick", "unknown", "quick", "quick"], { ...UNKNOWN, secondsOf, maxJobs: 1 })).toEqual([0, 1, 2]);
});

test.each([
  ["none", [], UNKNOWN, []],
  [
    "three thousand short ones",
    new Array(3000).fill("quick"),
    { ...UNKNOWN, secondsOf },
    [0, 375, 750, 1125, 1500, 1875, 2250, 2625],
  ],
  ["a thousand short ones", new Array(1000).fill("quick"), { ...UNKNOWN, secondsOf }, [0, 200, 400, 600, 800]],
  ["few short ones", new Array(100).fill("quick"), { ...UNKNOWN, secondsOf }, [0]],
  ["of four seconds each", new Array(5).fill("medium"), { ...UNKNOWN, secondsOf, maxJobs: 1 }, [0, 2, 4]],
  [
    "with a walltime of 10 s",
    new Array(5).fill("medium"),
    { ...UNKNOWN, secondsOf, maxJobs: 1, walltimeS: 10 },
    [0, 1, 2, 3, 4],
  ],
  ["all in one job", ["long", "long", "long"], { ...UNKNOWN, callsPerJob: 500 }, [0]],
] as const)("%s", (_what, functions, by, firsts) => {
  expect(divide(functions, by)).toEqual(firsts);
});

test("a hundred thousand are divided at once", () => {
  expect(divide(new Array(100_000).fill("long"), { ...UNKNOWN, secondsOf })).toHaveLength(100_000);
});
