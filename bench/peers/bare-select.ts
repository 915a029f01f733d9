/** The least that a hit can cost here: one prepared SELECT by key, and the value decoded. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { deserialize } from "node:v8";
import { timed } from "../measure.ts";
import { serve } from "./serve.ts";

/** Where the value begins in a record that has nothing else of variable length; see docs/formats/store.md. */
const VALUE_AT = 37;

await serve({
  async hit(folder: string, keys: readonly string[], n: number) {
    const index = new DatabaseSync(join(folder, "cache.db"), { readOnly: true });
    const select = index.prepare("SELECT record FROM entries WHERE id = ?");
    // The number of a key's row is in its first 13 digits; see docs/formats/store.md.
    const ids = keys.map((key) => Number.parseInt(key.slice(0, 13), 16));
    let found = 0;
    const seconds = await timed(() => {
      for (let i = 0; i < n; i++) {
        const row = select.get(ids[i % ids.length] ?? 0) as { record: Uint8Array } | undefined;
        if (row !== undefined && typeof deserialize(row.record.subarray(VALUE_AT)).scenario === "number") found++;
      }
    });
    index.close();
    if (found !== n) throw new Error(`found ${found} of ${n} rows`);
    return { seconds: seconds / n };
  },
});
