/*
 * A user's program: check-package.ts compiles it against the types of the packed package, in an empty project, and
 * runs it there.
 */
import assert from "node:assert/strict";
import { cacheable } from "scalable";

let runs = 0;

const simulate = cacheable(
  { returnType: Object, args: { scenarioId: Number } },
  async function simulate(scenarioId: number) {
    runs += 1;
    return { scenario: scenarioId, demandMw: scenarioId * 1.5 };
  },
);

const first: { scenario: number; demandMw: number } = await simulate(42);
// @ts-expect-error The result is not a string: this fails to compile if the types of the package got lost.
const wrong: string = await simulate(42);

assert.deepEqual(first, { scenario: 42, demandMw: 63 });
assert.deepEqual(wrong, first);
assert.equal(runs, 1, "the second call was not answered from the cache");
