import { escapeUnprintable } from "../../escape.ts";
import type { EntryInfo } from "../../store/store.ts";
import { onTerminal } from "../terminal/output.ts";

const SHORT_DIGITS = 12;
const KEY = /^(quarantined:)?[0-9a-f]{32}$/;

/** The key or digest in full for scripts; for people its first digits, which `scalable cache show` takes as well. */
export function keyCell(key: string): string {
  const [, prefix = ""] = KEY.exec(key) ?? [];
  return onTerminal() && KEY.test(key) ? key.slice(0, prefix.length + SHORT_DIGITS) : escapeUnprintable(key);
}

/** The same for the digest of a part; parts that consist of their name alone have none. */
export function digestCell(digest: string): string {
  return /^0*$/.test(digest) ? "-" : keyCell(digest);
}

/** The function's name, or `-` for what was stored by `Cache.set`: an empty cell would shift the columns of `awk`. */
export function functionCell(functionName: string | undefined): string {
  return functionName ? escapeUnprintable(functionName) : "-";
}

/** `scenarioId: 42, region: "north"` */
export function argumentsCell(entry: EntryInfo): string {
  const shown = (entry.call?.parts ?? [])
    .filter((part) => part.kind === "argument" && part.type !== "absent")
    .map((part) => `${part.name}: ${part.preview ?? part.type}`);
  return escapeUnprintable(shown.join(", "));
}
