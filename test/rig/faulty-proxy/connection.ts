import type { Socket } from "node:net";
import type { Cut } from "./faults.ts";
import type { Link } from "./link.ts";
import { requestIn, slowDown } from "./slow-down.ts";
import { Stream } from "./stream.ts";

/** What a connection tells of itself. */
export interface Counting {
  readonly onRequest: () => void;
  readonly onSlowDown: () => void;
  readonly onCut: () => void;
  readonly onUp: (bytes: number) => void;
  readonly onDown: (bytes: number) => void;
}

/** A client's connection and the one that was made to the server for it. */
export class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #link: Link;
  readonly #counting: Counting;
  readonly #up: Stream;
  readonly #down: Stream;

  constructor(
    client: Socket,
    server: Socket,
    { link, counting }: { readonly link: Link; readonly counting: Counting },
  ) {
    this.#client = client;
    this.#server = server;
    this.#link = link;
    this.#counting = counting;
    const onCut = (how: Cut["how"]): void => this.#cut(how);
    this.#up = new Stream("up", link, { from: client, to: server, onBytes: counting.onUp, onCut });
    this.#down = new Stream("down", link, { from: server, to: client, onBytes: counting.onDown, onCut });
    client.on("data", (bytes) => this.#onRequestBytes(bytes)).on("end", () => this.#up.end());
    server.on("data", (bytes) => this.#down.push(bytes)).on("end", () => this.#down.end());
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on("error", () => other.resetAndDestroy());
    }
    if (link.faults.hang === true) this.hang();
  }

  /** Faults have changed. */
  wake(): void {
    if (this.#link.faults.hang === true) this.hang();
    this.#up.pump();
    this.#down.pump();
  }

  hang(): void {
    this.#up.stop();
    this.#down.stop();
  }

  destroy(): void {
    this.#up.stop();
    this.#down.stop();
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  #onRequestBytes(bytes: Buffer): void {
    const method = requestIn(bytes);
    if (method !== undefined) {
      this.#counting.onRequest();
      if (this.#link.takeSlowDown()) {
        this.#counting.onSlowDown();
        this.#answer(slowDown(method));
        return;
      }
    }
    this.#up.push(bytes);
  }

  #answer(text: string): void {
    this.#up.stop();
    // The rest of the request is read and dropped: a client that is still sending would see a reset instead of the answer.
    this.#client.removeAllListeners("data").on("data", () => undefined);
    this.#client.resume();
    this.#server.destroy();
    this.#down.push(Buffer.from(text));
    this.#down.end();
  }

  #cut(how: Cut["how"]): void {
    this.#counting.onCut();
    if (how === "stall") return;
    this.#up.stop();
    this.#down.stop();
    if (how === "reset") {
      // What passed before goes out first.
      this.#client.write("", () => this.destroy());
      return;
    }
    this.#client.removeAllListeners("data").on("data", () => undefined);
    this.#client.resume();
    this.#client.end();
    this.#server.destroy();
  }
}
