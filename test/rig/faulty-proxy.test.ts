import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Faults, FaultyProxy } from "./faulty-proxy.ts";
import { FaultyProxyProcess } from "./faulty-proxy-process.ts";

const CONTENT = randomBytes(50 * 1024 * 1024);
const SHORT = 1_000_000;

/** Answers GET /n with the first n bytes of the content, and PUT with the digest of what was sent. */
async function server(): Promise<number> {
  const listening = http.createServer((request, response) => {
    if (request.method === "PUT") {
      const digest = createHash("sha256");
      request.on("data", (piece: Buffer) => digest.update(piece)).on("end", () => response.end(digest.digest("hex")));
    } else {
      response.end(CONTENT.subarray(0, Number(request.url?.slice(1))));
    }
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return (listening.address() as AddressInfo).port;
}

async function proxied(faults: Faults = {}): Promise<FaultyProxy> {
  const proxy = await FaultyProxy.start({ port: await server() }, faults);
  onTestFinished(() => proxy.close());
  return proxy;
}

interface Asked {
  readonly agent?: http.Agent;
  readonly method?: string;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
  readonly onBytes?: (total: number) => void;
}

interface Answer {
  readonly status: number | undefined;
  readonly body: Buffer;
}

/** The answer to a request; rejects where it is not complete. */
function ask(proxy: { readonly url: string }, bytes: number, options: Asked = {}): Promise<Answer> {
  const { body, onBytes, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = http.request(`${proxy.url}/${bytes}`, { agent: false, ...rest }, (response) => {
      const pieces: Buffer[] = [];
      let total = 0;
      response.on("data", (piece: Buffer) => {
        pieces.push(piece);
        total += piece.length;
        onBytes?.(total);
      });
      response.on("error", reject).on("end", () => {
        resolve({ status: response.statusCode, body: Buffer.concat(pieces) });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

function put(proxy: { readonly url: string }, body: Uint8Array, options: Asked = {}): Promise<Answer> {
  return ask(proxy, 0, { method: "PUT", body, ...options });
}

/** Resolves when so many bytes of an answer have arrived and nothing has followed for a while. */
function silentAfter(proxy: FaultyProxy, bytes: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onBytes = (total: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve(total), 200);
    };
    ask(proxy, bytes, { signal, onBytes }).then(() => reject(new Error("It was complete.")), reject);
  });
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

test.for([0, 20])("50 MB pass unchanged both ways with %i ms of latency", async (latencyMs) => {
  const proxy = await proxied({ latencyMs });
  const up = await timed(async () => {
    expect((await put(proxy, CONTENT)).body.toString()).toBe(sha256(CONTENT));
  });
  const down = await timed(async () => {
    expect((await ask(proxy, CONTENT.length)).body.equals(CONTENT)).toBe(true);
  });
  console.log(`50 MB with ${latencyMs} ms: up ${up.toFixed(0)} ms, down ${down.toFixed(0)} ms`);
  expect(proxy.counts).toMatchObject({ connections: 2, requests: 2, slowedDown: 0, cut: 0 });
  expect(proxy.counts.up).toBeGreaterThan(CONTENT.length);
  expect(proxy.counts.down).toBeGreaterThan(CONTENT.length);
});

test("each round trip takes at least the latency, and that can be changed on an open connection", async () => {
  const proxy = await proxied({ latencyMs: 50 });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) times.push(await timed(() => ask(proxy, 10, { agent })));
  // Other work on the machine may add anything to some of them.
  expect(Math.min(...times)).toBeGreaterThanOrEqual(50);
  expect(Math.min(...times)).toBeLessThan(100);
  await proxy.set({});
  expect(
    Math.min(await timed(() => ask(proxy, 10, { agent })), await timed(() => ask(proxy, 10, { agent }))),
  ).toBeLessThan(50);
  expect(proxy.counts).toMatchObject({ connections: 1, requests: 7 });
});

test("64 connections wait at the same time", async () => {
  const proxy = await proxied({ latencyMs: 50 });
  const took = await timed(() => Promise.all(Array.from({ length: 64 }, () => ask(proxy, 1_000))));
  console.log(`64 connections at 50 ms: ${took.toFixed(0)} ms`);
  expect(took).toBeLessThan(64 * 25);
  expect(proxy.counts.connections).toBe(64);
});

test("a slow line carries so many bytes a second, over all connections", async () => {
  const proxy = await proxied({ bytesPerSecond: { down: 2 * SHORT, up: 4 * SHORT } });
  const down = await timed(() => Promise.all([ask(proxy, SHORT / 2), ask(proxy, SHORT / 2)]));
  expect(down).toBeGreaterThan(450);
  expect(down).toBeLessThan(1_500);
  const up = await timed(() => put(proxy, CONTENT.subarray(0, SHORT)));
  expect(up).toBeGreaterThan(200);
  expect(up).toBeLessThan(1_000);
});

test("a sender waits where the receiver does", async () => {
  const proxy = await proxied({ bytesPerSecond: { up: SHORT } });
  let sent = false;
  const gone = new AbortController();
  const request = put(proxy, CONTENT, { signal: gone.signal }).then(() => {
    sent = true;
  });
  await timed(() => ask(proxy, 10));
  expect(sent).toBe(false);
  expect(proxy.counts.up).toBeLessThan(SHORT);
  gone.abort();
  await expect(request).rejects.toThrow("aborted");
});

test("a response is reset as often as asked", async () => {
  const proxy = await proxied({ cut: { how: "reset", afterBytes: 100_000, times: 2 } });
  await expect(ask(proxy, SHORT)).rejects.toMatchObject({ code: "ECONNRESET" });
  await expect(ask(proxy, SHORT)).rejects.toMatchObject({ code: "ECONNRESET" });
  expect((await ask(proxy, SHORT)).body.length).toBe(SHORT);
  expect(proxy.counts.cut).toBe(2);
});

test("a reset before the first byte, and always", async () => {
  const proxy = await proxied({ cut: { how: "reset", afterBytes: 0 } });
  for (let i = 0; i < 3; i += 1) await expect(ask(proxy, 10)).rejects.toMatchObject({ code: "ECONNRESET" });
  await proxy.set({});
  expect((await ask(proxy, 10)).body.length).toBe(10);
});

test("a request is reset on its way", async () => {
  const proxy = await proxied({ cut: { how: "reset", afterBytes: 100_000, direction: "up" } });
  await expect(put(proxy, CONTENT)).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
  expect(proxy.counts.up).toBe(100_000);
});

test("a response ends too early", async () => {
  const proxy = await proxied({ cut: { how: "truncate", afterBytes: 100_000, times: 1 } });
  let seen = 0;
  const onBytes = (total: number): void => {
    seen = total;
  };
  await expect(ask(proxy, SHORT, { onBytes })).rejects.toThrow("aborted");
  expect(seen).toBeGreaterThan(99_000);
  expect(proxy.counts.down).toBe(100_000);
});

test("a response stalls with its connection open, also after the fault is gone", async () => {
  const proxy = await proxied({ cut: { how: "stall", afterBytes: 100_000, times: 1 } });
  const gone = new AbortController();
  const seen = await silentAfter(proxy, SHORT, gone.signal);
  expect(seen).toBeGreaterThan(99_000);
  expect(proxy.counts.down).toBe(100_000);
  await proxy.set({});
  expect((await ask(proxy, SHORT)).body.length).toBe(SHORT);
  expect(proxy.counts.down).toBeLessThan(100_000 + SHORT + 1_000);
  gone.abort();
});

test("nobody answers, on new and on open connections", async () => {
  const proxy = await proxied();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  await ask(proxy, 10, { agent });
  await proxy.set({ hang: true });
  const { signal } = { signal: AbortSignal.timeout(300) };
  await expect(ask(proxy, 10, { agent, signal })).rejects.toMatchObject({ name: "AbortError" });
  await expect(ask(proxy, 10, { signal: AbortSignal.timeout(300) })).rejects.toMatchObject({ name: "AbortError" });
  expect(proxy.counts.connections).toBe(2);
  await proxy.set({});
  expect((await ask(proxy, 10)).body.length).toBe(10);
});

test("connections are refused, and taken again at the same port", async () => {
  const proxy = await proxied();
  const { port } = proxy;
  await proxy.set({ refuse: true });
  await expect(ask(proxy, 10)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await proxy.set({});
  expect(proxy.port).toBe(port);
  expect((await ask(proxy, 10)).body.length).toBe(10);
});

test("so many requests are told to slow down, those with a body too", async () => {
  const proxy = await proxied({ slowDown: 3 });
  const slowed = await ask(proxy, 10);
  expect(slowed.status).toBe(503);
  expect(slowed.body.toString()).toContain("<Code>SlowDown</Code>");
  expect((await put(proxy, CONTENT.subarray(0, 10 * SHORT))).status).toBe(503);
  expect(await ask(proxy, 10, { method: "HEAD" })).toMatchObject({ status: 503, body: Buffer.alloc(0) });
  expect((await ask(proxy, 10)).status).toBe(200);
  expect(proxy.counts).toMatchObject({ requests: 4, slowedDown: 3 });
});

test("closing it ends all connections", async () => {
  const proxy = await proxied({ hang: true });
  const asked = ask(proxy, 10);
  const failed = expect(asked).rejects.toMatchObject({ code: "ECONNRESET" });
  await expect.poll(() => proxy.counts.connections).toBe(1);
  await proxy.close();
  await failed;
});

test("it works the same in a process of its own", async () => {
  await using proxy = await FaultyProxyProcess.start({ port: await server() }, { slowDown: 1 });
  expect((await ask(proxy, 10)).status).toBe(503);
  const took = await timed(async () => {
    expect((await ask(proxy, CONTENT.length)).body.equals(CONTENT)).toBe(true);
  });
  console.log(`50 MB through a process: ${took.toFixed(0)} ms`);
  await proxy.set({ refuse: true });
  await expect(ask(proxy, 10)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await proxy.counts()).toMatchObject({ connections: 2, slowedDown: 1 });
});
