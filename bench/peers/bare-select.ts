/** The least that a hit can cost here: one prepared SELECT by key, and the value decoded. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { deserialize } from "node:v8";
import { timed } from "../measure.ts";
import { serve } from "./serve.ts";

await serve({
  async hit(folder: string, keys: readonly string[], n: number) {
    const index = new DatabaseSync(join(folder, "cache.db"), { readOnly: true });
    const select = index.prepare("SELECT value FROM entries WHERE key = ?");
    let found = 0;
    const seconds = await timed(() => {
      for (let i = 0; i < n; i++) {
        const row = select.get(keys[i % keys.length] ?? "") as { value: Uint8Array } | undefined;
        if (row !== undefined && typeof deserialize(row.value).scenario === "number") found++;
      }
    });
    index.close();
    if (found !== n) throw new Error(`found ${found} of ${n} rows`);
    return { seconds: seconds / n };
  },
});
