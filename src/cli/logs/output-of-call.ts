import { existsSync } from "node:fs";
import { outputFile, startOf } from "../../telemetry/run-files.ts";
import type { Run } from "../../telemetry/runs.ts";
import { type CallOfRun, hasEnded } from "./calls-of-run.ts";
import { type CallPlace, filesOf, type JobPlaces } from "./job-places.ts";

/** Where it is what a call printed: in its run's folder; where its jobs write it, those of all tries; or nowhere yet. */
export type OutputOfCall =
  | { readonly in: "run"; readonly files: readonly string[] }
  | { readonly in: "jobs"; readonly files: readonly string[]; readonly last: CallPlace }
  | { readonly in: "nowhere"; readonly files: readonly string[] };

/** A run keeps what a call has printed when it has ended; until then, jobs have it. */
export function outputOfCall(run: Run, call: CallOfRun, jobs: () => JobPlaces): OutputOfCall {
  const kept = outputFile(run.folder, call.id);
  if (hasEnded(call) && existsSync(kept)) return { in: "run", files: [kept] };
  const own = jobs().ofCall(call.id, startOf(run.id) ?? "");
  const places = own.length > 0 ? own : jobs().ofKey(call.key_digest ?? "");
  const last = places.at(-1);
  if (last !== undefined) return { in: "jobs", files: places.flatMap(filesOf), last };
  return existsSync(kept) ? { in: "run", files: [kept] } : { in: "nowhere", files: [] };
}
