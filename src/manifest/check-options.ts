import type * as z from "zod";
import { checkNode, type Issue } from "./check-node.ts";
import { badValue, keySpan } from "./describe-issue.ts";
import type { ManifestNode, MappingNode } from "./node.ts";
import type { ProblemCode } from "./problem.ts";
import type { Finding } from "./problem-list.ts";
import { didYouMean, listed } from "./suggest.ts";

/** What the options of a provider must be. */
export interface OptionsRules {
  readonly provider: string;
  readonly schema: z.ZodObject;
  /** Codes of bad values, by option, where they are not `E_BAD_VALUE`. */
  readonly codes?: ReadonlyMap<string, ProblemCode>;
}

/** Options that are what they must be, or what is wrong with them. */
export type OptionsCheck =
  | { readonly node: ManifestNode; readonly findings: readonly [] }
  | { readonly node?: never; readonly findings: readonly Finding[] };

/**
 * Checks the options of a target.
 *
 * @param target - the target's name, for messages.
 */
export function checkOptions(options: MappingNode, target: string, rules: OptionsRules): OptionsCheck {
  const { provider, schema, codes } = rules;
  const known = Object.keys(schema.shape);
  const { node, issues } = checkNode(schema, options);
  return issues.length === 0 ? { node, findings: [] } : { findings: issues.map(findingOf) };

  function findingOf({ path, kind, detail }: Issue): Finding {
    const name = JSON.stringify(target);
    if (kind === "unknown key") {
      const shown = JSON.stringify(detail.slice(0, 60));
      const message = `The provider ${JSON.stringify(provider)} of the target ${name} has no option ${shown}${didYouMean(detail, known)}`;
      return { code: "E_UNKNOWN_OPTION", span: keySpan(options, [detail]), message, hint: `Options: ${listed(known)}` };
    }
    const code = codes?.get(path[0] ?? "") ?? "E_BAD_VALUE";
    return badValue(options, path, { code, expected: detail, place: `${path.join(".")} of the target ${name}` });
  }
}
