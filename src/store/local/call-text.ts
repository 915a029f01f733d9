import { readLeaves } from "../../identify/detail.ts";
import type { KeyPart, PartKind } from "../../identify/key.ts";

/*
 * The parts of a call's key as the index keeps them, docs/formats/store.md: short, as there is one for each entry, and
 * what is read of one row is mostly this.
 */

const LETTERS: Readonly<Record<Exclude<PartKind, "function">, string>> = {
  code: "c",
  version: "v",
  argument: "a",
  input: "i",
  env: "e",
  seed: "s",
};
const KINDS: ReadonlyMap<unknown, PartKind> = new Map(
  Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as PartKind]),
);
const NOTHING = "0".repeat(32);
const DIGEST = /^[0-9a-f]{32}$/;

/** What a part is made of: leaves with it, or the digest of a detail elsewhere. */
type Content = readonly string[] | string | null;

/** The function's name is not repeated: it has a column of its own. */
export function writeParts(parts: readonly KeyPart[]): string {
  const rows: (string | Content)[][] = [];
  for (const { kind, name, type, digest, preview, leaves, detail } of parts) {
    if (kind === "function") continue;
    const row: (string | Content)[] = [LETTERS[kind], name, type, shortOf(digest)];
    const content = detail === undefined ? leaves?.flat() : shortOf(detail);
    if (content !== undefined) row.push(preview ?? null, content);
    else if (preview !== undefined) row.push(preview);
    rows.push(row);
  }
  return JSON.stringify(rows);
}

/** Undefined where the text is not one that was written so. It only explains; nothing is decided by it. */
export function readParts(functionName: string, text: string): readonly KeyPart[] | undefined {
  try {
    const rows: unknown = JSON.parse(text);
    if (!Array.isArray(rows)) return undefined;
    return [{ kind: "function", name: functionName, type: "", digest: NOTHING }, ...rows.map(readPart)];
  } catch {
    return undefined;
  }
}

/** The digests of the details that a text refers to. What they are the digests of may be gone. */
export function detailsIn(text: string): string[] {
  const parts = readParts("", text) ?? [];
  return parts.flatMap(({ detail }) => (detail === undefined ? [] : [detail]));
}

function readPart(row: unknown): KeyPart {
  if (!Array.isArray(row)) throw new TypeError("not a part");
  const [letter, name, type, short, preview = null, content = null] = row as readonly unknown[];
  const kind = KINDS.get(letter);
  if (kind === undefined || typeof name !== "string" || typeof type !== "string") throw new TypeError("not a part");
  if (preview !== null && typeof preview !== "string") throw new TypeError("not a preview");
  return {
    kind,
    name,
    type,
    digest: longOf(short),
    ...(preview === null ? undefined : { preview }),
    ...(Array.isArray(content) ? { leaves: readLeaves(content) } : undefined),
    ...(typeof content === "string" ? { detail: longOf(content) } : undefined),
  };
}

function shortOf(digest: string): string {
  return digest === NOTHING ? "" : Buffer.from(digest, "hex").toString("base64url");
}

function longOf(short: unknown): string {
  if (typeof short !== "string") throw new TypeError("not a digest");
  const digest = short === "" ? NOTHING : Buffer.from(short, "base64url").toString("hex");
  if (!DIGEST.test(digest)) throw new TypeError("not a digest");
  return digest;
}
