import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Operation } from "../object-store.ts";
import type { Endpoint } from "./endpoint.ts";

/*
 * Requests are sent with node:http and not by the client: what it sends cannot be aborted (its fetch is given no signal, and
 * an upload whose stream is destroyed keeps its connection), and its retries leave a request without any answer where the
 * time for them is over.
 */

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: Body;
}

/** What is sent; it can be read again for another try. */
export interface Body {
  readonly bytes: number;
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** To be read to its end or destroyed, for the connection to be free again. */
  readonly body: IncomingMessage;
}

/** Connections to one server, kept open between requests. */
export class Transport {
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;

  constructor({ url, local }: Endpoint) {
    // Proxies of the environment are honoured where Node.js can (24.5 and 22.21), except on the way to this machine.
    const options = { keepAlive: true, ...(local ? {} : { proxyEnv: process.env }) };
    const secure = url.startsWith("https:");
    this.#agent = secure ? new https.Agent(options) : new http.Agent(options);
    this.#request = secure ? https.request : http.request;
  }

  /** Sends a request, and resolves when its answer begins. Aborting closes the connection. */
  async send({ method, url, headers, body }: HttpRequest, operation: Operation): Promise<Reply> {
    const { signal, progress } = operation;
    signal.throwIfAborted();
    const length = method === "POST" ? { "content-length": body?.bytes ?? 0 } : {};
    const sent = this.#request(url, { method, headers: { ...headers, ...length }, agent: this.#agent, signal });
    const { promise: answer, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    sent.once("response", resolve);
    sent.on("error", reject); // for good: a connection may break again, after its answer
    sent.once("close", () => reject(Object.assign(new Error("The connection was closed."), { code: "ECONNRESET" })));
    try {
      if (body !== undefined) await write(sent, body, { answer, progress });
      else sent.end();
      const response = await answer;
      progress(0);
      return { status: response.statusCode ?? 0, headers: response.headers, body: response };
    } catch (error) {
      answer.catch(() => undefined);
      sent.destroy();
      throw signal.aborted ? signal.reason : error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

const PIECE = 256 * 1024;

async function write(
  sent: ClientRequest,
  body: Body,
  { answer, progress }: { readonly answer: Promise<IncomingMessage>; readonly progress: Operation["progress"] },
): Promise<void> {
  let early = false;
  const answered = answer.then((response) => {
    early = true;
    return response;
  });
  answered.catch(() => undefined);
  for await (const chunk of body.chunks()) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const piece = chunk.subarray(at, at + PIECE);
      if (!sent.write(piece)) await Promise.race([drained(sent), answered]);
      if (early) {
        // It said no before it had everything. The rest is not sent, so this connection cannot be used again.
        (await answer).once("close", () => sent.destroy());
        return;
      }
      progress(piece.length);
    }
  }
  sent.end();
}

function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => sent.once("drain", resolve));
}
