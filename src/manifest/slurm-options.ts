import path from "node:path";
import * as z from "zod";
import { checkOptions, type OptionsRules } from "./check-options.ts";
import { numberOf, scalarOf, textsOf } from "./component.ts";
import { durationFrom } from "./duration.ts";
import { childOf, type ManifestNode, textOf } from "./node.ts";
import { readSbatchOption, SBATCH_OPTION } from "./sbatch-option.ts";
import type { TargetCheck } from "./target-check.ts";
import { readWalltime, WALLTIME, WALLTIME_WITH_UNIT } from "./walltime.ts";

/** Options of a target with `provider: slurm`. What is undefined is left to Slurm, where nothing else is said. */
export interface SlurmOptions {
  /** The partition, or several, separated by commas. */
  readonly queue?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly constraint?: string;
  readonly gres?: string;
  /** Nodes for one job. */
  readonly nodes?: number;
  /** How long one job may run, in milliseconds; Slurm makes whole minutes of it. */
  readonly walltimeMs?: number;
  /** More options of sbatch, each `--name` or `--name=value`, without quotes. */
  readonly extra: readonly string[];
  /** How many jobs run at once. */
  readonly maxJobs?: number;
  /** How many tasks one array has at most. */
  readonly arraySize?: number;
  /** How many calls one job makes; undefined: as many as seem right. */
  readonly callsPerJob?: number;
  /** How often Slurm is asked for the state of jobs, in milliseconds. Default: 10 s. */
  readonly pollIntervalMs: number;
  /** Lines of shell that run before Node.js starts. */
  readonly setup: readonly string[];
  /** The Node.js that jobs run: the name of a command, or an absolute path. */
  readonly node?: string;
  /** The folder of what jobs read and write, which all nodes see: absolute. */
  readonly workDir: string;
}

export interface SlurmTarget {
  readonly name: string;
  readonly provider: "slurm";
  readonly options: SlurmOptions;
}

const WORK_DIR = ".scalable/slurm";
const POLL_INTERVAL_MS = 10_000;

const CONTROL = /\p{Cc}/u;
const LINE = "text on one line, not empty and without control characters";
const IN_QUOTES = "text: put quotes around it";
const line = z
  .string({ error: ({ input }) => (typeof input === "number" ? IN_QUOTES : LINE) })
  .refine((text) => text.trim() !== "" && !CONTROL.test(text), LINE);

const COUNT = "a whole number from 1 on";
const count = z.int(COUNT).positive(COUNT);
const COUNT_OR_AUTO = `${COUNT}, or auto`;

const INTERVAL = "a duration from 1s to 1h, such as 10s, or a number of milliseconds";
const isInterval = (milliseconds: number | undefined) =>
  milliseconds !== undefined && milliseconds >= 1000 && milliseconds <= 3_600_000;

const EXTRA = "a list of options of sbatch, such as [--exclusive]";
const SETUP = "lines of shell: a text, or a list of texts";
const DIRECTIVE = "lines of shell without #SBATCH: options of sbatch belong into extra";
const PRINTABLE = "lines of shell without control characters";
const CONTROL_BUT_LINES = /[^\P{Cc}\t\r\n]/u;
const shell = z
  .string(SETUP)
  .refine((text) => !CONTROL_BUT_LINES.test(text), PRINTABLE)
  .refine((text) => !/^\s*#SBATCH\b/m.test(text), DIRECTIVE);

export const slurmOptionsSchema = z.strictObject({
  queue: line.optional().meta({ description: "The partition (--partition). Default: the cluster's." }),
  account: line.optional().meta({ description: "The account that jobs are charged to (--account)." }),
  qos: line.optional().meta({ description: "The quality of service of jobs (--qos)." }),
  walltime: z
    .string({ error: ({ input }) => (typeof input === "number" ? WALLTIME_WITH_UNIT : WALLTIME) })
    .superRefine(checkWalltime)
    .optional()
    .meta({ description: "How long one job may run, such as 4h or 1-12:00:00. Default: the partition's." }),
  constraint: line.optional().meta({ description: "Features that nodes must have (--constraint)." }),
  nodes: count.optional().meta({ description: "Nodes for one job (--nodes). Default: what Slurm gives, which is 1." }),
  gres: line.optional().meta({ description: "Generic resources for each node, such as gpu:1 (--gres)." }),
  extra: z
    .array(z.string(SBATCH_OPTION).superRefine(checkSbatchOption), EXTRA)
    .optional()
    .meta({ description: "More options of sbatch, each as on its command line, such as --exclusive." }),
  max_jobs: count.optional().meta({ description: "How many jobs run at once. Default: as many as Slurm runs." }),
  array_size: count
    .optional()
    .meta({ description: "How many tasks one array has at most. Default: what the cluster allows." }),
  calls_per_job: z
    .union([count, z.literal("auto", COUNT_OR_AUTO)], COUNT_OR_AUTO)
    .optional()
    .meta({ description: "How many calls one job makes.", default: "auto" }),
  poll_interval: z
    .union(
      [
        z.number(INTERVAL).refine(isInterval, INTERVAL),
        z.string(INTERVAL).refine((text) => isInterval(durationFrom(text)), INTERVAL),
      ],
      INTERVAL,
    )
    .optional()
    .meta({ description: "How often Slurm is asked for the state of jobs.", default: "10s" }),
  setup: z
    .union([shell, z.array(shell, SETUP)], SETUP)
    .optional()
    .meta({ description: "Lines of shell that run before Node.js starts, such as module load nodejs." }),
  node: line.optional().meta({
    description: "The Node.js that jobs run: the name of a command, or a path, seen from the manifest's folder.",
  }),
  work_dir: line.optional().meta({
    description: "The folder of what jobs read and write, which all nodes see, seen from the manifest's folder.",
    default: WORK_DIR,
  }),
});

const RULES: OptionsRules = { provider: "slurm", schema: slurmOptionsSchema };

/** Paths in it stay as they are written: see {@link withAbsolutePaths}. */
export const checkSlurmTarget: TargetCheck<SlurmTarget> = (options, name) => {
  const { node, findings } = checkOptions(options, name, RULES);
  if (node === undefined) return { findings };
  return { target: { name, provider: "slurm", options: optionsFrom(node) }, findings: [] };
};

/** @param folder - the manifest's. The name of a command is no path. */
export function withAbsolutePaths(target: SlurmTarget, folder: string): SlurmTarget {
  const { node, workDir } = target.options;
  const options = {
    ...target.options,
    ...(node?.includes("/") && { node: path.resolve(folder, node) }),
    workDir: path.resolve(folder, workDir),
  };
  return { ...target, options };
}

function optionsFrom(node: ManifestNode): SlurmOptions {
  const walltimeMs = readWalltime(textOf(childOf(node, "walltime")) ?? "").walltimeMs;
  const interval = scalarOf(childOf(node, "poll_interval"));
  return {
    ...given("queue", textOf(childOf(node, "queue"))),
    ...given("account", textOf(childOf(node, "account"))),
    ...given("qos", textOf(childOf(node, "qos"))),
    ...given("constraint", textOf(childOf(node, "constraint"))),
    ...given("gres", textOf(childOf(node, "gres"))),
    ...given("nodes", numberOf(childOf(node, "nodes"))),
    ...given("walltimeMs", walltimeMs),
    extra: textsOf(childOf(node, "extra")).flatMap((text) => readSbatchOption(text).option ?? []),
    ...given("maxJobs", numberOf(childOf(node, "max_jobs"))),
    ...given("arraySize", numberOf(childOf(node, "array_size"))),
    ...given("callsPerJob", numberOf(childOf(node, "calls_per_job"))),
    pollIntervalMs: (typeof interval === "string" ? durationFrom(interval) : interval) ?? POLL_INTERVAL_MS,
    setup: setupFrom(childOf(node, "setup")),
    ...given("node", textOf(childOf(node, "node"))),
    workDir: textOf(childOf(node, "work_dir")) ?? WORK_DIR,
  };
}

/** A property, where it has a value. */
function given<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}

function setupFrom(node: ManifestNode | undefined): string[] {
  const text = textOf(node);
  return (text === undefined ? textsOf(node) : [text]).flatMap(linesOf);
}

/** The empty line that a text ends with is none. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n?|\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function checkWalltime(text: string, context: z.RefinementCtx): void {
  const { fault } = readWalltime(text);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
}

function checkSbatchOption(text: string, context: z.RefinementCtx): void {
  const { fault } = readSbatchOption(text);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
}
