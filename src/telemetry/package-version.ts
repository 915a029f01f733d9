import { readFileSync } from "node:fs";

/** The version of this package; empty where its `package.json` is out of reach, as in somebody's bundle. */
export function packageVersion(): string {
  // One folder up from the chunks of dist/, two from src/telemetry/.
  for (const relative of ["../package.json", "../../package.json"]) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(relative, import.meta.url), "utf8"));
      if (typeof manifest !== "object" || manifest === null) continue;
      const { name, version } = manifest as { name?: unknown; version?: unknown };
      if (name === "scalable" && typeof version === "string") return version;
    } catch {
      // The other one, then.
    }
  }
  return "";
}
