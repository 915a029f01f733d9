/*
 * What can be read off an error of the client. Its classes differ between versions, and some of what a server says never
 * makes it into one; the fields do.
 */

/** The HTTP status of the answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  const status = field(field(error, "$metadata"), "httpStatusCode");
  return typeof status === "number" ? status : undefined;
}

/** S3's word for what is wrong, such as `NoSuchKey`. */
export function wordOf(error: unknown): string {
  const name = field(error, "name");
  return typeof name === "string" ? name : "";
}

/** The region that the server says is the right one. */
export function regionOf(error: unknown): string | undefined {
  const named = field(error, "Region") ?? field(field(field(error, "$response"), "headers"), "x-amz-bucket-region");
  if (typeof named === "string" && named !== "") return named;
  return /expecting '([a-z0-9-]+)'/.exec(String(field(error, "message")))?.[1];
}

function field(owner: unknown, name: string): unknown {
  return typeof owner === "object" && owner !== null ? Reflect.get(owner, name) : undefined;
}
