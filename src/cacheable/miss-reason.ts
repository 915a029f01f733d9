import type { Difference } from "../identify/differences.ts";
import type { KeyPart } from "../identify/key.ts";
import type { StoredCall } from "../store/local/recent-calls.ts";
import type { MissReason } from "../telemetry/event.ts";
import { shortDifference } from "./difference-text.ts";
import type { IdentifiedCall } from "./identified-call.ts";
import { nearestTo } from "./nearest.ts";

/** Why a call missed, and in a few words in what it differs. */
export interface Miss {
  readonly reason: MissReason;
  readonly because?: string;
}

/** What is mostly the same for all calls of a process, so that a change of it is what made all of them new. */
const OF_THE_PROCESS: ReadonlySet<KeyPart["kind"]> = new Set(["code", "version", "env", "seed"]);
const STARTED_AT = performance.timeOrigin;
const LONGEST = 200;
/** It is asked at each miss. */
const CLOSELY = 8;

/**
 * Why nothing is stored of a call, as far as the latest calls of its function tell. To look through all that is stored
 * would take longer than many a call: that is done where somebody asks (`explain`, `scalable why`).
 */
export function classify({ cache, cached, identity }: IdentifiedCall): Miss {
  const { store } = cache;
  const { name } = cached.settings;
  if (cached.settings.store === false) return { reason: "not-stored", because: "the option store is false" };
  const fate = store.fates.of(identity.key);
  if (fate !== undefined) return { reason: fate.what, ...because(fate.why) };
  const { parts, details } = identity.record();
  const others = store.recent.of(name).filter(({ key }) => key !== identity.key);
  const detailOf = store.details.readerWith(details);
  const nearest = nearestTo(parts, pool(parts, others), { detailOf, closely: CLOSELY });
  if (nearest === undefined) return { reason: "first-call" };
  return missOf(nearest.comparison.differences);
}

/**
 * Those of earlier processes, where something of the process changed since: then the calls that this process made are
 * nearer, and would only tell that it was called with different arguments.
 */
function pool(parts: readonly KeyPart[], all: readonly StoredCall[]): readonly StoredCall[] {
  const earlier = all.filter(({ at }) => at < STARTED_AT);
  if (earlier.length === 0) return all;
  const common = textOf(parts);
  return earlier.every((call) => textOf(call.parts) !== common) ? earlier : all;
}

function textOf(parts: readonly KeyPart[]): string {
  const common = parts.filter(({ kind }) => OF_THE_PROCESS.has(kind));
  return common
    .map(({ kind, digest, preview = "" }) => `${kind} ${digest} ${kind === "seed" ? preview : ""}`)
    .join(" ");
}

/** From what explains most to what explains least: with another seed, everything is new. */
const ORDER = ["seed", "version", "code", "package", "env", "files", "arguments"] as const satisfies MissReason[];

/** The reason that the differences from the nearest call come to. */
export function missOf(differences: readonly Difference[]): Miss {
  for (const reason of ORDER) {
    const found = differences.filter((difference) => reasonOf(difference) === reason);
    const [first] = found;
    if (first === undefined) continue;
    const more = found.length > 1 ? ` and ${found.length - 1} more` : "";
    return { reason, ...because(`${shortDifference(first)}${more}`) };
  }
  return { reason: "absent" };
}

function reasonOf(difference: Difference): (typeof ORDER)[number] | undefined {
  switch (difference.kind) {
    case "argument":
      return "arguments";
    case "file":
    case "member":
      return isOtherPath(difference) ? "arguments" : "files";
    case "declaration":
    case "code":
      return "code";
    case "package":
    case "version":
    case "env":
    case "seed":
      return difference.kind;
    case "more":
      return undefined;
  }
}

/** Another file is another argument. */
function isOtherPath(difference: Difference): boolean {
  return difference.kind === "file" && difference.of === "argument" && difference.before !== difference.after;
}

function because(text: string | undefined): { readonly because?: string } {
  if (text === undefined || text === "") return {};
  return { because: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text };
}
