import net from "node:net";
import { Connection } from "./faulty-proxy/connection.ts";
import type { Faults, ProxyCounts } from "./faulty-proxy/faults.ts";
import { Link } from "./faulty-proxy/link.ts";

export type { Cut, Faults, ProxyCounts } from "./faulty-proxy/faults.ts";

const HOST = "127.0.0.1";

export interface Target {
  readonly host?: string;
  readonly port: number;
}

/**
 * Stands between a client and a server of this machine, passes bytes on as they are (so that signatures stay valid) and
 * does to them what `set` says. A connection costs no round trip of its own: only bytes are held back.
 */
export class FaultyProxy {
  readonly #target: Target;
  readonly #link = new Link();
  readonly #connections = new Set<Connection>();
  readonly #counts = { connections: 0, requests: 0, slowedDown: 0, cut: 0, up: 0, down: 0 };
  #server: net.Server | undefined;
  #port = 0;

  private constructor(target: Target) {
    this.#target = target;
  }

  static async start(target: Target, faults: Faults = {}): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await proxy.#listen();
    await proxy.set(faults);
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://${HOST}:${this.#port}`;
  }

  get counts(): ProxyCounts {
    return { ...this.#counts };
  }

  /** From now on, these faults and no others, for connections that are there too. A connection that hangs or stalls, and one that was cut, stays so. */
  async set(faults: Faults): Promise<void> {
    this.#link.set(faults);
    if (faults.refuse === true) {
      await this.#stopListening();
      return;
    }
    if (this.#server === undefined) await this.#listen();
    for (const connection of this.#connections) connection.wake();
  }

  async close(): Promise<void> {
    await this.#stopListening();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listen(): Promise<void> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: this.#port, host: HOST, backlog: 1_024 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    this.#port = (server.address() as net.AddressInfo).port;
    this.#server = server;
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  #accept(client: net.Socket): void {
    const counts = this.#counts;
    counts.connections += 1;
    const server = net.connect({ host: HOST, ...this.#target, allowHalfOpen: true });
    const connection = new Connection(client, server, {
      link: this.#link,
      counting: {
        onRequest: () => {
          counts.requests += 1;
        },
        onSlowDown: () => {
          counts.slowedDown += 1;
        },
        onCut: () => {
          counts.cut += 1;
        },
        onUp: (bytes) => {
          counts.up += bytes;
        },
        onDown: (bytes) => {
          counts.down += bytes;
        },
      },
    });
    this.#connections.add(connection);
    client.once("close", () => {
      server.destroy();
      this.#connections.delete(connection);
    });
  }
}
