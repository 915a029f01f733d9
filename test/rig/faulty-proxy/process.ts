/*
 * The proxy in a process of its own: `fork(thisFile, [port of the server])`. It sends its port when it listens, then obeys
 * messages, one at a time, and answers each.
 */
import { FaultyProxy } from "../faulty-proxy.ts";
import type { Faults, ProxyCounts } from "./faults.ts";

export type ProxyRequest = { readonly set: Faults } | { readonly counts: true };
export type ProxyAnswer = { readonly port: number; readonly counts: ProxyCounts };

const proxy = await FaultyProxy.start({ port: Number(process.argv[2]) });
const answer = (): void => {
  const { port, counts } = proxy;
  process.send?.({ port, counts } satisfies ProxyAnswer);
};

let last = Promise.resolve();
process.on("message", (request: ProxyRequest) => {
  last = last.then(() => ("set" in request ? proxy.set(request.set) : undefined)).then(answer);
});
process.once("disconnect", () => void proxy.close());
answer();
