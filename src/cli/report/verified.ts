import { escapeUnprintable } from "../../escape.ts";
import type { RunCacheSummary } from "../../telemetry/cache-tally.ts";
import { formatCount, formatCounted } from "../../units.ts";

const MOST_NAMED = 3;
const DIGITS = 12;

/**
 * `3 of 250 hits were checked by computing again; 1 differed: runDemeter 4f2a0c41d3b7 at result.demand[3].mw`; undefined
 * where none was.
 */
export function verifiedText({ hits, verified }: RunCacheSummary): string | undefined {
  if (verified === undefined) return undefined;
  const { checked, differed, failed, differences } = verified;
  const clauses = [
    // One that differed is a miss: the call has got the fresh result.
    `${formatCount(checked)} of ${formatCounted(hits + differed, "hit was", "hits were")} checked by computing again`,
  ];
  if (failed > 0) clauses.push(`${formatCount(failed)} could not be`);
  if (differed === 0) clauses.push("none differed");
  else {
    const named = differences
      .slice(0, MOST_NAMED)
      .map(({ function_name, key_digest, differs_at }) =>
        escapeUnprintable(`${function_name} ${key_digest.slice(0, DIGITS)} at ${differs_at}`),
      );
    if (differed > named.length) named.push(`${formatCount(differed - named.length)} more`);
    clauses.push(`${formatCount(differed)} differed: ${named.join(", ")}`);
  }
  return clauses.join("; ");
}
