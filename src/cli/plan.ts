import type { Command } from "commander";
import { Outlook } from "../session/outlook.ts";
import { type Plan, planOf } from "../session/plan.ts";
import { formatBytes, formatCount, formatDuration } from "../units.ts";
import { formatFacts } from "./terminal/facts.ts";
import { print, printJson, printLines, printTable, styled } from "./terminal/output.ts";

interface PlanOptions {
  readonly target?: string;
  readonly json?: true;
}

/** `scalable plan` */
export function addPlan(program: Command): void {
  program
    .command("plan")
    .description("show what a run would use: workers, cores and memory of each component")
    .argument("[manifest]", "its path (default: SCALABLE_MANIFEST, or scalable.yaml)")
    .option("--target <name>", "the target (default: SCALABLE_TARGET, the one named local, or the only one)")
    .option("--json", "print JSON")
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

async function printPlan({ project, target, provider, manifest_lock, components, tasks }: Plan): Promise<void> {
  const facts = [
    ["project", project],
    ["target", `${target} (${provider})`],
    ["manifest", manifest_lock],
  ] as const;
  await printLines(formatFacts(facts, (label) => styled("bold", label)));
  if (components.length > 0) await print("");
  await printTable(
    [
      { title: "COMPONENT" },
      { title: "WORKERS", align: "right" },
      { title: "CALLS AT ONCE", align: "right" },
      { title: "CPUS EACH", align: "right" },
      { title: "MEMORY EACH", align: "right" },
    ],
    components.map(({ name, workers, calls, cpus, memory_bytes }) => [
      name,
      workers === undefined ? "-" : formatCount(workers),
      calls === undefined ? "-" : formatCount(calls),
      String(cpus),
      memory_bytes === 0 ? "-" : formatBytes(memory_bytes),
    ]),
  );
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
