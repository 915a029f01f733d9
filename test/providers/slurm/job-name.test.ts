import fc from "fast-check";
import { expect, test } from "vitest";
import { jobNameOf } from "../../../src/providers/slurm/watched-array.ts";

const ID = "20261128T143000Z-1f00c2aa";
const call = (name: string) => ({ id: "task-1", name, function_name: "f" });

test.each([
  ["simulate", `simulate.${ID}`],
  ["run model: 2040 (high)", `run-model-2040-high-.${ID}`],
  ["需求", `-.${ID}`],
  ["x".repeat(100), `${"x".repeat(60)}.${ID}`],
])("the jobs of %j are called %j", (name, expected) => {
  expect(jobNameOf({ id: ID, calls: [call(name), call("other")] })).toBe(expected);
});

test("a name of jobs is one word, whatever the task is called, and has the array in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const jobName = jobNameOf({ id: ID, calls: [call(name)] });

      expect(jobName).toMatch(/^[A-Za-z0-9_-]{0,60}\.[0-9TZ]+-[0-9a-f]{8}$/);
      expect(jobName.endsWith(`.${ID}`)).toBe(true);
    }),
  );
});
