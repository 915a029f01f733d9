import { digestContent, loadContentHasher } from "../../../src/identify/content.ts";
import { toHex } from "../../../src/identify/hasher.ts";
import { encodeValue } from "../../../src/store/codec.ts";
import { encodeRecord, type RecordHeader } from "../../../src/store/remote/record.ts";
import { generateKeys, readSigner, type Signer } from "../../../src/store/remote/trust.ts";
import { sha256 } from "./memory-objects.ts";

await loadContentHasher();

export const KEY = "0123456789abcdef0123456789abcdef";
export const FUNCTION = "demand";

export const digest = (content: Uint8Array | string): string => toHex(digestContent(Buffer.from(content)));

/** Content that is part of a record, as its list of blobs names it. */
export function inlineBlob(content: Uint8Array): RecordHeader["blobs"][number] {
  return { sha256: sha256(content), digest: digest(content), bytes: content.length, stored: "inline" };
}

/** What a record says of an entry with a value in it; `more` replaces or adds. */
export function recordOf(
  value: unknown,
  more: Partial<RecordHeader> = {},
): { readonly header: RecordHeader; readonly inline: ReadonlyMap<number, Uint8Array> } {
  const content = Buffer.concat(encodeValue(value).pieces);
  const header: RecordHeader = {
    key: KEY,
    function: FUNCTION,
    created_at: Date.now(),
    duration_ms: 1_000,
    writer: { host: "host", user: "user", version: "1.2.3" },
    blobs: [inlineBlob(content)],
    value: { blob: 0 },
    ...more,
  };
  return { header, inline: new Map([[0, content]]) };
}

export function signer(): Signer {
  return readSigner(generateKeys().secretKey, "test");
}

/** A record with any text as its header, and a digest that is right. */
export async function recordWithHeader(header: unknown, given?: Signer): Promise<Uint8Array> {
  // What does not have the form of a header is encoded all the same.
  const { key = KEY, function: functionName = FUNCTION, ...rest } = header as Partial<RecordHeader>;
  return encodeRecord(
    { header: { key, function: functionName, ...rest, blobs: rest.blobs ?? [] } as RecordHeader, inline: new Map() },
    given,
  );
}
