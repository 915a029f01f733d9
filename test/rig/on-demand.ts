import http from "node:http";
import type { AddressInfo } from "node:net";

/** A server that tests share, or why there is none. */
export type Shared<T> = { readonly server: T } | { readonly unavailable: string };

/** What was started, and how it is ended. */
export interface Started<T> {
  readonly shared: Shared<T>;
  readonly stop: () => Promise<void>;
}

/**
 * Servers that are started when the first test asks for one, whichever process that is in, and stopped with the run. They
 * belong to the process of the run: workers come and go, and ask it through a port.
 */
export class OnDemand {
  readonly #starts: Readonly<Record<string, () => Promise<Started<unknown>>>>;
  readonly #started = new Map<string, Promise<Started<unknown>>>();
  readonly #door: http.Server;

  constructor(starts: Readonly<Record<string, () => Promise<Started<unknown>>>>) {
    this.#starts = starts;
    this.#door = http.createServer((request, response) => {
      this.#start(request.url?.slice(1) ?? "").then(
        ({ shared }) => response.end(JSON.stringify(shared)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  /** Where it answers. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#door.listen(0, "127.0.0.1", resolve));
    this.#door.unref();
    return `http://127.0.0.1:${(this.#door.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#door.close();
    this.#door.closeAllConnections();
    const started = await Promise.allSettled(this.#started.values());
    await Promise.all(started.map((one) => (one.status === "fulfilled" ? one.value.stop() : undefined)));
  }

  #start(name: string): Promise<Started<unknown>> {
    const start = this.#starts[name];
    if (start === undefined) return Promise.reject(new Error(`There is no server "${name}" to start.`));
    let started = this.#started.get(name);
    if (started === undefined) {
      started = start();
      this.#started.set(name, started);
    }
    return started;
  }
}

/** For tests: the shared server of that name, started if it is not. */
export async function demand<T>(door: string, name: string): Promise<Shared<T>> {
  const answer = await fetch(`${door}/${name}`);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Shared<T>;
}
