/**
 * 50 scenarios, in three runs of a session: with an empty cache, again, and with one scenario changed. Ends with an error when
 * the cache did not answer exactly what it should.
 *
 * Usage: `node demo.ts [--json]`
 */
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import type { ScalableEvent } from "scalable";
import { asCompleted, isMain, onEvent, ScalableSession, summarizeCache } from "scalable";
import type { Demand } from "./demand.ts";
import { progressOn } from "./progress.ts";
import type { Row } from "./report.ts";
import { comparison, findings, latestReport, table } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenario.ts";
import { simulate } from "./simulation.ts";
import type { Workspace } from "./workspace.ts";
import { prepareWorkspace } from "./workspace.ts";

const MANIFEST = fileURLToPath(new URL("scalable.yaml", import.meta.url));
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

/** One run of a session: all scenarios are submitted at once, and those that the cache does not have go to the workers. */
async function carryOut(plan: Plan, { weather, reference }: Workspace): Promise<Outcome> {
  const events: ScalableEvent[] = [];
  const stop = onEvent((event) => void events.push(event));
  const progress = progressOn(process.stderr);
  const session = await ScalableSession.fromYaml(MANIFEST, { target: "local" });
  try {
    const start = performance.now();
    const client = session.start();
    const futures = plan.scenarios.map((scenario) => client.submit(simulate, [scenario, weather, reference]));
    let done = 0;
    for await (const _ of asCompleted(futures)) {
      done += 1;
      progress.show(`${plan.run}: ${done} of ${futures.length} scenarios`);
    }
    const demands = await client.gather(futures);
    const timeS = (performance.now() - start) / 1000;
    return { row: { run: plan.run, ...summarizeCache(events), timeS }, demands };
  } finally {
    progress.clear();
    await session.close();
    stop();
  }
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

async function runAll(workspace: Workspace): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const plan of plans()) {
    const outcome = await carryOut(plan, workspace);
    checkCounts(plan, outcome.row);
    outcomes.push(outcome);
  }
  checkResults(outcomes.map((outcome) => outcome.demands));
  return outcomes;
}

function textOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => outcome.row);
  const [cold, , changed] = outcomes.map((outcome) => outcome.demands);
  const lines = [table(rows, process.stdout), "", findings(cold ?? [])];
  const [before, after] = [cold?.[CHANGED - 1], changed?.[CHANGED - 1]];
  if (before !== undefined && after !== undefined) lines.push(comparison(before, after));
  return lines.join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const workspace = await prepareWorkspace();
  try {
    // Whatever the surroundings say: sessions and their workers go by these.
    process.env["SCALABLE_CACHE_DIR"] = workspace.cache;
    process.env["SCALABLE_RUNS_DIR"] = workspace.runs;
    process.env["SCALABLE_TELEMETRY"] = "on";
    const outcomes = await runAll(workspace);
    if (values.json) {
      console.log(
        JSON.stringify(
          outcomes.map((outcome) => outcome.row),
          null,
          2,
        ),
      );
      return;
    }
    console.log(`${textOf(outcomes)}\n\nReport of the last run:\n\n${latestReport(process.stdout)}`);
  } finally {
    workspace[Symbol.dispose]();
  }
}

// Not where a worker or a test imports this module.
if (isMain(import.meta)) {
  try {
    await main();
  } catch (error) {
    console.error(`energy-demand: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
