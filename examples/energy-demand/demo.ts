/**
 * 50 scenarios, three times: with an empty cache, again, and with one scenario changed. Ends with an error when the cache
 * did not answer exactly what it should.
 *
 * Usage: `node demo.ts [--json]`
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import type { ScalableEvent } from "scalable";
import { Cache, onEvent, summarizeCache } from "scalable";
import type { Demand } from "./demand.ts";
import { progressOn } from "./progress.ts";
import type { Row } from "./report.ts";
import { comparison, findings, table } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenario.ts";
import { simulate } from "./simulation.ts";
import type { Workspace } from "./workspace.ts";
import { prepareWorkspace } from "./workspace.ts";

const CHANGED = 7;

interface Plan {
  readonly run: string;
  readonly scenarios: readonly Scenario[];
  /** What the cache has to answer; anything else is a fault. */
  readonly hits: number;
}

interface Outcome {
  readonly row: Row;
  readonly demands: readonly Demand[];
}

function plans(): Plan[] {
  const all = scenarios();
  const changed = all.map((scenario) =>
    scenario.id === CHANGED ? { ...scenario, warming: scenario.warming + 0.5 } : scenario,
  );
  return [
    { run: "cold", scenarios: all, hits: 0 },
    { run: "warm", scenarios: all, hits: all.length },
    { run: `scenario ${CHANGED} changed`, scenarios: changed, hits: all.length - 1 },
  ];
}

async function carryOut(plan: Plan, workspace: Workspace, cache: Cache): Promise<Outcome> {
  const events: ScalableEvent[] = [];
  const stop = onEvent((event) => void events.push(event));
  const progress = progressOn(process.stderr);
  const cached = simulate.with({ cache });
  const demands: Demand[] = [];
  const start = performance.now();
  try {
    for (const scenario of plan.scenarios) {
      progress.show(`${plan.run}: scenario ${scenario.id} of ${plan.scenarios.length}`);
      demands.push(await cached(scenario, workspace.weather, workspace.reference));
    }
  } finally {
    progress.clear();
    stop();
  }
  const timeS = (performance.now() - start) / 1000;
  return { row: { run: plan.run, ...summarizeCache(events), timeS }, demands };
}

function checkCounts({ run, scenarios: { length: calls }, hits }: Plan, row: Row): void {
  if (row.calls === calls && row.hits === hits && row.misses === calls - hits) return;
  throw new Error(
    `The run "${run}" should have ${calls} calls, ${hits} hits and ${calls - hits} misses, ` +
      `but had ${row.calls}, ${row.hits} and ${row.misses}.`,
  );
}

/** What was remembered has to be what was computed, and the changed scenario must not get the old result. */
function checkResults([cold = [], warm = [], changed = []]: readonly (readonly Demand[])[]): void {
  for (const [index, computed] of cold.entries()) {
    const { scenario } = computed;
    if (!isDeepStrictEqual(computed, warm[index])) throw new Error(`Scenario ${scenario} came back changed.`);
    if (isDeepStrictEqual(computed, changed[index]) === (scenario === CHANGED)) {
      throw new Error(`Scenario ${scenario} has the wrong result after scenario ${CHANGED} was changed.`);
    }
  }
}

async function runAll(): Promise<Outcome[]> {
  const workspace = await prepareWorkspace();
  try {
    const cache = new Cache(workspace.cache);
    try {
      const outcomes: Outcome[] = [];
      for (const plan of plans()) {
        const outcome = await carryOut(plan, workspace, cache);
        checkCounts(plan, outcome.row);
        outcomes.push(outcome);
      }
      checkResults(outcomes.map((outcome) => outcome.demands));
      return outcomes;
    } finally {
      await cache.close();
    }
  } finally {
    workspace[Symbol.dispose]();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const outcomes = await runAll();
  const rows = outcomes.map((outcome) => outcome.row);
  if (values.json) {
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  const [cold, , changed] = outcomes.map((outcome) => outcome.demands);
  const lines = [table(rows, process.stdout), "", findings(cold ?? [])];
  const [before, after] = [cold?.[CHANGED - 1], changed?.[CHANGED - 1]];
  if (before !== undefined && after !== undefined) lines.push(comparison(before, after));
  console.log(lines.join("\n"));
}

try {
  await main();
} catch (error) {
  console.error(`energy-demand: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
