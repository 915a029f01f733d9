import { createHash } from "node:crypto";
import type { _Error as DeleteError } from "@aws-sdk/client-s3";
import type { Operation } from "../object-store.ts";
import { answeredStatus, ask, isNoSuchObject } from "./ask.ts";
import type { Bucket } from "./bucket.ts";
import { inParts } from "./in-parts.ts";
import { translate } from "./translate.ts";

const BATCH = 1_000;

/** What servers without batches say to one. */
const NO_BATCHES = [405, 411, 501];

/** Removes objects, as many as possible with each request. */
export async function deleteAll(bucket: Bucket, names: readonly string[], operation: Operation): Promise<void> {
  for (let place = 0; place < names.length; place += BATCH) {
    const batch = names.slice(place, place + BATCH);
    try {
      await deleteBatch(bucket, batch, operation);
    } catch (error) {
      if (!NO_BATCHES.includes(answeredStatus(error) ?? 0)) throw error;
      const one = (name: string, operation: Operation): Promise<void> => deleteOne(bucket, name, operation);
      return await inParts(names.slice(place), one, { lanes: bucket.lanes, operation });
    }
  }
}

async function deleteBatch(
  { connection, target }: Bucket,
  names: readonly string[],
  operation: Operation,
): Promise<void> {
  const { s3, client, location } = connection;
  const Objects = names.map((name) => ({ Key: target(name).Key }));
  const command = new s3.DeleteObjectsCommand({ Bucket: location.bucket, Delete: { Quiet: true, Objects } });
  command.middlewareStack.add(
    (next) => (args) => {
      addMd5(args.request);
      return next(args);
    },
    { step: "build", name: "contentMd5" },
  );
  const { Errors = [] } = await ask(connection, (options) => client.send(command, options), operation);
  const failed = Errors.find(({ Code }) => Code !== "NoSuchKey");
  if (failed !== undefined) throw translate(asError(failed), connection);
}

/** The client sends a checksum that only newer servers know; the others insist on this one. */
function addMd5(request: unknown): void {
  if (typeof request !== "object" || request === null || !("headers" in request) || !("body" in request)) return;
  const { body, headers } = request;
  if (typeof headers !== "object" || headers === null) return;
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return;
  try {
    Object.assign(headers, { "content-md5": createHash("md5").update(body).digest("base64") });
  } catch {
    // No MD5 on this machine (FIPS): the client's checksum has to do.
  }
}

function asError({ Code = "", Key = "", Message = "" }: DeleteError): Error {
  const error = new Error(`${Key}: ${Message}`);
  error.name = Code;
  // In a batch each object has a word, and none a status.
  return Object.assign(error, { $metadata: { httpStatusCode: Code === "AccessDenied" ? 403 : 500 } });
}

async function deleteOne({ connection, target }: Bucket, name: string, operation: Operation): Promise<void> {
  const { s3, client } = connection;
  const command = new s3.DeleteObjectCommand(target(name));
  try {
    await ask(connection, (options) => client.send(command, options), operation);
  } catch (error) {
    if (!isNoSuchObject(error)) throw error;
  }
}
