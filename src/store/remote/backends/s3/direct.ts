import http, { type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Operation } from "../object-store.ts";
import type { Connection } from "./connect.ts";
import { untilAborted } from "./until-aborted.ts";

/** The answer to a direct request, in memory. */
export interface DirectAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Uint8Array;
}

export interface DirectRequest {
  readonly method: "GET" | "HEAD" | "PUT";
  readonly name: string;
  readonly body?: Uint8Array;
  /** Beyond those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An answer of more bytes than that is left where it is. */
  readonly most: number;
}

/**
 * Reads and writes small objects past the client, whose layers take several times as long as the request itself: looking up
 * a thousand entries is what a cache does most. The client signs them all the same. Only plain answers count. For everything else, from errors to odd
 * endpoints, this says `undefined` or the status, and the client is asked.
 */
export class Direct {
  readonly #connection: Connection;
  #route: Promise<Route | undefined> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async ask(request: DirectRequest, operation: Operation): Promise<DirectAnswer | undefined> {
    try {
      const route = await untilAborted(this.#findRoute(), operation.signal);
      return route === undefined ? undefined : await this.#send(route, request, operation);
    } catch {
      operation.signal.throwIfAborted();
      return undefined;
    }
  }

  /** For a server that refuses what the client was then given: not to ask everything twice. */
  giveUp(): void {
    this.#route = Promise.resolve(undefined);
  }

  #findRoute(): Promise<Route | undefined> {
    this.#route ??= routeOf(this.#connection).catch(() => {
      this.#route = undefined; // such as without credentials, which may come yet
      return undefined;
    });
    return this.#route;
  }

  async #send(route: Route, request: DirectRequest, operation: Operation): Promise<DirectAnswer> {
    const { client, agents } = this.#connection;
    const { protocol, hostname, port, host, region, signer } = route;
    const { method, name, body } = request;
    const path = route.folder + name;
    const place = { method, path, protocol, hostname, ...(port === undefined ? {} : { port }) };
    const unsigned = { ...place, query: {}, headers: { ...request.headers, host }, body };
    const signingDate = new Date(Date.now() + client.config.systemClockOffset);
    const signing = { signingDate, signingRegion: region, signingService: "s3" };
    const { headers } = await untilAborted(signer.sign(unsigned, signing), operation.signal);
    return await exchange({ ...place, headers, agent: agents[protocol] }, request, operation);
  }
}

interface Route {
  readonly protocol: "http:" | "https:";
  readonly hostname: string;
  readonly port: number | undefined;
  readonly host: string;
  /** What all paths begin with: the bucket, where it is part of the path, and the prefix. Percent-encoded. */
  readonly folder: string;
  readonly region: string;
  readonly signer: Awaited<ReturnType<S3Client["config"]["signer"]>>;
}

/** Where the client sends a request for an object and how it signs it, read off one that is not sent. */
async function routeOf({ s3, client, location }: Connection): Promise<Route | undefined> {
  const { bucket, prefix } = location;
  const command = new s3.GetObjectCommand({ Bucket: bucket, Key: `${prefix}${PROBE}` });
  let route: Omit<Route, "signer"> | undefined;
  command.middlewareStack.add(
    () => async (args) => {
      route = readRoute(args.request);
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: "deserialize", priority: "high", name: "readRoute" },
  );
  await client.send(command);
  if (route === undefined) return undefined;
  const scheme = { name: "sigv4", signingName: "s3", signingRegion: route.region, properties: {} };
  return { ...route, signer: await client.config.signer(scheme) };
}

const PROBE = "name";

/** Bytes that an answer other than the object itself has at most. */
const MOST_SAID = 64 * 1024;

function readRoute(request: unknown): Omit<Route, "signer"> | undefined {
  if (!isSigned(request)) return undefined;
  const { protocol, hostname, port, path, headers } = request;
  // Any other kind of signature, or a session of its own, is the client's business.
  const scope = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d+\/([^/]+)\/s3\/aws4_request,/.exec(
    headers["authorization"] ?? "",
  );
  const region = scope?.[1];
  const host = headers["host"];
  if (region === undefined || host === undefined || "x-amz-s3session-token" in headers) return undefined;
  if (!path.endsWith(`/${PROBE}`) || (protocol !== "http:" && protocol !== "https:")) return undefined;
  return { protocol, hostname, port, host, folder: path.slice(0, -PROBE.length), region };
}

interface Signed {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

function isSigned(request: unknown): request is Signed {
  return typeof request === "object" && request !== null && "path" in request && "headers" in request;
}

function exchange(
  options: RequestOptions & { readonly protocol: string },
  { body, most }: DirectRequest,
  { signal, progress }: Operation,
): Promise<DirectAnswer> {
  return new Promise((resolve, reject) => {
    const { request } = options.protocol === "https:" ? https : http;
    const sent = request({ ...options, signal }, (answer) => {
      const { statusCode: status = 0, headers } = answer;
      const limit = status === 200 ? most : MOST_SAID;
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        progress(chunk.length);
        if (bytes > limit) answer.destroy(new Error("too large"));
      });
      answer.on("error", reject);
      answer.once("end", () => resolve({ status, headers, body: Buffer.concat(chunks, bytes) }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
