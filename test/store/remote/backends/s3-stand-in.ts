import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request that a stand-in got. */
export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** All of it, once it is there. */
  readonly body: () => Promise<Buffer>;
}

export interface StandIn {
  readonly endpoint: string;
  /** What it was asked so far. */
  readonly asked: readonly Asked[];
}

/**
 * A server for what the real one cannot be made to do: to be busy, to be in another region, to stop in the middle. It
 * checks no signature and stores nothing.
 */
export async function standIn(
  answer: (asked: Asked, response: ServerResponse) => void | Promise<void>,
): Promise<StandIn> {
  const all: Asked[] = [];
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://stand-in");
    const { method = "", headers } = request;
    const asked = { method, path: pathname, query: searchParams, headers, body: () => bodyOf(request) };
    all.push(asked);
    // Where it fails, so does the request: usually it was the client that gave up.
    Promise.resolve(answer(asked, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: all };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An error as S3 words it. */
export function refuse(response: ServerResponse, status: number, code: string, more = ""): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>said so</Message>${more}</Error>`);
}

/** An object, or the range of it that was asked for; `cutAfter` bytes of which arrive before the connection breaks. */
export function serve(
  { headers }: Asked,
  response: ServerResponse,
  { content, etag, cutAfter }: { readonly content: Uint8Array; readonly etag: string; readonly cutAfter?: number },
): void {
  if (headers["if-match"] !== undefined && headers["if-match"] !== etag) {
    refuse(response, 412, "PreconditionFailed");
    return;
  }
  const [, from = "0", last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
  const until = Math.min(last === undefined ? content.length : Number(last) + 1, content.length);
  const part = content.subarray(Number(from), until);
  response.writeHead(last === undefined ? 200 : 206, {
    etag,
    "content-length": part.length,
    ...(last === undefined ? {} : { "content-range": `bytes ${from}-${until - 1}/${content.length}` }),
  });
  if (cutAfter === undefined) response.end(part);
  else response.write(part.subarray(0, cutAfter), () => response.destroy());
}
