import type { Command } from "commander";
import { Outlook } from "../session/outlook.ts";
import { type ComponentPlan, type Plan, planOf } from "../session/plan.ts";
import { formatBytes, formatCount, formatDuration } from "../units.ts";
import { formatFacts } from "./terminal/facts.ts";
import { print, printJson, printLines, printTable, styled } from "./terminal/output.ts";
import type { Column } from "./terminal/table.ts";

interface PlanOptions {
  readonly target?: string;
  readonly json?: true;
}

const ABOUT = `
On a cluster, "-" is left to it. Which job arrays the calls of a workflow would make, and how many core-hours they would
take, is told by "scalable run --dry-run".`;

/** `scalable plan` */
export function addPlan(program: Command): void {
  program
    .command("plan")
    .description("show what a run would use: workers, cores and memory of each component")
    .argument("[manifest]", "its path (default: SCALABLE_MANIFEST, or scalable.yaml)")
    .option("--target <name>", "the target (default: SCALABLE_TARGET, the one named local, or the only one)")
    .option("--json", "print JSON")
    .addHelpText("after", ABOUT)
    .action(async (argument: string | undefined, options: PlanOptions) => {
      const { defaultManifestPath, readManifest, resolveTarget } = await import("../manifest/manifest.ts");
      const plan = planOf(
        resolveTarget(await readManifest(argument ?? defaultManifestPath()), options.target),
        new Outlook(),
      );
      if (options.json) await printJson(plan);
      else await printPlan(plan);
    });
}

const WORKER_COLUMNS: readonly Column[] = [
  { title: "COMPONENT" },
  { title: "WORKERS", align: "right" },
  { title: "CALLS AT ONCE", align: "right" },
  { title: "CPUS EACH", align: "right" },
  { title: "MEMORY EACH", align: "right" },
];

function workerCells({ name, workers, calls, cpus, memory_bytes }: ComponentPlan): readonly string[] {
  return [name, countOr(workers), countOr(calls), String(cpus), memory_bytes === 0 ? "-" : formatBytes(memory_bytes)];
}

const JOB_COLUMNS: readonly Column[] = [
  { title: "COMPONENT" },
  { title: "JOBS AT ONCE", align: "right" },
  { title: "CPUS EACH", align: "right" },
  { title: "MEMORY EACH", align: "right" },
  { title: "WALLTIME", align: "right" },
];

function jobCells({ name, workers, cpus, memory_bytes, walltime_s }: ComponentPlan): readonly string[] {
  return [
    name,
    countOr(workers),
    String(cpus),
    memory_bytes === 0 ? "-" : formatBytes(memory_bytes),
    walltime_s === undefined ? "-" : formatDuration(walltime_s * 1000),
  ];
}

function countOr(count: number | undefined): string {
  return count === undefined ? "-" : formatCount(count);
}

async function printPlan({ project, target, provider, manifest_lock, components, tasks, arrays }: Plan): Promise<void> {
  const facts = [
    ["project", project],
    ["target", `${target} (${provider})`],
    ["manifest", manifest_lock],
  ] as const;
  await printLines(formatFacts(facts, (label) => styled("bold", label)));
  if (components.length > 0) await print("");
  if (arrays === undefined) await printTable(WORKER_COLUMNS, components.map(workerCells));
  else await printTable(JOB_COLUMNS, components.map(jobCells));
  if (tasks.length > 0) await print("");
  await printTable(
    [
      { title: "TASK" },
      { title: "COMPONENT" },
      { title: "CACHE" },
      { title: "RETRIES", align: "right" },
      { title: "TIMEOUT", align: "right" },
    ],
    tasks.map(({ name, component, cache, retries, timeout_ms }) => [
      name,
      component,
      cache ? "yes" : "no",
      formatCount(retries),
      timeout_ms === undefined ? "-" : formatDuration(timeout_ms),
    ]),
  );
}
