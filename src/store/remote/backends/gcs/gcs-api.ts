import { setTimeout as delay } from "node:timers/promises";
import type { GcsLocation } from "../../../../remote-location.ts";
import { RemoteError } from "../../remote-error.ts";
import type { Operation } from "../object-store.ts";
import type { Credentials } from "./credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Body, type Reply, Transport } from "./transport.ts";
import {
  isConnectionTrouble,
  isMissingBucket,
  isPassing,
  isPassingTrouble,
  refusalOf,
  refused,
  unreachable,
} from "./trouble.ts";

/** How often one request is sent. Those who ask decide about more. */
const TRIES = 3;
const PAUSE_MS = 100;

export interface ApiRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** The object, without the prefix of the remote; the collection of objects where it is undefined. */
  readonly name?: string;
  readonly upload?: boolean;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Body;
  /** Statuses from 400 on that are answers like others, and no errors. */
  readonly expected?: readonly number[];
}

/** An answer; for an expected error, its body is gone already. */
export interface Answer extends Reply {
  /** How often the request was sent. */
  readonly tries: number;
}

/** The JSON API of Google Cloud Storage, for the objects of one remote. */
export class GcsApi {
  readonly remote: string;
  readonly prefix: string;
  readonly #bucket: string;
  readonly #endpoint: Endpoint;
  readonly #credentials: Credentials;
  readonly #transport: Transport;

  constructor(location: GcsLocation, endpoint: Endpoint, credentials: Credentials) {
    this.remote = location.url;
    this.prefix = location.prefix;
    this.#bucket = location.bucket;
    this.#endpoint = endpoint;
    this.#credentials = credentials;
    this.#transport = new Transport(endpoint);
  }

  /**
   * Sends a request, and again where its failure may pass.
   *
   * @throws RemoteError, or the reason of the operation's signal.
   */
  async send(request: ApiRequest, operation: Operation): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#try(request, operation, tries);
      if (answer !== undefined) return answer;
      await pause(tries, operation.signal);
    }
  }

  /** Sends a request that is answered by JSON; undefined where the answer is an expected error. */
  async json(request: ApiRequest, operation: Operation): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      const { status, body } = await this.send(request, operation);
      if (status >= 400) return undefined;
      let text: string;
      try {
        text = await textOf(body);
      } catch (error) {
        if (operation.signal.aborted) throw operation.signal.reason;
        if (tries === TRIES) throw unreachable(this.remote, this.#endpoint.url, error);
        continue;
      }
      try {
        return JSON.parse(text);
      } catch (error) {
        const said = JSON.stringify(text.slice(0, 60));
        const message = `${this.remote}: ${this.#endpoint.url} does not answer like Google Cloud Storage (${said}).`;
        throw new RemoteError("other", message, error);
      }
    }
  }

  close(): void {
    this.#transport.close();
  }

  /** One try; undefined where it failed and another one may not. */
  async #try(request: ApiRequest, operation: Operation, tries: number): Promise<Answer | undefined> {
    const { method, body, expected = [] } = request;
    const url = this.#urlOf(request);
    const headers = { ...(await this.#credentials.headers(url, operation.signal)), ...request.headers };
    try {
      const reply = await this.#transport.send(
        { method, url, headers, ...(body === undefined ? {} : { body }) },
        operation,
      );
      if (reply.status < 300) return { ...reply, tries };
      const refusal = refusalOf(reply.status, await textOf(reply.body));
      if (expected.includes(refusal.status) && !isMissingBucket(refusal)) return { ...reply, tries };
      if (isPassing(refusal) && tries < TRIES) return undefined;
      const { anonymous } = this.#credentials;
      if (refusal.status === 401) this.#credentials.refused();
      throw refused(refusal, { remote: this.remote, bucket: this.#bucket, anonymous });
    } catch (error) {
      if (operation.signal.aborted) throw operation.signal.reason;
      if (!isConnectionTrouble(error)) throw error;
      if (isPassingTrouble(error) && tries < TRIES) return undefined;
      throw unreachable(this.remote, this.#endpoint.url, error);
    }
  }

  #urlOf({ name, upload, query }: ApiRequest): string {
    const api = `${this.#endpoint.url}${upload ? "/upload" : ""}/storage/v1/b/${encodeURIComponent(this.#bucket)}/o`;
    const object = name === undefined ? "" : `/${encodeURIComponent(this.prefix + name)}`;
    const texts = Object.entries(query ?? {}).map(([key, value]) => [key, String(value)]);
    return `${api}${object}?${new URLSearchParams(Object.fromEntries(texts))}`;
  }
}

/** The longer, the more often something failed already; no two processes wait equally long. */
export async function pause(failures: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(PAUSE_MS * 4 ** (failures - 1) * (0.5 + Math.random()), undefined, { signal });
  } catch {
    throw signal.reason;
  }
}

export async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks, bytes).toString("utf8");
}
