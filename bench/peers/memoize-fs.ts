/** npm memoize-fs with its default settings: one JSON file per entry. */
import memoizeFs from "memoize-fs";
import { timed } from "../measure.ts";
import { expectRuns, model, serve } from "./serve.ts";

let cached: (x: number) => Promise<unknown> = async () => undefined;

await serve({
  async open(folder: string) {
    cached = await memoizeFs({ cachePath: folder }).fn(model);
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
});
