import type { ObjectInfo, Page } from "./backends/object-store.ts";
import { functionFolder, parseRecordName } from "./names.ts";

/** How long what was found to be missing is taken to be missing: another machine may store it at any time. */
const FRESH_MS = 30_000;
/** From so many look-ups on, at once or one after another, a list is asked for … */
const LIST_FROM = 8;
/** … unless the function has so many entries that the list takes more time than the look-ups. */
const LISTS_AT_ONCE = 16;
const LOOKUPS_AT_ONCE = 64;
const MOST_REMEMBERED = 200_000;
/** A longer list is not worth its memory: 250,000 records are some 30 MB. */
const MOST_PAGES = 250;
const DIGITS = 8;

type List = (prefix: string, after: string | undefined) => Promise<Page>;

/** What is known of the records of one function. */
interface Known {
  /** Ids of the records that were there when they were listed, with when each was written. */
  readonly ids: Map<string, number>;
  /** Pages that a whole list takes, where this one is not whole: then it says nothing of what it does not hold. */
  readonly left: number | undefined;
  /** By the clock of `performance.now`, which nobody sets back. */
  readonly listedAt: number;
  /** Single look-ups that found nothing since the last list. */
  misses: number;
}

/**
 * What is in a remote, function by function, so that many look-ups of what is not there cost few requests. What is known
 * to be missing is believed for half a minute.
 */
export class KnownKeys {
  readonly #list: List;
  readonly #functions = new Map<string, Known>();
  readonly #listing = new Map<string, Promise<void>>();
  /** Ids that were looked up and not found, with when. */
  readonly #missing = new Map<string, number>();

  constructor(list: List) {
    this.#list = list;
  }

  /** Of `ids`, those that may be there; lists them first where that is cheaper. */
  async filter(functionName: string, ids: readonly string[]): Promise<Set<string>> {
    const unknown = ids.filter((id) => !this.#isMissing(functionName, id));
    const known = this.#functions.get(functionName);
    const asked = unknown.length + (known?.misses ?? 0);
    if (asked >= LIST_FROM && (!this.#isFresh(known) || isWorthListing(known?.left, asked))) {
      await this.#refresh(functionName, asked);
      return new Set(unknown.filter((id) => !this.#isMissing(functionName, id)));
    }
    return new Set(unknown);
  }

  /** Takes note that a record was not there when it was asked for. */
  missing(functionName: string, id: string): void {
    if (this.#missing.size >= MOST_REMEMBERED) this.#missing.clear();
    this.#missing.set(id, performance.now());
    const known = this.#functions.get(functionName);
    if (known === undefined) this.#functions.set(functionName, { ...NOTHING, ids: new Map(), misses: 1 });
    else known.misses += 1;
  }

  /** Takes note that a record was written, or found. */
  present(functionName: string, id: string): void {
    this.#missing.delete(id);
    this.#functions.get(functionName)?.ids.set(id, Date.now());
  }

  /** Takes note that a record was removed. */
  removed(functionName: string, id: string): void {
    this.#functions.get(functionName)?.ids.delete(id);
    this.missing(functionName, id);
  }

  /** The records that were written last, as far as a list is there or takes one request. */
  async newest(functionName: string, count: number): Promise<string[]> {
    if (!this.#isFresh(this.#functions.get(functionName))) await this.#refresh(functionName, 1);
    const ids = [...(this.#functions.get(functionName)?.ids ?? [])].sort(([, a], [, b]) => b - a);
    return ids.slice(0, count).map(([id]) => id);
  }

  #isMissing(functionName: string, id: string): boolean {
    const at = this.#missing.get(id);
    if (at !== undefined && performance.now() - at <= FRESH_MS) return true;
    const known = this.#functions.get(functionName);
    return this.#isFresh(known) && known?.left === undefined && known?.ids.has(id) === false;
  }

  #isFresh(known: Known | undefined): boolean {
    return known !== undefined && performance.now() - known.listedAt <= FRESH_MS;
  }

  #refresh(functionName: string, lookups: number): Promise<void> {
    const underWay = this.#listing.get(functionName);
    if (underWay !== undefined) return underWay;
    const listing = this.#read(functionName, lookups).finally(() => this.#listing.delete(functionName));
    this.#listing.set(functionName, listing);
    return listing;
  }

  async #read(functionName: string, lookups: number): Promise<void> {
    const prefix = functionFolder(functionName);
    const listedAt = performance.now();
    const ids = new Map<string, number>();
    const first = await this.#list(prefix, undefined);
    const last = takeIds(first.objects, ids);
    let left: number | undefined;
    if (first.more) {
      // Ids are digests, so what the first page covers tells how many there are.
      left = last === undefined ? Number.POSITIVE_INFINITY : Math.ceil(1 / Math.max(fractionOf(last), 1e-9));
      if (last !== undefined && isWorthListing(left, lookups)) {
        await Promise.all(slicesAfter(last).map((slice) => this.#readSlice(prefix, slice, ids)));
        left = undefined;
      }
    }
    this.#functions.set(functionName, { ids, left, listedAt, misses: 0 });
  }

  /** Lists the ids from one on, up to another. */
  async #readSlice(prefix: string, { from, to }: Slice, ids: Map<string, number>): Promise<void> {
    let after = `${prefix}${from.slice(0, 2)}/${from}`;
    for (;;) {
      const page = await this.#list(prefix, after);
      const last = takeIds(page.objects, ids);
      const end = page.objects.at(-1);
      // Whatever else is there, the list goes on behind it.
      if (!page.more || end === undefined || (to !== undefined && last !== undefined && last >= to)) return;
      after = end.name;
    }
  }
}

const NOTHING = { left: Number.POSITIVE_INFINITY, listedAt: Number.NEGATIVE_INFINITY };

/** Whether a list of so many pages takes less time than so many look-ups. */
function isWorthListing(pages: number | undefined, lookups: number): boolean {
  if (pages === undefined || pages > MOST_PAGES) return false;
  return Math.ceil(pages / LISTS_AT_ONCE) <= Math.ceil(lookups / LOOKUPS_AT_ONCE);
}

interface Slice {
  /** The id, or its beginning, after which it begins. */
  readonly from: string;
  readonly to: string | undefined;
}

/** What is left of all ids after one, in parts that are listed at once. */
function slicesAfter(last: string): Slice[] {
  const start = fractionOf(last);
  const bounds = Array.from({ length: LISTS_AT_ONCE }, (_, place) => start + ((1 - start) * place) / LISTS_AT_ONCE);
  const texts = bounds.map((bound, place) => (place === 0 ? last : beginningOf(bound)));
  return texts.map((from, place) => ({ from, to: texts[place + 1] }));
}

function fractionOf(id: string): number {
  return Number.parseInt(id.slice(0, DIGITS), 16) / 16 ** DIGITS;
}

function beginningOf(fraction: number): string {
  return Math.floor(fraction * 16 ** DIGITS)
    .toString(16)
    .padStart(DIGITS, "0");
}

/** Returns the last id. */
function takeIds(objects: readonly ObjectInfo[], into: Map<string, number>): string | undefined {
  let last: string | undefined;
  for (const { name, modifiedAt } of objects) {
    const id = parseRecordName(name)?.id;
    if (id === undefined) continue;
    into.set(id, modifiedAt);
    last = id;
  }
  return last;
}
