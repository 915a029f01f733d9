import { Readable } from "node:stream";
import type { Operation } from "../object-store.ts";
import { ask } from "./ask.ts";
import type { Connection } from "./connect.ts";
import { chunksOf, type Piece } from "./piece.ts";

/** What all commands have that carry a body. */
export interface PieceCommand {
  readonly middlewareStack: {
    add(middleware: BuildStep, options: { readonly step: "build"; readonly name: string }): void;
    add(
      middleware: SendStep,
      options: { readonly step: "deserialize"; readonly priority: "low"; readonly name: string },
    ): void;
  };
}

type Step<A, R> = (next: (args: A) => Promise<R>) => (args: A) => Promise<R>;
type BuildStep = <A extends { request: unknown }, R>(...step: Parameters<Step<A, R>>) => ReturnType<Step<A, R>>;
type SendStep = <A extends { request: unknown }, R extends { response: unknown }>(
  ...step: Parameters<Step<A, R>>
) => ReturnType<Step<A, R>>;

export interface PieceRequest<T> {
  /** Without a body, and with the length of the piece. */
  readonly command: PieceCommand;
  readonly piece: Piece;
  readonly send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>;
}

/**
 * Sends a command with a piece as its body. The client itself gets to see no body: given a stream it does not try again,
 * and given a buffer it does not say how far it is. So each try reads the piece anew, right before the request goes out.
 */
export async function sendPiece<T>(
  connection: Connection,
  { command, piece, send }: PieceRequest<T>,
  operation: Operation,
): Promise<T> {
  const failure = new AbortController();
  const { middlewareStack } = command;
  middlewareStack.add(unsigned, { step: "build", name: "unsignedPayload" });
  if (piece.bytes > 0) {
    const chunks = (): AsyncGenerator<Uint8Array> => reportingChunks(piece, { operation, failure });
    middlewareStack.add(sending(chunks), { step: "deserialize", priority: "low", name: "bodyOfPiece" });
  }
  const signal = AbortSignal.any([operation.signal, failure.signal]);
  return await ask(connection, send, { ...operation, signal });
}

interface Reporting {
  readonly operation: Operation;
  readonly failure: AbortController;
}

async function* reportingChunks(piece: Piece, { operation, failure }: Reporting): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunksOf(piece)) {
      yield chunk;
      operation.progress(chunk.length); // asked for the next one: this one has gone to the socket
    }
  } catch (error) {
    failure.abort(error); // a file that cannot be read: the server would wait for the rest
  }
}

/** Content-MD5, which is signed, already protects the body: no second digest of it. */
const unsigned: BuildStep = (next) => (args) => {
  if (isMessage(args.request)) args.request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
  return next(args);
};

function sending(chunks: () => AsyncGenerator<Uint8Array>): SendStep {
  return (next) => async (args) => {
    const { request } = args;
    if (!isMessage(request)) return await next(args);
    const body = Readable.from(chunks(), { objectMode: false });
    request.body = body;
    try {
      const result = await next(args);
      if (!body.readableEnded) dropConnection(result.response);
      return result;
    } finally {
      request.body = undefined;
      body.destroy();
    }
  };
}

interface Message {
  readonly headers: Record<string, string>;
  body?: unknown;
}

function isMessage(message: unknown): message is Message {
  return typeof message === "object" && message !== null && "headers" in message;
}

/** A server that answered before it had all of the body does not read the rest: that connection is of no more use. */
function dropConnection(response: unknown): void {
  const answer = isMessage(response) ? response.body : undefined;
  if (!(answer instanceof Readable) || !("socket" in answer)) return;
  const { socket } = answer;
  if (socket instanceof Readable) answer.once("end", () => socket.destroy());
}
