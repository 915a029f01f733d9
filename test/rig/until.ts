import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

/** Tries until it succeeds. There is nothing to wait for: these servers tell nobody when they are ready. */
export async function until<T>(log: string, attempt: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ; await setTimeout(PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() < end) continue;
      const printed = await readFile(log, "utf8").catch(() => "");
      throw new Error(`${error instanceof Error ? error.message : error}\n${printed.slice(-2_000)}`);
    }
  }
}
