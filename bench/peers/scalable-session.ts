/** Calls through a session of `scalable`, with its telemetry on as it is by default. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, ScalableSession } from "scalable";
import { timed } from "../measure.ts";
import { serve } from "./serve.ts";
import { noop, remembered, spin } from "./session-tasks.ts";

let session: ScalableSession;
let client: Client;

await serve({
  async open(folder: string, options: { processes: boolean; workers: number }) {
    process.env["SCALABLE_RUNS_DIR"] = join(folder, "runs");
    process.env["SCALABLE_CACHE_DIR"] = join(folder, "cache");
    const manifest = join(folder, "scalable.yaml");
    const { processes, workers } = options;
    writeFileSync(
      manifest,
      `version: 1\nproject: { name: bench }\ntargets:\n  local: { provider: local, max_workers: ${workers}, processes: ${processes} }\n`,
    );
    session = await ScalableSession.fromYaml(manifest, { target: "local" });
    client = session.start();
    // The workers start, and load the module.
    await client.gather(client.map(spin, Array.from({ length: workers * 2 })));
    return {};
  },
  async noop(n: number) {
    const seconds = await timed(async () => {
      const futures = Array.from({ length: n }, (_, i) => client.submit(noop, [i]));
      const results = await client.gather(futures);
      if (results.some((result, i) => result !== i)) throw new Error("a wrong result");
    });
    return { seconds: seconds / n };
  },
  async spin(n: number) {
    return { seconds: (await timed(() => client.gather(client.map(spin, Array.from({ length: n }))))) / n };
  },
  async fill(n: number) {
    for (let i = 0; i < n; i++) await remembered(i);
    return {};
  },
  async bareHits(n: number) {
    const seconds = await timed(async () => {
      for (let i = 0; i < n; i++) await remembered(i);
    });
    return { seconds: seconds / n };
  },
  async sessionHits(n: number) {
    const seconds = await timed(async () => {
      await client.gather(Array.from({ length: n }, (_, i) => client.submit(remembered, [i])));
    });
    return { seconds: seconds / n };
  },
  async close() {
    await session.close();
    return {};
  },
});
