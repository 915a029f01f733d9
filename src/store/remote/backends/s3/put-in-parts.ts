import type { CompletedPart } from "@aws-sdk/client-s3";
import type { Operation } from "../object-store.ts";
import { ask } from "./ask.ts";
import type { Bucket } from "./bucket.ts";
import type { Connection } from "./connect.ts";
import { inParts } from "./in-parts.ts";
import { md5Of, type Piece } from "./piece.ts";
import { sendPiece } from "./send-piece.ts";
import type { Whole } from "./whole.ts";

const MIB = 1024 * 1024;
const PART = 8 * MIB;
const MOST_PARTS = 10_000;

/** How long it may take to clean up an upload that failed. */
const CLEAN_UP_MS = 10_000;

/** A multipart upload. The object is there when it is completed, and nothing of it stays where it fails. */
export async function putInParts(bucket: Bucket, whole: Whole, operation: Operation): Promise<void> {
  const { connection, lanes } = bucket;
  const { s3, client } = connection;
  const target = bucket.target(whole.name);
  const start = new s3.CreateMultipartUploadCommand(target);
  const { UploadId } = await ask(connection, (options) => client.send(start, options), operation);
  const upload: Upload = { ...target, UploadId };
  const done: CompletedPart[] = [];
  const send = async (part: NumberedPiece, operation: Operation): Promise<void> => {
    done[part.number - 1] = await sendPart(connection, { upload, ...part }, operation);
  };
  try {
    await inParts(piecesOf(whole), send, { lanes, operation });
    const complete = new s3.CompleteMultipartUploadCommand({
      ...upload,
      ...whole.condition,
      MultipartUpload: { Parts: done },
    });
    await ask(connection, (options) => client.send(complete, options), operation);
  } catch (error) {
    const abandoned = abandon(connection, upload);
    // Whoever aborts may do so because the server no longer answers: not waited for then.
    if (!operation.signal.aborted) await abandoned;
    throw error;
  }
}

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

interface NumberedPiece {
  readonly piece: Piece;
  /** From 1 on. */
  readonly number: number;
}

function piecesOf({ content, bytes }: Whole): readonly NumberedPiece[] {
  const size = Math.max(PART, Math.ceil(bytes / MOST_PARTS / MIB) * MIB);
  return Array.from({ length: Math.ceil(bytes / size) }, (_, place) => ({
    piece: { content, from: place * size, bytes: Math.min(size, bytes - place * size) },
    number: place + 1,
  }));
}

async function sendPart(
  connection: Connection,
  { upload, piece, number }: NumberedPiece & { readonly upload: Upload },
  operation: Operation,
): Promise<CompletedPart> {
  const { s3, client } = connection;
  const ContentMD5 = await md5Of(piece);
  const command = new s3.UploadPartCommand({ ...upload, PartNumber: number, ContentLength: piece.bytes, ContentMD5 });
  const request = {
    command,
    piece,
    send: (options: { readonly abortSignal: AbortSignal }) => client.send(command, options),
  };
  const { ETag } = await sendPiece(connection, request, operation);
  return { PartNumber: number, ETag };
}

/** Parts that nobody completes cost their owner money. What cannot be cleaned up is left to the rules of the bucket. */
async function abandon({ s3, client }: Connection, upload: Upload): Promise<void> {
  const abortSignal = AbortSignal.timeout(CLEAN_UP_MS);
  await client.send(new s3.AbortMultipartUploadCommand(upload), { abortSignal }).catch(() => undefined);
}
