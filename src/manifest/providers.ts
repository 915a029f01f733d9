import type * as z from "zod";
import { checkLocalTarget, type LocalTarget, localOptionsSchema } from "./local-options.ts";
import type { ManifestNode } from "./node.ts";
import type { Finding } from "./problem-list.ts";
import { slurmComponentFindings } from "./slurm-components.ts";
import { checkSlurmTarget, type SlurmTarget, slurmOptionsSchema } from "./slurm-options.ts";
import type { TargetCheck } from "./target-check.ts";

/** A target of any provider, with its options. */
export type ResolvedTarget = LocalTarget | SlurmTarget;

interface ProviderEntry {
  /** The options, for the schema that editors use. */
  readonly schema: z.ZodObject;
  readonly check: TargetCheck<ResolvedTarget>;
  /** What is wrong with a component, as a target of this provider sees it, that is not wrong everywhere. */
  readonly componentFindings: (component: ManifestNode, name: string) => Iterable<Finding>;
}

/** The providers that a target can have. */
export const providers: ReadonlyMap<string, ProviderEntry> = new Map<string, ProviderEntry>([
  ["local", { schema: localOptionsSchema, check: checkLocalTarget, componentFindings: () => [] }],
  ["slurm", { schema: slurmOptionsSchema, check: checkSlurmTarget, componentFindings: slurmComponentFindings }],
]);
