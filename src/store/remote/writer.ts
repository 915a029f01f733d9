import os from "node:os";
import { packageVersion } from "../../telemetry/package-version.ts";

/** Who writes records in this process, in words that help to find the machine. */
export function thisWriter(): { readonly host: string; readonly user: string; readonly version: string } {
  return { host: os.hostname(), user: userName(), version: packageVersion() };
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? ""); // No account of this number, as in many containers.
  }
}
