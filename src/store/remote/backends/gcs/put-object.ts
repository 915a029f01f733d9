import { randomUUID } from "node:crypto";
import { RemoteError } from "../../remote-error.ts";
import type { Content, Operation, PutOptions } from "../object-store.ts";
import { Crc32c } from "./crc32c.ts";
import { type Answer, type GcsApi, textOf } from "./gcs-api.ts";
import { inMemory, type Upload, uploadOf } from "./upload.ts";

/*
 * Content of any size goes in one multipart request, which either becomes an object or does not. A resumable upload would
 * spare a repetition after a break, at the price of one more round trip for each object and of a session to be tidied up.
 */

const FIELDS = "generation,size,crc32c,metadata";

interface Stored {
  readonly generation?: string;
  readonly size?: string;
  readonly crc32c?: string;
  readonly metadata?: { readonly writer?: string };
}

/** Stores an object of any size. */
export async function putObject(
  api: GcsApi,
  name: string,
  content: Content,
  { when = "always", operation }: PutOptions & { readonly operation: Operation },
): Promise<"stored" | "exists"> {
  const writer = randomUUID();
  const upload = uploadOf(await inMemory(content), api.prefix + name, { writer, crc: await Crc32c.create() });
  const answer = await api.send(
    {
      method: "POST",
      upload: true,
      query: { uploadType: "multipart", fields: FIELDS, ...(when === "absent" ? { ifGenerationMatch: 0 } : {}) },
      headers: { "content-type": upload.contentType },
      body: upload.body,
      expected: when === "absent" ? [412] : [],
    },
    operation,
  );
  if (answer.status === 412) {
    if (answer.tries === 1) return "exists";
    // The answer to an earlier try may have been lost: what is there now may be from here.
    return (await lookAt(api, name, operation))?.metadata?.writer === writer ? "stored" : "exists";
  }
  const stored = (await readStored(answer)) ?? (await lookAt(api, name, operation));
  // Where another writer was faster than the look, this says nothing.
  if (stored?.metadata?.writer === writer) await compare(api, name, { stored, upload, operation });
  return "stored";
}

async function readStored({ body }: Answer): Promise<Stored | undefined> {
  try {
    return JSON.parse(await textOf(body)) as Stored;
  } catch {
    return undefined; // it is stored; only what is said about it got lost
  }
}

async function lookAt(api: GcsApi, name: string, operation: Operation): Promise<Stored | undefined> {
  const request = { method: "GET", name, query: { fields: FIELDS }, expected: [404] } as const;
  return (await api.json(request, operation)) as Stored | undefined;
}

/** What arrived changed is removed: this generation of it, and no other. */
async function compare(
  api: GcsApi,
  name: string,
  { stored, upload, operation }: { readonly stored: Stored; readonly upload: Upload; readonly operation: Operation },
): Promise<void> {
  const { size, crc32c, generation } = stored;
  const same = Number(size) === upload.bytes && (crc32c === undefined || crc32c === upload.crc.digest());
  if (same) return;
  if (generation !== undefined) {
    const query = { ifGenerationMatch: generation };
    await api.send({ method: "DELETE", name, query, expected: [404, 412] }, operation);
  }
  throw new RemoteError("damaged", `${api.remote}: "${name}" did not arrive as it was sent, and was removed again.`);
}
