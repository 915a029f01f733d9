import { createHmac, hash } from "node:crypto";

/*
 * Signature Version 4 for requests without a query, and with a body that is in memory:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Unsigned {
  readonly method: "GET" | "HEAD" | "PUT";
  /** Percent-encoded. */
  readonly path: string;
  readonly host: string;
  readonly region: string;
  readonly at: Date;
  readonly body?: Uint8Array | undefined;
}

const EMPTY = hash("sha256", "");

/** The headers of such a request, signed. */
export function signedHeaders(request: Unsigned, credentials: Credentials): Record<string, string> {
  const { method, path, host, region, at, body } = request;
  const content = body === undefined ? EMPTY : hash("sha256", body);
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const headers: Record<string, string> = { host, "x-amz-content-sha256": content, "x-amz-date": time };
  if (credentials.sessionToken !== undefined) headers["x-amz-security-token"] = credentials.sessionToken;
  const names = Object.keys(headers).join(";"); // in the order that is asked for: alphabetical
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, path, "", lines.join(""), names, content].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, hash("sha256", canonical)].join("\n");
  const signature = createHmac("sha256", keyOf(credentials, day, region))
    .update(text)
    .digest("hex");
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  headers["authorization"] = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}

let last: { readonly of: string; readonly key: Buffer } | undefined;

/** Holds for a day, so that most requests take one HMAC instead of five. */
function keyOf({ secretAccessKey }: Credentials, day: string, region: string): Buffer {
  const of = JSON.stringify([secretAccessKey, day, region]);
  if (last?.of === of) return last.key;
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), "s3"), "aws4_request");
  last = { of, key };
  return key;
}
