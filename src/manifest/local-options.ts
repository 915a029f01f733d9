import * as z from "zod";
import { checkOptions, type OptionsRules } from "./check-options.ts";
import { childOf } from "./node.ts";
import type { TargetCheck } from "./target-check.ts";

/** Options of a target with `provider: local`. */
export interface LocalOptions {
  /** How many workers there are at most; undefined: as many as there are cores. */
  readonly maxWorkers: number | undefined;
  /** How many calls one worker runs at a time. Default: 1. */
  readonly threadsPerWorker: number;
  /** Whether workers are processes; else they are threads. Default: false. */
  readonly processes: boolean;
  readonly containers: "none";
}

export interface LocalTarget {
  readonly name: string;
  readonly provider: "local";
  readonly options: LocalOptions;
}

const COUNT = "a whole number from 1 on";

export const localOptionsSchema = z.strictObject({
  max_workers: z
    .int(COUNT)
    .positive(COUNT)
    .optional()
    .meta({ description: "How many workers there are at most. Default: the number of cores." }),
  threads_per_worker: z
    .int(COUNT)
    .positive(COUNT)
    .optional()
    .meta({ description: "How many calls one worker runs at a time.", default: 1 }),
  processes: z
    .boolean("true or false")
    .optional()
    .meta({ description: "Whether workers are processes; else they are threads.", default: false }),
  containers: z
    .literal("none", 'none: the provider "local" runs calls without containers')
    .optional()
    .meta({ description: "The local provider runs calls without containers.", default: "none" }),
});

const RULES: OptionsRules = {
  provider: "local",
  schema: localOptionsSchema,
  codes: new Map([["max_workers", "E_BAD_MAX_WORKERS"]]),
};

export const checkLocalTarget: TargetCheck<LocalTarget> = (options, name) => {
  const { node, findings } = checkOptions(options, name, RULES);
  if (node === undefined) return { findings };
  const value = (key: string) => {
    const found = childOf(node, key);
    return found?.kind === "scalar" ? found.value : undefined;
  };
  const maxWorkers = value("max_workers");
  const read: LocalOptions = {
    maxWorkers: typeof maxWorkers === "number" ? maxWorkers : undefined,
    threadsPerWorker: Number(value("threads_per_worker") ?? 1),
    processes: value("processes") === true,
    containers: "none",
  };
  return { target: { name, provider: "local", options: read }, findings: [] };
};
