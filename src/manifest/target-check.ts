import type { MappingNode } from "./node.ts";
import type { Finding } from "./problem-list.ts";

/** A target, once its options were checked; or what is wrong with them. */
export type CheckedTarget<Target> =
  | { readonly target: Target; readonly findings: readonly [] }
  | { readonly target?: never; readonly findings: readonly Finding[] };

/**
 * Checks the options of a target, which are all its keys but `provider` and `overlay`, with those of its overlay.
 *
 * @param options - a mapping that knows where each of them stands.
 * @param name - the target's.
 */
export type TargetCheck<Target> = (options: MappingNode, name: string) => CheckedTarget<Target>;
