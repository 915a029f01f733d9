import { defaultCache } from "../cacheable/default-cache.ts";
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
  try {
    cacheFor(dir, remote).remote?.stored(stored);
  } catch (error) {
    warnOnce(dir, "upload", `A result was not uploaded to ${remote}: ${messageOf(error)}`);
  }
}

/** Mostly the one that calls are looked up in: what is known of its remote, and that it fails, is known once then. */
function cacheFor(dir: string, remote: string): Cache {
  const own = defaultCache();
  if (own.dir === dir && own.remote?.text === remote) return own;
  const id = `${dir}\0${remote}`;
  const cache = caches.get(id) ?? new Cache(dir, { remote });
  caches.set(id, cache);
  return cache;
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
