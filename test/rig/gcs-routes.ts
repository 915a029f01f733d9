import type { GcsBucket, StoredObject } from "./gcs-bucket.ts";

export type Permission = "list" | "get" | "create" | "delete" | "bucket";

/** A request, as tests look at it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface Asked extends SeenRequest {
  readonly contentType: string;
  readonly body: Buffer;
  /** What becomes of content on its way. */
  readonly carried: (content: Buffer) => Buffer;
}

export interface Rules {
  readonly bucketName: string;
  readonly token: string | undefined;
  readonly denied: readonly Permission[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Buffer;
}

const GONE = "The specified bucket does not exist.";

/** What the service says to a request. */
export function answerTo(asked: Asked, bucket: GcsBucket, rules: Rules): Answer {
  const { path, method, query, authorization } = asked;
  if (path === "/token") {
    return json({ access_token: rules.token, token_type: "Bearer", expires_in: 3_600, issued_token_type: "x" });
  }
  if (rules.token !== undefined && authorization !== `Bearer ${rules.token}`) {
    const anonymous = "Anonymous caller does not have storage.objects access to the Google Cloud Storage bucket.";
    if (authorization === undefined) return refusal(query, 401, { reason: "required", message: anonymous });
    return refusal(query, 401, { reason: "authError", message: "Invalid Credentials" });
  }
  const route = /^\/(?:(upload|download)\/)?storage\/v1\/b\/([^/]+)(\/o)?(?:\/([^/]+))?$/.exec(path);
  if (route === null) return refusal(query, 404, { reason: "notFound", message: "Not Found" });
  const [, kind, named = "", objects, name] = route;
  if (decodeURIComponent(named) !== rules.bucketName) {
    return refusal(query, 404, { reason: "notFound", message: GONE });
  }
  const allowed = (permission: Permission, answer: () => Answer): Answer => {
    if (!rules.denied.includes(permission)) return answer();
    const right = permission === "bucket" ? "storage.buckets.get" : `storage.objects.${permission}`;
    const message = `cache@team.iam does not have ${right} access to the Google Cloud Storage bucket.`;
    return refusal(query, 403, { reason: "forbidden", message });
  };
  if (objects === undefined) return allowed("bucket", () => json({ kind: "storage#bucket", name: rules.bucketName }));
  if (name === undefined && method === "GET") return allowed("list", () => list(asked, bucket));
  if (kind === "upload" && method === "POST") return allowed("create", () => upload(asked, bucket));
  if (name !== undefined && (method === "GET" || method === "DELETE")) {
    const found = bucket.get(decodeURIComponent(name));
    const gone = found === undefined || (query["generation"] ?? found.generation) !== found.generation;
    const message = `No such object: ${rules.bucketName}/${decodeURIComponent(name)}`;
    return allowed(method === "GET" ? "get" : "delete", () => {
      if (gone) return refusal(query, 404, { reason: "notFound", message });
      return matches(query, found) ?? (method === "GET" ? get(asked, found) : remove(found, bucket));
    });
  }
  return refusal(query, 405, { reason: "methodNotAllowed", message: "Method Not Allowed" });
}

function list({ query }: Asked, bucket: GcsBucket): Answer {
  const { pageToken } = query;
  const { items, prefixes, nextPageToken } = bucket.list({
    prefix: query["prefix"] ?? "",
    delimiter: query["delimiter"] ?? "",
    startOffset: query["startOffset"] ?? "",
    maxResults: Math.min(Number(query["maxResults"] ?? 1_000), 1_000),
    pageToken: pageToken && Buffer.from(pageToken, "base64url").toString("utf8"),
  });
  return json({
    kind: "storage#objects",
    ...(items.length === 0 ? {} : { items: items.map(resourceOf) }),
    ...(prefixes.length === 0 ? {} : { prefixes }),
    ...(nextPageToken === undefined ? {} : { nextPageToken: Buffer.from(nextPageToken).toString("base64url") }),
  });
}

function upload({ query, contentType, body, carried }: Asked, bucket: GcsBucket): Answer {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1];
  const parts = query["uploadType"] === "multipart" && boundary ? partsOf(body, boundary) : undefined;
  if (parts === undefined) return refusal(query, 400, { reason: "badContent", message: "Malformed multipart body." });
  const {
    name = query["name"],
    crc32c,
    ...more
  } = JSON.parse(parts.metadata.toString("utf8")) as Partial<StoredObject>;
  if (name === undefined) return refusal(query, 400, { reason: "required", message: "Required" });
  const before = bucket.get(name);
  const unmet = matches(query, before);
  if (unmet !== undefined) return unmet;
  const stored = bucket.put(name, carried(parts.content), { contentType: "application/octet-stream", ...more });
  if (crc32c !== undefined && crc32c !== stored.crc32c) {
    bucket.delete(name);
    if (before !== undefined) bucket.put(name, before.content, before);
    const message = `Provided CRC32C "${crc32c}" doesn't match calculated CRC32C "${stored.crc32c}".`;
    return refusal(query, 400, { reason: "invalid", message });
  }
  return json(resourceOf(stored));
}

function get({ query, range, carried }: Asked, found: StoredObject): Answer {
  if (query["alt"] !== "media") return json(resourceOf(found));
  const total = found.content.length;
  const wanted = /^bytes=(\d+)-(\d*)$/.exec(range ?? "");
  const from = Number(wanted?.[1] ?? 0);
  const to = Math.min(wanted?.[2] ? Number(wanted[2]) + 1 : total, total);
  const headers = {
    "content-type": found.contentType,
    "x-goog-generation": found.generation,
    "x-goog-hash": `crc32c=${found.crc32c},md5=${found.md5Hash}`,
    "x-goog-stored-content-length": String(total),
    etag: `"${found.generation}"`,
  };
  if (wanted === null) return { status: 200, headers, content: carried(found.content) };
  if (from >= total) {
    return { status: 416, headers: { ...headers, "content-range": `bytes */${total}` }, content: Buffer.alloc(0) };
  }
  const partial = { ...headers, "content-range": `bytes ${from}-${to - 1}/${total}` };
  return { status: 206, headers: partial, content: carried(found.content.subarray(from, to)) };
}

function remove({ name }: StoredObject, bucket: GcsBucket): Answer {
  bucket.delete(name);
  return { status: 204, headers: {}, content: Buffer.alloc(0) };
}

/** What to say where `ifGenerationMatch` does not hold; it is 0 where there must be no such object. */
function matches(query: SeenRequest["query"], found: StoredObject | undefined): Answer | undefined {
  const expected = query["ifGenerationMatch"];
  if (expected === undefined || expected === (found?.generation ?? "0")) return undefined;
  const message = "At least one of the pre-conditions you specified did not hold.";
  return refusal(query, 412, { reason: "conditionNotMet", message });
}

export function refusal(
  query: SeenRequest["query"],
  status: number,
  { reason, message }: { readonly reason: string; readonly message: string },
): Answer {
  if (query["alt"] === "media") {
    return { status, headers: { "content-type": "text/html; charset=UTF-8" }, content: Buffer.from(message) };
  }
  return json({ error: { code: status, message, errors: [{ message, domain: "global", reason }] } }, status);
}

function json(value: unknown, status = 200): Answer {
  const headers = { "content-type": "application/json; charset=UTF-8" };
  return { status, headers, content: Buffer.from(JSON.stringify(value)) };
}

function resourceOf({ content, ...object }: StoredObject): unknown {
  return { kind: "storage#object", ...object, size: String(content.length), etag: object.generation };
}

/** The two parts of a multipart/related body. */
function partsOf(body: Buffer, boundary: string): { readonly metadata: Buffer; readonly content: Buffer } | undefined {
  const first = body.indexOf("\r\n\r\n");
  const second = body.indexOf(`\r\n--${boundary}\r\n`, first);
  const content = body.indexOf("\r\n\r\n", second);
  const end = body.lastIndexOf(`\r\n--${boundary}--`);
  if (first < 0 || second < 0 || content < 0 || end < content + 4) return undefined;
  return { metadata: body.subarray(first + 4, second), content: body.subarray(content + 4, end) };
}
