/*
 * The part of the JSON API of Google Cloud Storage that a cache uses, in memory. There is no server of Google's to install,
 * and the emulators that exist need containers; what this one answers follows the reference of the API. In a test,
 * `startGcs`; for tests with the command line, as a process of its own, which prints its address and `ready`:
 *
 *   node test/rig/gcs-server.ts [--bucket team] [--token secret]
 *
 * Where a token is required, `POST /token` gives it out, as a security token service does.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { parseArgs } from "node:util";
import { GcsBucket } from "./gcs-bucket.ts";
import { type Answer, answerTo, type Permission, type Rules, refusal, type SeenRequest } from "./gcs-routes.ts";

export interface GcsOptions {
  /** `team` by default. */
  readonly bucket?: string;
  /** The access token that requests must carry; without it, there need not be any. */
  readonly token?: string;
  readonly denied?: readonly Permission[];
  /** Asked at each request, for what shall go wrong with it. */
  readonly fault?: (request: SeenRequest) => Fault | undefined;
}

export type Fault =
  | {
      /** `early`: without reading the body. */
      readonly kind: "refuse" | "refuse early";
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
    }
  /** Never answers. It reads no more than a first piece of the body; all of it after `until`, and sees that nobody is there. */
  | { readonly kind: "stall"; readonly until: Promise<void> }
  /** Closes the connection instead of answering, before or after it did what was asked for. */
  | { readonly kind: "reset"; readonly when: "before" | "after" }
  /** Closes the connection, or falls silent, after so many bytes of the answer's content. */
  | { readonly kind: "cut" | "hang"; readonly after: number }
  /** Changes a byte of the content. */
  | { readonly kind: "damage" };

export interface GcsServer {
  readonly url: string;
  /** To be looked at and changed behind the back of the cache. */
  readonly bucket: GcsBucket;
  readonly requests: readonly SeenRequest[];
  /** Those that are open now. */
  readonly connections: ReadonlySet<Socket>;
  close(): Promise<void>;
}

export async function startGcs(options: GcsOptions = {}): Promise<GcsServer> {
  const { bucket: bucketName = "team", token, denied = [] } = options;
  const bucket = new GcsBucket();
  const requests: SeenRequest[] = [];
  const connections = new Set<Socket>();
  const server = http.createServer((request, response) => {
    const seen = seenIn(request);
    requests.push(seen);
    const fault = options.fault?.(seen);
    const exchange = { request, response, seen, fault };
    serve(exchange, bucket, { bucketName, token, denied }).catch(() => request.socket.destroy());
  });
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, bucket, requests, connections, close };
}

function seenIn({ method = "", url = "/", headers }: IncomingMessage): SeenRequest {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const { range, authorization } = headers;
  return { method, path: pathname, query: Object.fromEntries(searchParams), range, authorization };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: SeenRequest;
  readonly fault: Fault | undefined;
}

async function serve({ request, response, seen, fault }: Exchange, bucket: GcsBucket, rules: Rules): Promise<void> {
  if (fault?.kind === "stall") {
    request.once("data", () => request.pause());
    await fault.until;
    request.resume();
    return;
  }
  const body = fault?.kind === "refuse early" ? Buffer.alloc(0) : await bodyOf(request);
  const contentType = request.headers["content-type"] ?? "";
  const carried = fault?.kind === "damage" ? damaged : (content: Buffer): Buffer => content;
  let answer: Answer;
  if (fault?.kind === "refuse" || fault?.kind === "refuse early") {
    const { status, reason = "backendError", message = "Try again." } = fault;
    answer = refusal(seen.query, status, { reason, message });
  } else if (fault?.kind === "reset" && fault.when === "before") {
    request.socket.destroy();
    return;
  } else {
    // In one step, so that conditions are atomic.
    answer = answerTo({ ...seen, contentType, body, carried }, bucket, rules);
  }
  if (fault?.kind === "reset") {
    request.socket.destroy();
    return;
  }
  const { status, headers, content } = answer;
  response.writeHead(status, status === 204 ? headers : { ...headers, "content-length": content.length });
  if (fault?.kind !== "cut" && fault?.kind !== "hang") {
    response.end(content);
    return;
  }
  response.write(content.subarray(0, fault.after), () => {
    if (fault.kind === "cut") request.socket.destroySoon();
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function damaged(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { bucket: { type: "string" }, token: { type: "string" } } });
  const server = await startGcs(values);
  console.log(server.url);
  console.log("ready");
}
