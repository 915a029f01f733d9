import fc from "fast-check";
import { expect, test } from "vitest";
import type { SlurmOptions } from "../../../src/manifest/slurm-options.ts";
import { type Submission, sbatchArguments, timeText } from "../../../src/providers/slurm/sbatch-arguments.ts";

const PLAIN: SlurmOptions = { extra: [], pollIntervalMs: 10_000, setup: [], workDir: "/work" };
const SUBMISSION: Submission = {
  folder: "/shared/jobs/20261128T143000Z-1f00c2aa",
  script: "/shared/jobs/20261128T143000Z-1f00c2aa/job.sh",
  jobName: "simulate.20261128T143000Z-1f00c2aa",
  jobs: 12,
  atOnce: undefined,
  resources: { cpus: 1 },
  after: [],
};

test("what the manifest says nothing of is left to Slurm", () => {
  expect(sbatchArguments(PLAIN, SUBMISSION)).toEqual([
    "--parsable",
    "--array=0-11",
    "--job-name=simulate.20261128T143000Z-1f00c2aa",
    "--chdir=/shared/jobs/20261128T143000Z-1f00c2aa",
    "--output=/shared/jobs/20261128T143000Z-1f00c2aa/output/%a.log",
    "--open-mode=append",
    "--requeue",
    "--export=ALL",
    "--cpus-per-task=1",
    "/shared/jobs/20261128T143000Z-1f00c2aa/job.sh",
  ]);
});

test("each option is asked for in the way of sbatch, and the user's own ones come last", () => {
  const options: SlurmOptions = {
    ...PLAIN,
    queue: "short,long",
    account: "e12 34",
    qos: "normal",
    constraint: "[a|b]&c",
    gres: "gpu:a100:2",
    nodes: 2,
    extra: ["--exclusive", "--mail-user=ann@example.org"],
  };
  const resources = { cpus: 8, memory_bytes: 4 * 2 ** 30, walltime_s: 90_061 };

  const args = sbatchArguments(options, { ...SUBMISSION, atOnce: 5, resources, after: ["17", "4711"] });

  expect(args.slice(8)).toEqual([
    "--cpus-per-task=8",
    "--mem=4096M",
    "--time=1-01:01:01",
    "--partition=short,long",
    "--account=e12 34",
    "--qos=normal",
    "--constraint=[a|b]&c",
    "--gres=gpu:a100:2",
    "--nodes=2",
    "--dependency=afterany:17:4711",
    "--exclusive",
    "--mail-user=ann@example.org",
    SUBMISSION.script,
  ]);
  expect(args).toContain("--array=0-11%5");
});

test.each([
  [1, "1M"],
  [2 ** 20, "1M"],
  [2 ** 20 + 1, "2M"],
  [100 * 10 ** 6, "96M"],
  [2 ** 40, "1048576M"],
])("%i bytes are asked for as %s: never as less", (memory_bytes, expected) => {
  const args = sbatchArguments(PLAIN, { ...SUBMISSION, resources: { cpus: 1, memory_bytes } });

  expect(args).toContain(`--mem=${expected}`);
});

test("each is one argument: no text makes another one of it", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 });
  fc.assert(
    fc.property(text, text, (queue, account) => {
      const args = sbatchArguments({ ...PLAIN, queue, account }, SUBMISSION);

      expect(args).toHaveLength(sbatchArguments(PLAIN, SUBMISSION).length + 2);
      expect(args.every((argument, place) => argument.startsWith("--") || place === args.length - 1)).toBe(true);
    }),
  );
});

test.each([
  [1, "0-00:00:01"],
  [59.2, "0-00:01:00"],
  [60, "0-00:01:00"],
  [3_599.5, "0-01:00:00"],
  [86_399, "0-23:59:59"],
  [86_400, "1-00:00:00"],
  [366 * 86_400 * 10, "3660-00:00:00"],
])("%f seconds are %s", (seconds, expected) => {
  expect(timeText(seconds)).toBe(expected);
});

test("a time is what it was, in whole seconds and never less", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (seconds) => {
      const [, days, hours, minutes, rest] = /^(\d+)-(\d\d):(\d\d):(\d\d)$/.exec(timeText(seconds)) ?? [];

      expect([Number(hours) < 24, Number(minutes) < 60, Number(rest) < 60]).toEqual([true, true, true]);
      expect(((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(rest)).toBe(Math.ceil(seconds));
    }),
  );
});
