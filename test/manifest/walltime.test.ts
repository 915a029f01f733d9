import fc from "fast-check";
import { expect, test } from "vitest";
import { readWalltime } from "../../src/manifest/walltime.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  ["4h", 4 * HOUR],
  ["30m", 30 * MINUTE],
  ["1.1h", 66 * MINUTE],
  ["90 minutes", 90 * MINUTE],
  ["2d", 2 * DAY],
  ["1s", 1000],
  ["366d", 366 * DAY],
  ["04:00:00", 4 * HOUR],
  ["4:00:00", 4 * HOUR],
  ["04:00", 4 * MINUTE],
  ["0:30", 30_000],
  ["90:00", 90 * MINUTE],
  ["00:75:00", 75 * MINUTE],
  ["100:00:00", 100 * HOUR],
  ["1-0", DAY],
  ["1-12", DAY + 12 * HOUR],
  ["1-12:30", DAY + 12 * HOUR + 30 * MINUTE],
  ["1-12:00:00", DAY + 12 * HOUR],
  ["0-00:01:30", 90_000],
])("%j is %d ms, as for sbatch", (text, walltimeMs) => {
  expect(readWalltime(text)).toEqual({ walltimeMs });
});

test.each([
  ["90", /minutes for sbatch, and milliseconds for scalable$/],
  ["1.5", /minutes for sbatch/],
  ["-90", /minutes for sbatch/],
  ["1e3", /minutes for sbatch/],
  ["", /^a time with its unit/],
  [" ", /^a time with its unit/],
  ["soon", /^a time with its unit/],
  ["UNLIMITED", /^a time with its unit/],
  ["-4h", /^a time with its unit/],
  [":30", /^a time with its unit/],
  ["4:", /^a time with its unit/],
  ["1-", /^a time with its unit/],
  ["-1:00", /^a time with its unit/],
  ["1:2:3:4", /^a time with its unit/],
  ["1-2:3:4:5", /^a time with its unit/],
  ["1-2-3", /^a time with its unit/],
  ["4:00h", /^a time with its unit/],
  ["1.5:00", /^a time with its unit/],
  ["04:00:00\n", /^a time with its unit/],
  ["1:".repeat(100_000), /^a time with its unit/],
  ["0:00", /^a time from 1s to 366d$/],
  ["0h", /^a time from 1s/],
  ["999ms", /^a time from 1s/],
  ["367d", /^a time from 1s/],
  ["999999999-0", /^a time from 1s/],
])("%j is none", (text, fault) => {
  expect(readWalltime(text)).toEqual({ fault: expect.stringMatching(fault) });
});

test("what is written in days, hours, minutes and seconds is their sum", () => {
  const part = fc.nat(300);
  fc.assert(
    fc.property(fc.tuple(part, part, part, part), fc.boolean(), ([d, h, m, s], padded) => {
      const text = [h, m, s].map((each) => String(each).padStart(padded ? 2 : 1, "0")).join(":");
      const clock = h * HOUR + m * MINUTE + s * 1000;
      const expected = (milliseconds: number) =>
        milliseconds === 0 ? { fault: "a time from 1s to 366d" } : { walltimeMs: milliseconds };
      expect(readWalltime(text)).toEqual(expected(clock));
      expect(readWalltime(`${d}-${text}`)).toEqual(expected(d * DAY + clock));
    }),
  );
});
