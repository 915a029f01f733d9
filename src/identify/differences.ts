import { type CodeDifference, compareCode } from "./code/compare.ts";
import type { Detail } from "./detail.ts";
import type { KeyPart } from "./key.ts";
import type { Leaf } from "./leaves.ts";

/** One thing that is not the same in two calls of a function. Texts are short, and made for people. */
export type Difference =
  | {
      /** A value: of an argument or of a place in it (`params.fuelCost`), the version, or the seed. */
      readonly kind: "argument" | "version" | "seed";
      readonly name: string;
      /** Absent where there is none. Equal to `after` where they differ in what is not kept of them. */
      readonly before?: string;
      readonly after?: string;
    }
  | {
      /** A file, or a folder of which no more is known than that it changed. */
      readonly kind: "file";
      readonly of: "argument" | "input";
      /** Name of the parameter, or place in it; the path of an input. */
      readonly name: string;
      /** Its path; absent where there is none. */
      readonly before?: string;
      readonly after?: string;
    }
  | {
      /** What is in a folder. */
      readonly kind: "member";
      readonly of: "argument" | "input";
      readonly name: string;
      readonly change: "added" | "removed" | "changed";
      readonly path: string;
    }
  /** An environment variable. Of its values nothing is kept. */
  | { readonly kind: "env"; readonly name: string }
  /** The code, where no more is known, or how it is looked at (the option `code`). */
  | { readonly kind: "code"; readonly before: string; readonly after: string }
  | CodeDifference
  /** So many more differences of one part. */
  | { readonly kind: "more"; readonly name: string; readonly count: number };

export interface Comparison {
  readonly differences: readonly Difference[];
  /** The parts that are the same. Those whose digests were made with another seed may be in neither list. */
  readonly same: readonly KeyPart[];
}

/** Reads a detail by its digest; undefined where it is gone. */
export type DetailReader = (digest: string) => Detail | undefined;

/** So many differences of one part are told. */
const MOST = 20;

/** Of two calls with the same arguments, the code or a file is what changed; others are other calls, whatever they share. */
const WEIGHT_OF_ARGUMENT = 1_000;

/**
 * How far a call is from another one: arguments that differ count more than everything else. Cheaper than to compare
 * them, as it is asked of many.
 */
export function distanceBetween(before: readonly KeyPart[], after: OrderedParts): number {
  const { parts, byId } = after;
  const otherSeed = before.find(({ kind }) => kind === "seed")?.preview !== byId.get(SEED_ID)?.preview;
  let distance = 0;
  let matched = 0;
  for (const [place, part] of before.entries()) {
    // Two calls of one function mostly have the same parts in the same places.
    const there = parts[place];
    const other = there?.kind === part.kind && there.name === part.name ? there : byId.get(idOf(part));
    if (other !== undefined) matched += 1;
    if (other !== undefined && (isSame(part, other) || (otherSeed && looksSame(part, other)))) continue;
    const isOtherCall = part.kind === "argument" && !(isPath(part) && part.preview === other?.preview);
    distance += isOtherCall ? WEIGHT_OF_ARGUMENT : 1;
  }
  return distance + (parts.length - matched);
}

/** The parts of a call that is compared with many others. */
export interface OrderedParts {
  readonly parts: readonly KeyPart[];
  readonly byId: ReadonlyMap<string, KeyPart>;
}

/** Parts by what they are compared by. */
export function partsById(parts: readonly KeyPart[]): Map<string, KeyPart> {
  return new Map(parts.map((part) => [idOf(part), part]));
}

/** In what a call differs from one that was made before. */
export function compareParts(
  before: readonly KeyPart[],
  after: readonly KeyPart[],
  detailOf: DetailReader,
): Comparison {
  const [from, to] = [partsById(before), partsById(after)];
  const differences: Difference[] = [];
  const same: KeyPart[] = [];
  const otherSeed = from.get(SEED_ID)?.preview !== to.get(SEED_ID)?.preview;
  for (const id of new Set([...to.keys(), ...from.keys()])) {
    const [old, now] = [from.get(id), to.get(id)];
    const known = now ?? old;
    if (known === undefined) continue;
    if (old !== undefined && now !== undefined && (isSame(old, now) || (otherSeed && looksSame(old, now)))) {
      same.push(now);
      continue;
    }
    // A digest that was made with another seed says nothing.
    if (otherSeed && old !== undefined && now !== undefined && !canBeSeen(old, now)) continue;
    const found = differencesOf(known, { old, now }, detailOf);
    differences.push(...found.slice(0, MOST));
    if (found.length > MOST) differences.push({ kind: "more", name: nameOf(known), count: found.length - MOST });
  }
  return { differences, same };
}

const SEED_ID = "seed\0";

function idOf({ kind, name }: KeyPart): string {
  return `${kind}\0${name}`;
}

function isSame(a: KeyPart, b: KeyPart): boolean {
  return a.digest === b.digest && a.type === b.type && (a.kind !== "seed" || a.preview === b.preview);
}

/** Whether all that is kept of two parts is the same, whatever their digests. */
function looksSame(a: KeyPart, b: KeyPart): boolean {
  const isWhole = ({ preview, kind }: KeyPart): boolean =>
    kind === "function" || (preview !== undefined && !/…|\(redacted\)|\d\)$/.test(preview));
  return isWhole(a) && a.type === b.type && a.preview === b.preview && String(a.leaves) === String(b.leaves);
}

function canBeSeen(a: KeyPart, b: KeyPart): boolean {
  return a.preview !== b.preview;
}

interface Pair {
  readonly old: KeyPart | undefined;
  readonly now: KeyPart | undefined;
}

function differencesOf(known: KeyPart, pair: Pair, detailOf: DetailReader): Difference[] {
  switch (known.kind) {
    case "function":
      return [];
    case "env":
      return [{ kind: "env", name: known.name }];
    case "code":
      return codeDifferences(pair, detailOf);
    case "version":
      return [valueDifference("version", "", pair)];
    case "seed":
      return [
        {
          kind: "seed",
          name: "",
          before: pair.old?.preview ?? "the default",
          after: pair.now?.preview ?? "the default",
        },
      ];
    case "input":
      return fileDifferences("input", pair, detailOf);
    case "argument":
      if (isPath(pair.old ?? known) && isPath(pair.now ?? known)) return fileDifferences("argument", pair, detailOf);
      return argumentDifferences(known.name, pair, detailOf);
  }
}

function isPath({ type }: KeyPart): boolean {
  return type === "FileType" || type === "DirType";
}

function nameOf({ kind, name, preview = "" }: KeyPart): string {
  return kind === "input" ? unquoted(preview) : name;
}

function codeDifferences({ old, now }: Pair, detailOf: DetailReader): Difference[] {
  const unknown: Difference = { kind: "code", before: old?.type ?? "", after: now?.type ?? "" };
  if (old === undefined || now === undefined || old.type !== now.type) return [unknown];
  const [before, after] = [detailAt(old, detailOf), detailAt(now, detailOf)];
  if (before?.kind !== "code" || after?.kind !== "code") return [unknown];
  const found = compareCode(before.manifest, after.manifest).filter((difference) => {
    if (before.complete && after.complete) return true;
    // What was left out is neither added nor removed.
    return difference.kind === "declaration" ? difference.change === "changed" : bothThere(difference);
  });
  return found.length === 0 ? [unknown] : found;
}

function bothThere({
  before,
  after,
}: {
  readonly before: string | undefined;
  readonly after: string | undefined;
}): boolean {
  return before !== undefined && after !== undefined;
}

function fileDifferences(of: "argument" | "input", { old, now }: Pair, detailOf: DetailReader): Difference[] {
  const name = of === "argument" ? ((now ?? old)?.name ?? "") : unquoted((now ?? old)?.preview ?? "");
  const [before, after] = [detailAt(old, detailOf), detailAt(now, detailOf)];
  if (before?.kind === "folder" && after?.kind === "folder") {
    const members = placesThatDiffer(before, after).map(({ path, was, is }): Difference => {
      const change = was === undefined ? "added" : is === undefined ? "removed" : "changed";
      return { kind: "member", of, name, change, path };
    });
    if (members.length > 0) return members;
  }
  return [{ kind: "file", of, name, ...texts(old?.preview, now?.preview, unquoted) }];
}

function argumentDifferences(name: string, { old, now }: Pair, detailOf: DetailReader): Difference[] {
  const whole = valueDifference("argument", name, { old, now });
  const [before, after] = [leavesIn(old, detailOf), leavesIn(now, detailOf)];
  if (before === undefined || after === undefined || old?.type !== now?.type) return [whole];
  const places = placesThatDiffer(before, after);
  if (places.length === 0) return [whole];
  return places.map(({ path, was, is }): Difference => {
    const [file, other] = [fileIn(was), fileIn(is)];
    if (file !== undefined && other !== undefined) {
      return { kind: "file", of: "argument", name: name + path, before: file, after: other };
    }
    return { kind: "argument", name: name + path, ...texts(was, is, (text) => text) };
  });
}

/** The path in the text of a leaf that stands for a file or folder. */
function fileIn(text: string | undefined): string | undefined {
  const [, path] = /^file (".*") #/.exec(text ?? "") ?? [];
  return path === undefined ? undefined : unquoted(path);
}

function valueDifference(kind: "argument" | "version", name: string, { old, now }: Pair): Difference {
  const showType = old !== undefined && now !== undefined && old.type !== now.type && old.preview === now.preview;
  return { kind, name, ...texts(shown(old, showType), shown(now, showType), (text) => text) };
}

function shown(part: KeyPart | undefined, showType: boolean): string | undefined {
  if (part === undefined || part.type === "absent") return undefined;
  if (part.preview === undefined)
    return part.kind === "version" ? undefined : `${part.type} ${part.digest.slice(0, 12)}`.trim();
  return showType ? `${part.preview} (${part.type === "" ? "without a type" : part.type})` : part.preview;
}

function texts(
  before: string | undefined,
  after: string | undefined,
  form: (text: string) => string,
): { readonly before?: string; readonly after?: string } {
  return {
    ...(before === undefined ? undefined : { before: form(before) }),
    ...(after === undefined ? undefined : { after: form(after) }),
  };
}

function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}

function detailAt(part: KeyPart | undefined, detailOf: DetailReader): Detail | undefined {
  return part?.detail === undefined ? undefined : detailOf(part.detail);
}

interface Places {
  readonly leaves: readonly Leaf[];
  readonly complete: boolean;
}

function leavesIn(part: KeyPart | undefined, detailOf: DetailReader): Places | undefined {
  if (part?.leaves !== undefined) return { leaves: part.leaves, complete: true };
  const detail = detailAt(part, detailOf);
  return detail?.kind === "value" ? detail : undefined;
}

interface PlaceChange {
  readonly path: string;
  readonly was: string | undefined;
  readonly is: string | undefined;
}

function placesThatDiffer(before: Places, after: Places): PlaceChange[] {
  const [from, to] = [new Map(before.leaves), new Map(after.leaves)];
  const found: PlaceChange[] = [];
  for (const path of new Set([...to.keys(), ...from.keys()])) {
    const [was, is] = [from.get(path), to.get(path)];
    if (was === is) continue;
    // What was left out is neither added nor removed.
    if ((was === undefined && !before.complete) || (is === undefined && !after.complete)) continue;
    found.push({ path, was, is });
  }
  return found;
}
