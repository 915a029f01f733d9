import type { ValueType } from "../identify/types/type.ts";
import type { Captured } from "../store/capture.ts";

type Place = readonly (string | number)[];

/**
 * Whether an entry holds the content of each file and folder that the type of the result declares, and of no other. It may
 * have been stored under another type, with the path alone, and what is at that path now may be anything. And nothing is
 * written for a call that declares no files, whatever an entry that others wrote says.
 */
export function holdsDeclared(
  type: ValueType | undefined,
  value: unknown,
  captured: readonly Captured[] | undefined,
): boolean {
  const held = new Set(captured?.map(({ kind, at }) => idOf(kind, at)));
  const wanted = type !== undefined && declares(type) ? new Set(declared(type, value, [])) : new Set<string>();
  return wanted.size === held.size && [...wanted].every((id) => held.has(id));
}

function idOf(kind: "file" | "folder", at: Place): string {
  return JSON.stringify([kind, ...at]);
}

function declares({ result }: ValueType): boolean {
  if (result.form === "list") return declares(result.member);
  if (result.form === "parts") return [...result.parts.values()].some(declares);
  return result.form === "file" || result.form === "folder";
}

function declared({ result }: ValueType, value: unknown, at: Place): string[] {
  if (result.form === "file" || result.form === "folder") return [idOf(result.form, at)];
  if (result.form === "list" && Array.isArray(value)) {
    return value.flatMap((member: unknown, place) => declared(result.member, member, [...at, place]));
  }
  if (result.form === "parts" && typeof value === "object" && value !== null) {
    const record = value as Readonly<Record<string, unknown>>;
    return [...result.parts].flatMap(([name, part]) => declared(part, record[name], [...at, name]));
  }
  return [];
}
