import { ScalableError } from "../errors.ts";
import { allocateParts, decodeInline, encodeValue } from "../store/codec.ts";
import { judgeStorable, restoreBare } from "../store/storable.ts";
import type { Parcel } from "./provider.ts";

/**
 * Packs a value for its way to another thread or process. It arrives as what it is, or is refused here.
 *
 * @param what - what the value is called in the error, such as `args`.
 * @throws ScalableError with `E_NOT_TRANSFERABLE`, naming the path to what cannot be handed over.
 */
export function pack(value: unknown, what: string, functionName: string): Parcel {
  const verdict = judgeStorable(value, what);
  if (!verdict.storable) {
    throw new ScalableError(
      "E_NOT_TRANSFERABLE",
      `${functionName}: ${verdict.reason}, which cannot be handed over between a session and its workers. Pass or return plain data.`,
      { functionName },
    );
  }
  const { pieces, bytes, layout } = encodeValue(value);
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return { bytes: only, layout, bare: verdict.bare };
  const joined = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return { bytes: joined, layout, bare: verdict.bare };
}

export function unpack({ bytes, layout, bare }: Parcel): unknown {
  if (layout.length === 1) return restoreBare(decodeInline(bytes), bare);
  const { pieces, decode } = allocateParts(layout);
  let at = 0;
  for (const piece of pieces) {
    piece.set(bytes.subarray(at, at + piece.length));
    at += piece.length;
  }
  return restoreBare(decode(), bare);
}
