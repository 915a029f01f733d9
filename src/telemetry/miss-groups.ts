import type { CacheCallEvent } from "./event.ts";

/** Misses of one function for one reason. */
export interface MissGroup {
  readonly reason: string;
  readonly function_name: string;
  readonly count: number;
  /** In what the calls differed, the most frequent first; no more than a few. */
  readonly because: readonly string[];
  /** How many others there were, where they were counted. */
  readonly more_because: number;
  /** Of the first one; empty where it had no key. */
  readonly key_digest: string;
}

/** So many texts are told apart in each group, and so many told of. */
const MOST_COUNTED = 100;
const MOST_TOLD = 3;

interface Group {
  count: number;
  readonly because: Map<string, number>;
  readonly first: CacheCallEvent;
}

/** Groups misses as they come. */
export class MissGroups {
  readonly #groups = new Map<string, Group>();

  /** Takes a call that was no hit. */
  add(event: CacheCallEvent): void {
    const id = `${event.reason ?? ""}\0${event.function_name}`;
    const group: Group = this.#groups.get(id) ?? { count: 0, because: new Map(), first: event };
    this.#groups.set(id, group);
    group.count += 1;
    const { because } = event;
    if (because === undefined) return;
    if (!group.because.has(because) && group.because.size >= MOST_COUNTED) return;
    group.because.set(because, (group.because.get(because) ?? 0) + 1);
  }

  /** The largest first. */
  groups(): MissGroup[] {
    const groups = [...this.#groups.values()].map(({ count, because, first }): MissGroup => {
      const texts = [...because].sort(([, a], [, b]) => b - a).map(([text]) => text);
      return {
        reason: first.reason ?? UNKNOWN,
        function_name: first.function_name,
        count,
        because: texts.slice(0, MOST_TOLD),
        more_because: Math.max(0, texts.length - MOST_TOLD),
        key_digest: first.key_digest,
      };
    });
    return groups.sort((a, b) => b.count - a.count);
  }
}

/** The reason of a miss that has none, such as that of a call that waited for another one which failed. */
export const UNKNOWN = "unknown";
