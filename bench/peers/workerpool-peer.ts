/** npm workerpool with two worker threads, handed functions by name. */
import { fileURLToPath } from "node:url";
import workerpool from "workerpool";
import { timed } from "../measure.ts";
import { serve } from "./serve.ts";

const script = fileURLToPath(new URL("workerpool-worker.mjs", import.meta.url));
const pool = workerpool.pool(script, { maxWorkers: 2, minWorkers: 2, workerType: "thread" });

await serve({
  async noop(n: number) {
    const seconds = await timed(async () => {
      const results = await Promise.all(Array.from({ length: n }, (_, i) => pool.exec("noop", [i])));
      if (results.some((result, i) => result !== i)) throw new Error("a wrong result");
    });
    return { seconds: seconds / n };
  },
});
await pool.terminate();
