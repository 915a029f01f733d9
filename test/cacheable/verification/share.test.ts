import { cacheable } from "scalable";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { counter, ownCache } from "../own-cache.ts";

ownCache();

describe("the share", () => {
  let made = 0;
  const setup = (verify?: number): { fn: () => Promise<unknown>; runs: { count: number } } => {
    const runs = counter();
    made += 1;
    const fn = cacheable({ name: `drawn ${made}`, code: "name", verify }, () => {
      runs.count += 1;
      return 1;
    });
    return { fn, runs };
  };

  test.each([
    ["0.25", undefined, 25],
    ["0", undefined, 0],
    ["", undefined, 0],
    ["1", undefined, 100],
    ["1", 0, 0],
    ["0", 0.5, 50],
    ["0.5", 1, 100],
  ])("SCALABLE_CACHE_VERIFY=%s and the option %s check %i of 100 hits", async (variable, option, expected) => {
    vi.stubEnv("SCALABLE_CACHE_VERIFY", variable);
    let draw = 0;
    const random = vi.spyOn(Math, "random");
    onTestFinished(() => random.mockRestore());
    const { fn, runs } = setup(option);
    await fn();
    random.mockImplementation(() => (draw++ % 100) / 100);
    for (let hit = 0; hit < 100; hit += 1) await fn();
    expect(runs.count - 1).toBe(expected);
  });

  test.each(["2", "-1", "maybe", " ", "NaN"])("SCALABLE_CACHE_VERIFY=%s is an error", async (variable) => {
    vi.stubEnv("SCALABLE_CACHE_VERIFY", variable);
    const { fn } = setup();
    await expect(fn()).rejects.toThrow(`SCALABLE_CACHE_VERIFY is "${variable}", but must be a number from 0 to 1.`);
  });

  test.each([2, -1, Number.NaN, "1" as unknown as number])("the option %s is an error", (verify) => {
    expect(() => cacheable({ name: "fn", verify }, () => 1)).toThrow(
      'The option "verify" of cacheable cannot be used: it must be a number from 0 to 1.',
    );
  });
});
