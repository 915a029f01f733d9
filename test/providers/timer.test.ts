import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTimer } from "../../src/providers/timer.ts";

const DAY = 24 * 60 * 60 * 1_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([1, 2 ** 31 - 1, 2 ** 31, 60 * DAY])("ends after %i ms and not before", (ms) => {
  const end = vi.fn();
  startTimer(ms, end);

  vi.advanceTimersByTime(ms - 1);
  expect(end).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(1);
  expect(end).toHaveBeenCalledTimes(1);
});

test("one that was stopped does not end", () => {
  const end = vi.fn();
  const timer = startTimer(60 * DAY, end);
  vi.advanceTimersByTime(40 * DAY);

  timer.stop();
  vi.advanceTimersByTime(40 * DAY);

  expect(end).not.toHaveBeenCalled();
});
