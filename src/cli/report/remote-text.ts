import { escapeUnprintable } from "../../escape.ts";
import type { RemoteSummary } from "../../telemetry/remote-tally.ts";
import { formatBytes, formatCount, formatCounted } from "../../units.ts";
import { firstLine } from "./facts.ts";

/**
 * `s3://team/cache: 49 hits from there, 1 result uploaded (3.2 KB)`, and what went wrong; undefined where no shared cache
 * had a part in the run.
 */
export function remoteText(remote: RemoteSummary | undefined): string | undefined {
  if (remote === undefined) return undefined;
  const { url = "shared cache", hits, uploads, uploaded_bytes, uploads_failed, failures, last_failure } = remote;
  const clauses = [`${formatCounted(hits, "hit", "hits")} from there`];
  if (uploads > 0)
    clauses.push(`${formatCounted(uploads, "result", "results")} uploaded (${formatBytes(uploaded_bytes)})`);
  if (uploads_failed > 0) clauses.push(`${formatCount(uploads_failed)} not uploaded`);
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  if (failed > 0) {
    const kinds = Object.entries(failures).map(
      ([trouble, count]) => `${formatCount(count)} ${escapeUnprintable(trouble)}`,
    );
    const said = last_failure === undefined ? "" : `; ${firstLine(last_failure)}`;
    clauses.push(`${formatCounted(failed, "request", "requests")} failed (${kinds.join(", ")}${said})`);
  }
  return `${escapeUnprintable(url)}: ${clauses.join(", ")}`;
}
