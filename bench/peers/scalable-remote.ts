/** Calls with a shared cache: in a session, and without one. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cache, type Client, flush, ScalableSession } from "scalable";
import { timed } from "../measure.ts";
import { absent, noise, readings, small } from "./remote-tasks.ts";
import { serve } from "./serve.ts";

let session: ScalableSession | undefined;
let root = "";

/** Begins a session as a program does that has just started: nothing of the shared cache is loaded. */
async function begin(): Promise<Client> {
  const manifest = join(root, "scalable.yaml");
  writeFileSync(
    manifest,
    "version: 1\nproject: { name: bench }\ntargets:\n  local: { provider: local, max_workers: 2 }\n",
  );
  session = await ScalableSession.fromYaml(manifest, { target: "local" });
  return session.start();
}

await serve({
  open(folder: string, env: Readonly<Record<string, string>>) {
    root = mkdtempSync(join(folder, "side-"));
    Object.assign(process.env, env);
    process.env["SCALABLE_RUNS_DIR"] = join(root, "runs");
    process.env["SCALABLE_CACHE_DIR"] = join(root, "cache");
    return {};
  },
  async close() {
    await session?.close();
    rmSync(root, { recursive: true, force: true });
    return {};
  },
  /** Stores what other sides look up. */
  async fill(n: number) {
    await Promise.all(Array.from({ length: n }, (_, i) => small(i)));
    return { ...(await flush()) };
  },
  async fillLarge(what: "noise" | "readings", seed: number) {
    await (what === "noise" ? noise(seed) : readings(seed));
    return { ...(await flush()) };
  },
  /** All at once in a session, from the first call to the last result. */
  async map(n: number) {
    const client = await begin();
    const before = process.cpuUsage();
    const seconds = await timed(async () => {
      const results = await client.gather(
        client.map(
          small,
          Array.from({ length: n }, (_, i) => i),
        ),
      );
      if (results.some(({ scenario }, i) => scenario !== i)) throw new Error("a wrong result");
    });
    const { user, system } = process.cpuUsage(before);
    return { seconds, cpu: (user + system) / 1e6 };
  },
  /** The same of calls that are nowhere: until the first body begins, and until the end. */
  async misses(n: number) {
    const client = await begin();
    const startedAt = performance.timeOrigin + performance.now();
    let began: readonly number[] = [];
    const all = await timed(async () => {
      began = await client.gather(
        client.map(
          absent,
          Array.from({ length: n }, (_, i) => i),
        ),
      );
    });
    const first = began.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
    return { seconds: (first - startedAt) / 1000, all };
  },
  /** A large result, into a local cache that has nothing but a small one. */
  async large(what: "noise" | "readings", seed: number) {
    const folder = join(root, "large");
    mkdirSync(folder);
    const cache = new Cache(folder);
    // Client, connection and index are there.
    await small.with({ cache })(0);
    const call = (what === "noise" ? noise : readings).with({ cache });
    let result = new Float64Array();
    const seconds = await timed(async () => {
      result = await call(seed);
    });
    await cache.close();
    rmSync(folder, { recursive: true });
    return { seconds, length: result.length, last: result.at(-1) };
  },
  /** Results that are in the local cache, one after another. */
  async localHits(n: number, distinct: number) {
    for (let i = 0; i < distinct; i++) await small(i);
    const seconds = await timed(async () => {
      for (let i = 0; i < n; i++) await small(i % distinct);
    });
    return { seconds: seconds / n };
  },
});
