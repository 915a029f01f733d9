import type * as z from "zod";
import { checkLocalOptions, type LocalOptions, localOptionsSchema } from "./local-options.ts";
import type { ProviderOptions } from "./provider-options.ts";

/** Options of any provider. */
export type TargetOptions = LocalOptions;

interface ProviderEntry {
  /** The options, for the schema that editors use. */
  readonly schema: z.ZodObject;
  readonly check: ProviderOptions<TargetOptions>;
}

/** The providers that a target can have. */
export const providers: ReadonlyMap<string, ProviderEntry> = new Map([
  ["local", { schema: localOptionsSchema, check: checkLocalOptions }],
]);
