/** Calls whose result is an array of 80 MB. */
import { Cache, cacheable } from "scalable";
import { timed } from "../measure.ts";
import { serve } from "./serve.ts";

let bodySeconds: number | undefined;

/** 10,000,000 doubles for a seed. */
function series(seed: number): Float64Array {
  const start = performance.now();
  const array = new Float64Array(10_000_000);
  for (let i = 0; i < array.length; i++) array[i] = i * (1 + seed);
  bodySeconds = (performance.now() - start) / 1000;
  return array;
}

let cached: (seed: number) => Promise<Float64Array>;

await serve({
  open(folder: string) {
    cached = cacheable({ args: { seed: Number }, cache: new Cache(folder) }, series);
    return {};
  },
  /** Seconds of the whole call, and of the body where it ran. */
  async call(seed: number) {
    bodySeconds = undefined;
    let result: Float64Array = new Float64Array();
    const seconds = await timed(async () => {
      result = await cached(seed);
    });
    return { seconds, body: bodySeconds, length: result.length, last: result.at(-1) };
  },
});
