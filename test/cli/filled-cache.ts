import { writeFile } from "node:fs/promises";
import path from "node:path";
import { Cache, cacheable, type EntryInfo, FileType } from "scalable";
import { vi } from "vitest";

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Keys of what `fillCache` stores by `Cache.set`: two of them begin alike. */
export const TWINS = ["cafe0001", "cafe0002"] as const;

/**
 * A cache as it is after some work: `runSimulation(1)` of 40 days ago, which was used twice a day ago; `runSimulation(2)`
 * of 2 days ago; `processData` of an hour ago, with 80 kB; and two values without a function.
 */
export async function fillCache(dir: string): Promise<void> {
  const config = path.join(path.dirname(dir), "config.json");
  await writeFile(config, "{}");
  await using cache = new Cache(dir);
  const runSimulation = cacheable(
    { name: "runSimulation", args: { scenarioId: Number, region: String }, cache },
    async (scenarioId: number, region: string) => ({ scenarioId, region, demandMw: scenarioId * 1.5 }),
  );
  const processData = cacheable(
    { name: "processData", version: "2", args: { config: FileType }, cache },
    async (config: string) => new Float64Array(10_000).fill(config.length),
  );
  const now = Date.now();
  try {
    vi.useFakeTimers({ toFake: ["Date"], now: now - 40 * DAY });
    await runSimulation(1, "north");
    vi.setSystemTime(now - 2 * DAY);
    await runSimulation(2, "north");
    vi.setSystemTime(now - DAY);
    await runSimulation(1, "north");
    await runSimulation(1, "north");
    await cache.stats(); // Hits are written with the time at which they are written.
    vi.setSystemTime(now - HOUR);
    await processData(config);
    vi.setSystemTime(now);
    for (const key of TWINS) await cache.set(key, { key });
  } finally {
    vi.useRealTimers();
  }
}

/** The keys of a function's entries, the newest first. */
export async function keysOf(dir: string, functionName: string): Promise<string[]> {
  await using cache = new Cache(dir);
  const entries: EntryInfo[] = [];
  for await (const entry of cache.entries({ functionName })) entries.push(entry);
  return entries.sort((a, b) => b.createdAt - a.createdAt).map(({ key }) => key);
}

export async function countEntries(dir: string): Promise<number> {
  await using cache = new Cache(dir);
  return (await cache.stats()).entries;
}
