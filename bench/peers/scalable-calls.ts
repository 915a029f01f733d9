/** Small calls and plain entries, through the public API of `scalable`. */
import { Cache, cacheable } from "scalable";
import { timed } from "../measure.ts";
import { expectRuns, model, serve } from "./serve.ts";

let cache: Cache;
let cached: ReturnType<typeof wrap>;

function wrap() {
  return cacheable({ name: "model", args: { x: Number }, cache }, model);
}

await serve({
  open(folder: string) {
    cache = new Cache(folder);
    cached = wrap();
    return {};
  },
  async close() {
    await cache.close();
    return {};
  },
  async hit(n: number, distinct: number) {
    for (let i = 0; i < distinct; i++) await cached(i);
    const seconds = await expectRuns(0, () =>
      timed(async () => {
        for (let i = 0; i < n; i++) await cached(i % distinct);
      }),
    );
    return { seconds: seconds / n };
  },
  async miss(first: number, n: number) {
    const seconds = await expectRuns(n, () =>
      timed(async () => {
        for (let i = first; i < first + n; i++) await cached(i);
      }),
    );
    return { seconds: seconds / n };
  },
  async survivors(first: number, n: number) {
    let found = 0;
    for (let i = first; i < first + n; i++) if (await cached.has(i)) found++;
    return { found };
  },
  async keys(first: number, n: number) {
    const keys: string[] = [];
    for (let i = first; i < first + n; i++) keys.push(await cached.key(i));
    return { keys };
  },
  async fill(n: number) {
    for (let i = 0; i < n; i++) await cache.set(`shared/${i}`, model(i));
    return {};
  },
  /** Reads and writes in turn. Every read is checked here, every write by `verify`. */
  async mixed(worker: number, round: number, n: number, shared: number) {
    let wrong = 0;
    const seconds = await timed(async () => {
      for (let i = 0; i < n; i++) {
        if (i % 2 === 0) {
          const j = (i * 7919 + worker) % shared;
          if (!same(await cache.get(`shared/${j}`), j)) wrong++;
        } else {
          await cache.set(`${round}/${worker}/${i}`, model(i));
        }
      }
    });
    return { seconds, wrong };
  },
  async verify(workers: number, round: number, n: number) {
    let lost = 0;
    for (let worker = 0; worker < workers; worker++) {
      for (let i = 1; i < n; i += 2) if (!same(await cache.get(`${round}/${worker}/${i}`), i)) lost++;
    }
    return { lost };
  },
  /** Hits at `picks` pseudo-random places of the first `entries` calls. */
  async scatter(entries: number, picks: number, seed: number) {
    const random = xorshift(seed);
    const places = Array.from({ length: picks }, () => random() % entries);
    const seconds = await expectRuns(0, () =>
      timed(async () => {
        for (const place of places) await cached(place);
      }),
    );
    return { seconds: seconds / picks };
  },
});

function same(value: unknown, i: number): boolean {
  const { scenario, demandMw } = (value ?? {}) as Partial<ReturnType<typeof model>>;
  return scenario === i && demandMw === i * 1.5;
}

/** Marsaglia's xorshift32: the same places for the same seed, on any machine. */
function xorshift(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
