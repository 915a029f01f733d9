import { expect, onTestFinished, test } from "vitest";
import { demand, OnDemand, type Started } from "./on-demand.ts";

test("a server is started once, by the first who asks, and stopped with the rest", async () => {
  const happened: string[] = [];
  const start = async (): Promise<Started<string>> => {
    happened.push("start");
    return {
      shared: { server: "address" },
      stop: async () => {
        happened.push("stop");
      },
    };
  };
  const servers = new OnDemand({ one: start, other: start });
  const door = await servers.listen();

  const answers = await Promise.all([demand(door, "one"), demand(door, "one")]);
  await servers.stop();

  expect(answers).toEqual([{ server: "address" }, { server: "address" }]);
  expect(happened).toEqual(["start", "stop"]);
});

test("why there is none, and why one did not start, reaches who asks", async () => {
  const servers = new OnDemand({
    none: async () => ({ shared: { unavailable: "not on this machine" }, stop: async () => undefined }),
    broken: () => Promise.reject(new Error("port taken")),
  });
  onTestFinished(() => servers.stop());
  const door = await servers.listen();

  expect(await demand(door, "none")).toEqual({ unavailable: "not on this machine" });
  await expect(demand(door, "broken")).rejects.toThrow("port taken");
  await expect(demand(door, "unknown")).rejects.toThrow('no server "unknown"');
});
