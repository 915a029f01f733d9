import * as z from "zod";
import { checkNode, type Issue, nodeAt } from "./check-node.ts";
import { badValue, keySpan } from "./describe-issue.ts";
import type { Finding } from "./problem-list.ts";
import type { ProviderOptions } from "./provider-options.ts";
import { didYouMean, listed } from "./suggest.ts";

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

const KNOWN = Object.keys(localOptionsSchema.shape);

export const checkLocalOptions: ProviderOptions<LocalOptions> = (options, target) => {
  const { node, issues } = checkNode(localOptionsSchema, options);
  if (issues.length > 0) return { findings: issues.map((issue) => findingOf(issue, target)) };
  const value = (key: string) => {
    const found = nodeAt(node, [key]);
    return found?.kind === "scalar" ? found.value : undefined;
  };
  const maxWorkers = value("max_workers");
  return {
    options: {
      maxWorkers: typeof maxWorkers === "number" ? maxWorkers : undefined,
      threadsPerWorker: Number(value("threads_per_worker") ?? 1),
      processes: value("processes") === true,
      containers: "none",
    },
    findings: [],
  };

  function findingOf({ path, kind, detail }: Issue, name: string): Finding {
    if (kind === "unknown key") {
      const shown = JSON.stringify(detail.slice(0, 60));
      const message = `The provider "local" of the target ${JSON.stringify(name)} has no option ${shown}${didYouMean(detail, KNOWN)}`;
      return { code: "E_UNKNOWN_OPTION", span: keySpan(options, [detail]), message, hint: `Options: ${listed(KNOWN)}` };
    }
    const code = path[0] === "max_workers" ? "E_BAD_MAX_WORKERS" : "E_BAD_VALUE";
    const place = `${path.join(".")} of the target ${JSON.stringify(name)}`;
    return badValue(options, path, { code, expected: detail, place });
  }
};
