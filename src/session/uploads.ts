import { messageOf } from "../errors.ts";
import { warnOnce } from "../log.ts";
import { Cache } from "../store/cache.ts";
import { type ForwardedUpload, flush, uploadCounts } from "../store/remote/remote.ts";
import { formatBytes, formatCounted } from "../units.ts";

/** After so long, somebody who waits wants to know for what. */
const QUIET_MS = 1_000;
const TELL_MS = 10_000;

const caches = new Map<string, Cache>();

/** Uploads what a worker of this process has stored. */
export function uploadFor({ dir, remote, ...stored }: ForwardedUpload): void {
  const id = `${dir}\0${remote}`;
  try {
    const cache = caches.get(id) ?? new Cache(dir, { remote });
    caches.set(id, cache);
    cache.remote?.stored(stored);
  } catch (error) {
    warnOnce(dir, "upload", `A result was not uploaded to ${remote}: ${messageOf(error)}`);
  }
}

/** Waits for uploads, and says so where it takes a while. What is left then is told when the process ends. */
export async function finishUploads(): Promise<void> {
  const tell = (): void => {
    const { open, bytes, uploaded } = uploadCounts();
    process.stderr.write(
      `scalable: uploading ${formatCounted(open, "result", "results")}; ${uploaded} are uploaded (${formatBytes(bytes)})\n`,
    );
  };
  let timer = setTimeout(function again() {
    tell();
    timer = setTimeout(again, TELL_MS);
  }, QUIET_MS);
  try {
    await flush();
  } finally {
    clearTimeout(timer);
  }
}
