import { beforeEach, describe, expect, test, vi } from "vitest";
import { Worth } from "../../../src/store/remote/worth.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  return () => vi.useRealTimers();
});

describe("a function", () => {
  test("is left out when asking for it has wasted five seconds", () => {
    const worth = new Worth("worthwhile");

    for (let call = 0; call < 49; call += 1) worth.inVain("f", 100, 1);
    expect(worth.isAsked("f")).toBe(true);
    worth.inVain("f", 101, 1);

    expect(worth.isAsked("f")).toBe(false);
    expect(worth.isAsked("g")).toBe(true);
  });

  test("is asked for as long as answers save more than the others cost", () => {
    const worth = new Worth("worthwhile");

    for (let call = 0; call < 1_000; call += 1) {
      worth.saved("f", 100, 1);
      worth.saved("f", 100, 200);
    }

    expect(worth.isAsked("f")).toBe(true);
  });

  test("that is dear to compute is asked for, however often in vain", () => {
    const worth = new Worth("worthwhile");

    for (let call = 0; call < 1_000; call += 1) worth.inVain("f", 100, 101);

    expect(worth.isAsked("f")).toBe(true);
  });

  test("is not made dear for ever by one long computation", () => {
    const worth = new Worth("worthwhile");
    worth.saved("f", 1, 1e300);

    worth.saved("f", 5_000, 0);

    expect(worth.isAsked("f")).toBe(false);
  });

  test("is always asked for where that is the rule, and values under names of one's own are", () => {
    const always = new Worth("always");
    const worth = new Worth("worthwhile");
    always.saved("f", 100_000, 1);
    worth.saved("", 100_000, 0);

    expect(always.isAsked("f")).toBe(true);
    expect(worth.isAsked("")).toBe(true);
  });
});

test("questions at one time share it", () => {
  const worth = new Worth("worthwhile");
  const ends = Array.from({ length: 100 }, () => worth.begin());
  vi.advanceTimersByTime(200);
  const [first, ...others] = ends.map((end) => end());

  expect(first).toBeCloseTo(2);
  expect(others.every((ms) => Math.abs(ms - 2) < 1e-6)).toBe(true);

  vi.advanceTimersByTime(1_000);
  const alone = worth.begin();
  vi.advanceTimersByTime(50);
  expect(alone()).toBeCloseTo(50);
});
