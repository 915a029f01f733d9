import { allocateParts, encodeValue } from "../store/codec.ts";
import { judgeStorable, restoreBare } from "../store/storable.ts";

/** A copy that is what the value is, in all its depth; undefined where there can be none. */
export function copyOf(value: object): { readonly copy: unknown } | undefined {
  try {
    const verdict = judgeStorable(value);
    if (!verdict.storable) return undefined;
    const encoded = encodeValue(value);
    const { pieces, decode } = allocateParts(encoded.layout);
    pieces.forEach((piece, place) => void piece.set(encoded.pieces[place] ?? piece));
    return { copy: restoreBare(decode(), verdict.bare) };
  } catch {
    return undefined; // Nested too deeply, or a getter threw.
  }
}

/** Whether reading a value uses it up, as with a stream, an iterator or a response. Such a value is never stored. */
export function isReadOnce(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const has = (method: string): boolean => typeof Reflect.get(value, method) === "function";
  return has("next") || has("pipe") || has("getReader") || "bodyUsed" in value;
}
