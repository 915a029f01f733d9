import { RemoteError } from "../../remote-error.ts";
import type { Operation } from "../object-store.ts";
import { Crc32c } from "./crc32c.ts";
import type { GcsApi } from "./gcs-api.ts";
import { type Opened, openObject, readOpened, readVersion } from "./reading.ts";

/** An object of at most `most` bytes, in memory; undefined where there is none. */
export function getObject(
  api: GcsApi,
  name: string,
  most: number,
  operation: Operation,
): Promise<Uint8Array | undefined> {
  return readVersion(api, name, async () => {
    const opened = await openObject(api, name, { from: 0 }, operation);
    if (opened === undefined) return undefined;
    if (opened.total > most) {
      opened.body?.destroy();
      const text = `${api.remote}: "${name}" has ${opened.total} bytes, and ${most} at most were expected.`;
      throw new RemoteError("damaged", text);
    }
    // Not from the pool of small buffers: it would be kept as a whole for as long as this is.
    const content = new Uint8Array(opened.total);
    let at = 0;
    for await (const chunk of readOpened(api, name, opened, operation)) {
      content.set(chunk.subarray(0, content.length - at), at);
      at += chunk.length;
    }
    const crc = await Crc32c.create();
    crc.update(content);
    checkCrc(api, name, opened, crc);
    return content;
  });
}

export function checkCrc(api: GcsApi, name: string, { crc32c }: Opened, crc: Crc32c): void {
  if (crc32c === undefined || crc.digest() === crc32c) return;
  throw new RemoteError(
    "damaged",
    `${api.remote}: "${name}" did not arrive as it is stored: its CRC-32C is another one.`,
  );
}
