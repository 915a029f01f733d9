import type { MappingNode } from "./node.ts";
import type { Finding } from "./problem-list.ts";

/** What became of a target's options. */
export type CheckedOptions<Options> =
  | { readonly options: Options; readonly findings: readonly [] }
  | { readonly options?: never; readonly findings: readonly Finding[] };

/**
 * Checks the options of a target, which are all its keys but `provider` and `overlay`, with those of its overlay.
 *
 * @param options - a mapping that knows where each of them stands.
 * @param target - the target's name, for messages.
 */
export type ProviderOptions<Options> = (options: MappingNode, target: string) => CheckedOptions<Options>;
