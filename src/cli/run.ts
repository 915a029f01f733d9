import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { type Command, Option } from "commander";
import { ScalableError } from "../errors.ts";
import { ManifestError } from "../manifest/manifest-error.ts";
import { addLoader } from "../providers/loaders.ts";
import {
  closeSessions,
  detachedOfSessions,
  failSessions,
  forecastOfSessions,
  nothingLeft,
} from "../session/open-sessions.ts";
import { detach } from "../settings.ts";
import { onEvent, type ScalableEvent } from "../telemetry/event.ts";
import { MissGroups } from "../telemetry/miss-groups.ts";
import { type CacheSummary, summarizeCache } from "../telemetry/summary.ts";
import { formatCounted } from "../units.ts";
import { ExitCode } from "./exit-code.ts";
import { printArrays } from "./plan/arrays-table.ts";
import { missLine } from "./report/miss-line.ts";
import { type ProgressStyle, showProgress } from "./run/progress.ts";
import { note, print, printJson } from "./terminal/output.ts";
import { UsageError } from "./usage-error.ts";

interface RunOptions {
  readonly target?: string;
  readonly workflow: string;
  readonly dryRun?: true;
  readonly detach?: true;
  readonly quiet?: true;
  readonly json?: true;
  readonly output?: true;
}

/** `scalable run` */
export function addRun(program: Command): void {
  program
    .command("run")
    .description("run a workflow: a module that starts a session")
    .argument("[manifest]", "its path (default: SCALABLE_MANIFEST, or scalable.yaml)")
    .argument("[args...]", "arguments of the workflow, behind --")
    .requiredOption("--workflow <file>", "the module, JavaScript or TypeScript")
    .option("--target <name>", "the target, where the workflow names none")
    .option("--dry-run", "look up what the workflow submits, and run nothing")
    .addOption(
      new Option(
        "--detach",
        "submit what can be submitted, and leave it to the cluster: the next run goes on with it",
      ).conflicts("dryRun"),
    )
    .option("--output", "show what calls print, each line with its call")
    .option("--quiet", "no progress")
    .option("--json", "print a summary as JSON at the end, and no progress")
    .action(async (_manifest: string | undefined, _args: readonly string[], options: RunOptions, command: Command) => {
      const { operands, args } = splitArguments(command.args, process.argv);
      if (operands.length > 1) {
        throw new UsageError(`arguments of the workflow come behind --, such as: -- ${operands.slice(1).join(" ")}`);
      }
      await runWorkflow(operands[0], args, options);
    });
}

/** What stands behind `--` is the workflow's: without it, its first argument would be taken for the manifest. */
function splitArguments(
  all: readonly string[],
  argv: readonly string[],
): { readonly operands: readonly string[]; readonly args: readonly string[] } {
  const at = argv.indexOf("--");
  const own = at < 0 ? all.length : all.length - (argv.length - at - 1);
  return { operands: all.slice(0, own), args: all.slice(own) };
}

async function runWorkflow(given: string | undefined, args: readonly string[], options: RunOptions): Promise<void> {
  const workflow = path.resolve(options.workflow);
  if (!existsSync(workflow)) throw new UsageError(`there is no workflow ${JSON.stringify(options.workflow)}.`);
  const { defaultManifestPath, readManifest, resolveTarget } = await import("../manifest/manifest.ts");
  const manifest = given ?? defaultManifestPath();
  // What is wrong in the manifest is told before the workflow does anything.
  const { target } = resolveTarget(await readManifest(manifest), options.target);
  if (options.detach && target.provider !== "slurm") {
    throw new UsageError(
      `--detach leaves calls to a cluster, and the target ${JSON.stringify(target.name)} has none (provider: ${target.provider}): name one with provider: slurm.`,
    );
  }
  process.env["SCALABLE_MANIFEST"] = path.resolve(manifest);
  if (options.target !== undefined) process.env["SCALABLE_TARGET"] = options.target;
  if (options.output) process.env["SCALABLE_OUTPUT"] = "show";
  if (options.dryRun) process.env["SCALABLE_DRY_RUN"] = "1";
  if (options.detach) process.env["SCALABLE_DETACH"] = "1";
  process.argv = [process.argv[0] ?? "node", workflow, ...args];
  await loadTypeScript();
  const calls: ScalableEvent[] = [];
  const misses = new MissGroups();
  const off = onEvent((event) => {
    if (event.type !== "cache") return;
    if (options.json) calls.push(event);
    if (!event.hit) misses.add(event);
  });
  const style = styleOf(options);
  const endProgress = showProgress(style);
  const failure = await settle(workflow);
  endProgress();
  off();
  const line = style === "none" ? undefined : missLine(misses.groups());
  if (line !== undefined) note(line);
  if (options.dryRun) await printForecast(options, failure?.error);
  else if (failure !== undefined) await tellFailure(failure.error);
  else if (options.json) {
    await printJson({ ...asJson(summarizeCache(calls)), ...(options.detach ? detachedOfSessions() : {}) });
  }
}

/** Decorators, enums and path aliases: what Node.js itself does not take away. In workers as well. */
async function loadTypeScript(): Promise<void> {
  const require = createRequire(import.meta.url);
  const [esm, cjs] = await Promise.all([import("tsx/esm/api"), import("tsx/cjs/api")]);
  esm.register();
  cjs.register();
  addLoader(pathToFileURL(require.resolve("tsx")).href);
}

/** Runs the workflow to its end, with all sessions that it leaves open. */
async function settle(workflow: string): Promise<{ readonly error: unknown } | undefined> {
  let failure: { readonly error: unknown } | undefined;
  const left = detach() ? nothingLeft() : undefined;
  try {
    const whole: Promise<unknown> = import(pathToFileURL(workflow).href);
    await (left === undefined ? whole : Promise.race([whole, left]));
  } catch (error) {
    failSessions(error);
    failure = { error };
  }
  if (!process.env["SCALABLE_DRY_RUN"]) await closeSessions();
  return failure;
}

function styleOf({ quiet, json, dryRun }: RunOptions): ProgressStyle {
  if (quiet || json || dryRun) return "none";
  return process.stderr.isTTY === true ? "live" : "lines";
}

async function printForecast({ json }: RunOptions, error: unknown): Promise<void> {
  const forecast = await forecastOfSessions();
  await closeSessions();
  if (json) await printJson(forecast);
  else {
    const { hits, misses, unknown, arrays = [] } = forecast;
    await print(
      `${formatCounted(hits, "call", "calls")} would hit, ${formatCounted(misses, "call", "calls")} would run`,
    );
    if (unknown > 0) await print(`${formatCounted(unknown, "call", "calls")} cannot be told: they depend on those`);
    if (arrays.length > 0) await printArrays(arrays);
  }
  if (error === undefined || isDryRun(error)) {
    if (error !== undefined && !json) note("the workflow went as far as the first result that is not there");
    return;
  }
  await tellFailure(error);
}

function isDryRun(error: unknown): boolean {
  if (!(error instanceof ScalableError)) return false;
  return error.code === "E_DRY_RUN" || (error.code === "E_DEPENDENCY" && isDryRun(error.cause));
}

/** The error is the workflow's own: its stack is what its author needs. */
async function tellFailure(error: unknown): Promise<void> {
  const shown = error instanceof ManifestError ? error.message : inspect(error);
  note(`the workflow failed: ${shown}`);
  process.exitCode = ExitCode.problem;
}

function asJson({ calls, hits, misses, timeSavedS }: CacheSummary): object {
  return { calls, hits, misses, time_saved_s: timeSavedS };
}
