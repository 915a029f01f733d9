import path from "node:path";
import { ScalableError } from "scalable";
import { afterEach, expect, test, vi } from "vitest";
import {
  cacheDir,
  cacheEnabled,
  cacheSizeLimit,
  matchesAny,
  parseBytes,
  parseDuration,
  recomputeRequested,
  rehashFiles,
  seed,
} from "../src/settings.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What a setting is where its variable has a value. */
function withVariable<T>(name: string, value: string | undefined, read: () => T): T {
  vi.stubEnv(name, value);
  return read();
}

function errorOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

test("SCALABLE_CACHE_DIR is absolute, and cache/ of the working directory without it", () => {
  expect(withVariable("SCALABLE_CACHE_DIR", undefined, cacheDir)).toBe(path.resolve("cache"));
  expect(withVariable("SCALABLE_CACHE_DIR", "", cacheDir)).toBe(path.resolve("cache"));
  expect(withVariable("SCALABLE_CACHE_DIR", "a/../b", cacheDir)).toBe(path.resolve("b"));
  expect(withVariable("SCALABLE_CACHE_DIR", "/tmp/c", cacheDir)).toBe("/tmp/c");
});

test.each<[string | undefined, boolean]>([
  [undefined, true],
  ["", true],
  ["on", true],
  ["1", true],
  ["true", true],
  ["off", false],
  ["0", false],
  ["false", false],
])("SCALABLE_CACHE=%s: %s", (value, enabled) => {
  expect(withVariable("SCALABLE_CACHE", value, cacheEnabled)).toBe(enabled);
});

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ["", false],
  ["auto", false],
  ["always", true],
])("SCALABLE_HASH=%s: %s", (value, always) => {
  expect(withVariable("SCALABLE_HASH", value, rehashFiles)).toBe(always);
});

test.each<[string | undefined, bigint]>([
  [undefined, 987_654_321n],
  ["", 987_654_321n],
  ["0", 0n],
  ["007", 7n],
  ["18446744073709551615", 2n ** 64n - 1n],
])("SCALABLE_SEED=%s: %s", (value, expected) => {
  expect(withVariable("SCALABLE_SEED", value, seed)).toBe(expected);
});

test("the seed is read each time", () => {
  const seeds = ["1", "2", "2", undefined, "1"].map((value) => withVariable("SCALABLE_SEED", value, seed));

  expect(seeds).toEqual([1n, 2n, 2n, 987_654_321n, 1n]);
});

test.each<[string, string, () => unknown]>([
  ["SCALABLE_CACHE", "no", cacheEnabled],
  ["SCALABLE_CACHE", "OFF", cacheEnabled],
  ["SCALABLE_HASH", "never", rehashFiles],
  ["SCALABLE_SEED", "-1", seed],
  ["SCALABLE_SEED", "1.5", seed],
  ["SCALABLE_SEED", "0x10", seed],
  ["SCALABLE_SEED", "seed", seed],
  ["SCALABLE_SEED", "18446744073709551616", seed],
  ["SCALABLE_SEED", "9".repeat(40), seed],
  ["SCALABLE_CACHE_SIZE_LIMIT", "much", cacheSizeLimit],
  ["SCALABLE_CACHE_SIZE_LIMIT", "10 gigs", cacheSizeLimit],
])("%s=%s is refused, each time, with its name and value", (name, value, read) => {
  for (let time = 0; time < 2; time += 1) {
    const error = errorOf(() => withVariable(name, value, read));

    expect(error).toBeInstanceOf(ScalableError);
    expect(error).toMatchObject({ code: "E_SETTING", details: { setting: name } });
    expect((error as Error).message).toContain(`${name} is ${JSON.stringify(value)}, but must be `);
  }
});

test("SCALABLE_CACHE_SIZE_LIMIT", () => {
  expect(withVariable("SCALABLE_CACHE_SIZE_LIMIT", undefined, cacheSizeLimit)).toBeUndefined();
  expect(withVariable("SCALABLE_CACHE_SIZE_LIMIT", "", cacheSizeLimit)).toBeUndefined();
  expect(withVariable("SCALABLE_CACHE_SIZE_LIMIT", "500MB", cacheSizeLimit)).toBe(500 * 1024 ** 2);
});

test.each<[string | undefined, string, boolean]>([
  [undefined, "run", false],
  ["run", "run", true],
  ["run", "run2", false],
  ["run*", "run2", true],
  ["*2", "run2", true],
  ["a,run", "run", true],
  [" a , run ", "run", true],
  [",", "", false],
  ["*", "", true],
  ["r.n", "run", false],
  ["(run", "(run", true],
  ["a*c", "abc\nc", true],
  ["RUN", "run", false],
])("SCALABLE_RECOMPUTE=%j names %j: %s", (value, name, requested) => {
  expect(withVariable("SCALABLE_RECOMPUTE", value, () => recomputeRequested(name))).toBe(requested);
});

test("globs: any of them, and none of none", () => {
  expect(["a", "b1", "c"].map(matchesAny(["a", "b*"]))).toEqual([true, true, false]);
  expect(matchesAny([])("a")).toBe(false);
  expect(matchesAny(["[a]$^|\\"])("[a]$^|\\")).toBe(true);
});

test.each<[string | number, number]>([
  [0, 0],
  [1.9, 1],
  ["0", 0],
  ["123", 123],
  ["1B", 1],
  ["1kb", 1024],
  ["1.5KB", 1536],
  [" 2 MB ", 2 * 1024 ** 2],
  ["10GB", 10 * 1024 ** 3],
  ["1TB", 1024 ** 4],
])("%j is %d bytes", (value, expected) => {
  expect(parseBytes(value, "sizeLimit")).toBe(expected);
});

test.each([
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "-1",
  "1.2.3",
  "1.5.5GB",
  ".",
  "1e3",
  "0x10",
  "10G B",
  "GB",
  null,
  true,
])("%j is no number of bytes", (value) => {
  expect(errorOf(() => parseBytes(value as never, "sizeLimit"))).toMatchObject({
    code: "E_SETTING",
    details: { setting: "sizeLimit" },
  });
});

test.each<[string | number, number]>([
  [0, 0],
  [1500, 1500],
  ["1500", 1500],
  ["90s", 90_000],
  ["12h", 43_200_000],
  ["30d", 2_592_000_000],
  ["1 week", 604_800_000],
  ["1.5h", 5_400_000],
])("%j is %d milliseconds", (value, expected) => {
  expect(parseDuration(value, "maxAge")).toBe(expected);
});

test.each([
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  " ",
  "soon",
  "-1h",
  "1 fortnight",
  "1h 30m",
  "9".repeat(200),
  {},
  true,
])("%j is no duration", (value) => {
  expect(errorOf(() => parseDuration(value as never, "maxAge"))).toMatchObject({
    code: "E_SETTING",
    details: { setting: "maxAge" },
  });
});
