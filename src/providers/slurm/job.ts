import { keepFunctions } from "../../cacheable/registry.ts";
import { loadingBegins } from "../../identify/code/loaded-closure.ts";
import { enterWorker } from "../in-worker.ts";
import { takeOutput } from "../worker/output.ts";
import { readArrayWith } from "./array-record.ts";
import { CallOutput } from "./call-output.ts";
import { useJobCache } from "./job-cache.ts";
import { runJob } from "./run-job.ts";

/* Runs in a job of a Slurm array: computes the calls that the session has written down for it. */

const [folder = "", digest = "", preload] = process.argv.slice(2);
const record = readArrayWith(folder, digest);

enterWorker();
loadingBegins();
keepFunctions();
useJobCache();
const output = new CallOutput(folder);
takeOutput((id, text) => output.add(record, id, text));
if (preload !== undefined) await import(preload);
await runJob(folder, record);
// What a call left behind, such as a timer, keeps no node from others.
process.exit();
