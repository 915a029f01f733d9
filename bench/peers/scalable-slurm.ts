/** Calls through a session of `scalable` whose target is a Slurm cluster. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Client, ScalableSession } from "scalable";
import { timed } from "../measure.ts";
import { serve } from "./serve.ts";
import { brief } from "./slurm-tasks.ts";

let session: ScalableSession;
let client: Client;

await serve({
  /** @param options - of the target, as the manifest has them. */
  async open(folder: string, env: Readonly<Record<string, string>>, options: Readonly<Record<string, unknown>>) {
    Object.assign(process.env, env);
    process.env["SCALABLE_RUNS_DIR"] = join(folder, "runs");
    process.env["SCALABLE_CACHE_DIR"] = join(folder, "cache");
    const target = JSON.stringify({ provider: "slurm", poll_interval: "1s", ...options });
    const manifest = join(folder, "scalable.yaml");
    writeFileSync(manifest, `version: 1\nproject: { name: bench }\ntargets:\n  hpc: ${target}\n`);
    session = await ScalableSession.fromYaml(manifest, { target: "hpc" });
    client = session.start();
    return {};
  },
  /** Calls that nobody has made, until their results are there. */
  async calls(round: number, n: number) {
    return {
      seconds: await timed(async () => {
        const results = await client.gather(Array.from({ length: n }, (_, i) => client.submit(brief, [round, i])));
        if (results.some((result, i) => result.i !== i)) throw new Error("a wrong result");
      }),
    };
  },
  /** Calls whose jobs are held, until the last `sbatch` has ended, as `log` tells; then they are cancelled. */
  async submit(round: number, n: number, log: string) {
    const before = lines(log, "sbatch").length;
    const start = performance.now();
    const futures = Array.from({ length: n }, (_, i) => client.submit(brief, [round, i]));
    const ended = client.gather(futures, { onError: "collect" });
    let known = 0;
    while (known < n) {
      await setTimeout(5);
      known = lines(log, "sbatch")
        .slice(before)
        .reduce((sum, line) => sum + jobsIn(line), 0);
    }
    const seconds = (performance.now() - start) / 1000;
    for (const future of futures) future.cancel();
    await ended;
    return { seconds };
  },
  /** How often the queue was asked for while held jobs waited, per second. */
  async queries(round: number, n: number, log: string, seconds: number) {
    const futures = Array.from({ length: n }, (_, i) => client.submit(brief, [round, i]));
    const ended = client.gather(futures, { onError: "collect" });
    while (lines(log, "sbatch").length === 0) await setTimeout(20);
    await setTimeout(2_000);
    const before = lines(log, "").length;
    await setTimeout(seconds * 1000);
    const asked = lines(log, "").length - before;
    for (const future of futures) future.cancel();
    await ended;
    return { seconds: asked / seconds };
  },
  async close() {
    await session.close();
    return {};
  },
});

/** Commands of Slurm that have ended: one line for each, its name first. */
function lines(log: string, command: string): string[] {
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "" && line.startsWith(command));
}

function jobsIn(line: string): number {
  return Number(/--array=0-(\d+)/.exec(line)?.[1] ?? -1) + 1;
}
