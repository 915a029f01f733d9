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
};
const KINDS: ReadonlyMap<unknown, PartKind> = new Map(
  Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as PartKind]),
);
const NOTHING = "0".repeat(32);

/** The function's name is not repeated: it has a column of its own. */
export function writeParts(parts: readonly KeyPart[]): string {
  const rows: (string | undefined)[][] = [];
  for (const { kind, name, type, digest, preview } of parts) {
    if (kind === "function") continue;
    const short = digest === NOTHING ? "" : Buffer.from(digest, "hex").toString("base64url");
    rows.push(preview === undefined ? [LETTERS[kind], name, type, short] : [LETTERS[kind], name, type, short, preview]);
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

function readPart(row: unknown): KeyPart {
  if (!Array.isArray(row) || !row.every((field) => typeof field === "string")) throw new TypeError("not a part");
  const [letter, name = "", type = "", short = "", preview] = row as readonly string[];
  const kind = KINDS.get(letter);
  if (kind === undefined) throw new TypeError("not a kind of part");
  const digest = short === "" ? NOTHING : Buffer.from(short, "base64url").toString("hex");
  return { kind, name, type, digest, ...(preview === undefined ? {} : { preview }) };
}
