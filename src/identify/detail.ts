import type { CodeDeclaration, CodeManifest, CodeOrigin, CodePackage } from "./code/manifest.ts";
import type { Leaf } from "./leaves.ts";

/** What a part of a key consists of: enough to say in what it differs from another, and no more. */
export type Detail =
  | {
      /** A value, or the members of a folder. */
      readonly kind: "value" | "folder";
      readonly leaves: readonly Leaf[];
      /** Whether the leaves are all. */
      readonly complete: boolean;
    }
  | { readonly kind: "code"; readonly manifest: CodeManifest; readonly complete: boolean };

/** A detail that is kept beside the entries, under the digest of its text. */
export interface DetailText {
  /** 32 hexadecimal digits. */
  readonly digest: string;
  readonly text: string;
}

/** Longest text of a detail, in characters. */
export const LONGEST_DETAIL = 65_536;
/** Of more declarations, those reached last are left out. */
const MOST_DECLARATIONS = 800;
const MOST_PACKAGES = 400;
const LONGEST_NAME = 60;

const LETTERS = { value: "v", folder: "f", code: "c" } as const;

/** Short, as many are kept; docs/formats/store.md has the form. */
export function writeDetail(detail: Detail): string {
  const letter = LETTERS[detail.kind] + (detail.complete ? "" : "…");
  return JSON.stringify(
    detail.kind === "code" ? [letter, ...packCode(detail.manifest)] : [letter, ...detail.leaves.flat()],
  );
}

/** Undefined where the text is not one that was written so: whoever can write into the folder may have written it. */
export function readDetail(text: string): Detail | undefined {
  try {
    const [letter, ...fields] = JSON.parse(text) as readonly unknown[];
    const complete = letter === LETTERS.value || letter === LETTERS.folder || letter === LETTERS.code;
    const first = String(letter)[0];
    if (first === LETTERS.code) return { kind: "code", manifest: unpackCode(fields), complete };
    if (first !== LETTERS.value && first !== LETTERS.folder) return undefined;
    return { kind: first === LETTERS.value ? "value" : "folder", leaves: readLeaves(fields), complete };
  } catch {
    return undefined;
  }
}

/** Paths and texts in turn. @throws TypeError */
export function readLeaves(fields: readonly unknown[]): Leaf[] {
  const leaves: Leaf[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) leaves.push([asText(fields[at]), asText(fields[at + 1])]);
  return leaves;
}

/** The manifest as far as it fits, as a detail. */
export function codeDetail({ origins, declarations, packages }: CodeManifest): Detail {
  const manifest = {
    origins,
    declarations: declarations.slice(0, MOST_DECLARATIONS),
    packages: packages.slice(0, MOST_PACKAGES),
  };
  const complete = declarations.length <= MOST_DECLARATIONS && packages.length <= MOST_PACKAGES;
  return { kind: "code", manifest, complete };
}

const DIGEST_DIGITS = 12;

function packCode({ origins, declarations, packages }: CodeManifest): unknown[] {
  const files = [...new Set(declarations.map(({ file }) => file))];
  const places = new Map(files.map((file, place) => [file, place]));
  return [
    files,
    declarations.map(({ name, file, line, digest, via }) => [
      name.slice(0, LONGEST_NAME),
      places.get(file),
      line,
      digest.slice(0, DIGEST_DIGITS),
      via,
    ]),
    packages.map(({ name, version, via }) => [name, version, via]),
    origins.map(({ file, name, digest, dependsOn }) => [file, name, digest, ...dependsOn]),
  ];
}

function unpackCode([files, declarations, packages, origins]: readonly unknown[]): CodeManifest {
  const names = asList(files).map(asText);
  return {
    origins: asList(origins).map((row): CodeOrigin => {
      const [file = "", name = "", digest = "", ...dependsOn] = asList(row).map(asText);
      return { file, name, digest, dependsOn };
    }),
    declarations: asList(declarations).map((row): CodeDeclaration => {
      const [name, file, line, digest, via] = asList(row);
      return {
        name: asText(name),
        file: names[asNumber(file)] ?? "",
        line: asNumber(line),
        digest: asText(digest),
        via: asNumber(via),
      };
    }),
    packages: asList(packages).map((row): CodePackage => {
      const [name, version, via] = asList(row);
      return { name: asText(name), version: asText(version), via: asNumber(via) };
    }),
  };
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError("not a list");
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError("not a text");
}

function asNumber(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new TypeError("not a whole number");
}
