import { createHash } from "node:crypto";
import * as z from "zod";
import type { Captured } from "../capture.ts";
import { compress, decompress } from "./compression.ts";
import { isSigned, type PublicKey, type Signature, type Signer } from "./trust.ts";

/*
 * The record of an entry in a shared store, docs/formats/remote.md: what a call was, what came of it and where its
 * content is. It is read from a place that others may write to: nothing of it is used before its digest, its form and,
 * where keys are trusted, its signature were found right.
 */

const MAGIC = "scalrec1";
const HEAD_BYTES = 48;
const SIGNATURE_BYTES = 96;
const DIGEST_AT = 16;
/** No record is longer; that of a folder of 200,000 files is some 40 MB. */
export const LONGEST_RECORD = 64 * 1024 * 1024;
const LONGEST_PAYLOAD = LONGEST_RECORD - HEAD_BYTES - SIGNATURE_BYTES;

const digest = z.string().regex(/^[0-9a-f]{32}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();
const at = z.array(z.union([z.string(), count]));

const blobSchema = z.strictObject({
  /** Of the content, before it was compressed. */
  sha256,
  /** The local store's digest of the same content. */
  digest,
  bytes: count,
  /** `inline`: behind the header, in the order of the list; else in an object of its own. */
  stored: z.enum(["inline", "raw", "zstd"]),
});

const memberSchema = z.union([
  z.strictObject({ kind: z.literal("file"), path: z.string(), digest, bytes: count, executable: z.boolean() }),
  z.strictObject({ kind: z.literal("folder"), path: z.string() }),
  z.strictObject({ kind: z.literal("link"), path: z.string(), target: z.string() }),
]);

const headerSchema = z.strictObject({
  key: z.string().min(1).max(512),
  function: z.string(),
  /** Milliseconds since 1970. */
  created_at: z.number().nonnegative(),
  duration_ms: z.number().nonnegative(),
  /** Who computed it, in words. */
  writer: z.strictObject({ host: z.string(), user: z.string(), version: z.string() }),
  blobs: z.array(blobSchema),
  /** The place of the value among the blobs; with `layout`, it is in several parts. */
  value: z.strictObject({ blob: count, layout: z.array(count).optional() }),
  form: z.string().optional(),
  bare: z.array(at).optional(),
  captured: z
    .array(
      z.strictObject({
        at,
        kind: z.enum(["file", "folder"]),
        path: z.string(),
        absolute: z.boolean(),
        members: z.array(memberSchema),
      }),
    )
    .optional(),
  /** The parts of the key, as the local store keeps them. */
  call: z.string().optional(),
  /** What parts refer to: as text, or by the place of a blob. */
  details: z.array(z.strictObject({ digest, text: z.string().optional(), blob: count.optional() })).optional(),
});

export type RecordBlob = Readonly<z.infer<typeof blobSchema>>;

/** What a record says. */
export interface RecordHeader extends Omit<Readonly<z.infer<typeof headerSchema>>, "captured"> {
  readonly captured?: readonly Captured[] | undefined;
}

export interface Record {
  readonly header: RecordHeader;
  /** The contents that are part of it, by their places among the blobs. */
  readonly inline: ReadonlyMap<number, Uint8Array>;
  /** Who signed it, if anybody did. */
  readonly signedBy?: PublicKey;
}

/** A record that is not to be believed, and why. */
export class BadRecord extends Error {
  readonly kind: "damaged" | "unsigned" | "untrusted";

  constructor(kind: BadRecord["kind"], why: string) {
    super(why);
    this.kind = kind;
  }
}

/** @throws RangeError where it would be longer than a record may be. */
export async function encodeRecord(
  { header, inline }: Pick<Record, "header" | "inline">,
  signer: Signer | undefined,
): Promise<Uint8Array> {
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const contents = header.blobs.flatMap((_, place) => inline.get(place) ?? []);
  const payload = Buffer.concat([length, json, ...contents]);
  if (payload.length > LONGEST_PAYLOAD)
    throw new RangeError(`its record would be of ${payload.length} bytes, which is too long`);
  const compressed = await compress(payload);
  const signature = signer?.sign(signedMessage(header, json));
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, "latin1");
  head.writeUInt8(compressed === undefined ? 0 : 1, 8);
  head.writeUInt8(signature === undefined ? 0 : 1, 9);
  head.writeUInt32LE(payload.length, DIGEST_AT - 4);
  const signed = signature === undefined ? [] : [signature.publicKey, signature.signature];
  const record = Buffer.concat([head, ...signed, compressed ?? payload]);
  record.set(digestOf(record), DIGEST_AT);
  return record;
}

export interface Expected {
  readonly key: string;
  readonly functionName: string;
  /** Keys of which one must have signed it; undefined where nobody has to. */
  readonly trusted: readonly PublicKey[] | undefined;
}

/** @throws BadRecord where it is not what it should be. */
export async function decodeRecord(bytes: Uint8Array, { key, functionName, trusted }: Expected): Promise<Record> {
  const record = await openRecord(bytes, trusted);
  const { header } = record;
  if (header.key !== key || header.function !== functionName) throw damaged("it is the record of another call");
  return record;
}

/** The same, whichever call it is of. */
export async function openRecord(
  bytes: Uint8Array,
  trusted: readonly PublicKey[] | undefined = undefined,
): Promise<Record> {
  const { payload, signature } = await payloadOf(bytes);
  if (payload.length < 4) throw damaged("it has no header");
  const end = 4 + payload.readUInt32LE(0);
  if (end > payload.length) throw damaged("its header is longer than it is");
  const json = payload.subarray(4, end);
  const header = parseHeader(json);
  const record = { header, inline: contentsOf(header, payload.subarray(end)) };
  if (trusted === undefined) return record;
  return { ...record, signedBy: checkSignature(signedMessage(header, json), signature, trusted) };
}

/** SHA-256 of all of a record but this digest itself: what is not whole is noticed before anything is made of it. */
function digestOf(record: Uint8Array): Buffer {
  const hash = createHash("sha256").update(record.subarray(0, DIGEST_AT));
  return hash.update(record.subarray(HEAD_BYTES)).digest();
}

async function payloadOf(given: Uint8Array): Promise<{ payload: Buffer; signature: Signature | undefined }> {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < HEAD_BYTES || bytes.toString("latin1", 0, 8) !== MAGIC) throw damaged("it is no record");
  const [encoding, signed] = [bytes.readUInt8(8), bytes.readUInt8(9)];
  const length = bytes.readUInt32LE(DIGEST_AT - 4);
  if (!digestOf(bytes).equals(bytes.subarray(DIGEST_AT, HEAD_BYTES))) {
    throw damaged("its content does not have its digest");
  }
  if (encoding > 1 || signed > 1 || bytes.readUInt16LE(10) !== 0) throw damaged("it is of an unknown form");
  if (length > LONGEST_PAYLOAD) throw damaged("it is longer than records are");
  const body = bytes.subarray(HEAD_BYTES + (signed === 1 ? SIGNATURE_BYTES : 0));
  const signature =
    signed === 1
      ? {
          publicKey: bytes.subarray(HEAD_BYTES, HEAD_BYTES + 32),
          signature: bytes.subarray(HEAD_BYTES + 32, HEAD_BYTES + SIGNATURE_BYTES),
        }
      : undefined;
  let payload: Buffer;
  try {
    payload = encoding === 1 ? Buffer.from(await decompress(body, length)) : body;
  } catch {
    throw damaged("it cannot be decompressed");
  }
  if (payload.length !== length) throw damaged("it is not as long as it says");
  return { payload, signature };
}

function parseHeader(json: Buffer): RecordHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json.toString("utf8"));
  } catch {
    throw damaged("its header is no JSON");
  }
  const { success, data } = headerSchema.safeParse(parsed);
  if (!success) throw damaged("its header is not of the form that headers have");
  const places = [data.value.blob, ...(data.details ?? []).flatMap(({ blob = [] }) => blob)];
  if (places.some((place) => place >= data.blobs.length)) throw damaged("its header names content that is not there");
  return data;
}

function contentsOf({ blobs }: RecordHeader, contents: Uint8Array): Map<number, Uint8Array> {
  const inline = new Map<number, Uint8Array>();
  let from = 0;
  for (const [place, { stored, bytes, sha256: expected }] of blobs.entries()) {
    if (stored !== "inline") continue;
    const content = contents.subarray(from, from + bytes);
    from += bytes;
    if (createHash("sha256").update(content).digest("hex") !== expected) {
      throw damaged("content in it does not have its digest");
    }
    inline.set(place, content);
  }
  if (from !== contents.length) throw damaged("there is more in it than it says");
  return inline;
}

/**
 * What a signature is over: texts, each behind its length in 8 bytes. The header has key, blobs, sizes and writer; that
 * key and function stand before it again says what the signature is of without reading the header.
 */
function signedMessage({ key, function: functionName }: RecordHeader, json: Uint8Array): Uint8Array {
  const fields = [Buffer.from("scalable/record/1"), Buffer.from(key), Buffer.from(functionName), json];
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(field.length));
      return [length, field];
    }),
  );
}

function checkSignature(
  message: Uint8Array,
  signature: Signature | undefined,
  trusted: readonly PublicKey[],
): PublicKey {
  if (signature === undefined) throw new BadRecord("unsigned", "it is not signed");
  const known = trusted.find((key) => Buffer.from(key).equals(signature.publicKey));
  if (known === undefined) throw new BadRecord("untrusted", "it is signed with a key that is not trusted");
  if (!isSigned(message, signature)) throw new BadRecord("untrusted", "its signature is wrong");
  return known;
}

function damaged(why: string): BadRecord {
  return new BadRecord("damaged", why);
}
