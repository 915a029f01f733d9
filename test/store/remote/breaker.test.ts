import { beforeEach, expect, test, vi } from "vitest";
import { Breaker, type BreakerState } from "../../../src/store/remote/breaker.ts";
import { RemoteError, type RemoteTrouble } from "../../../src/store/remote/remote-error.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  return () => vi.useRealTimers();
});

const trouble = (kind: RemoteTrouble): RemoteError => new RemoteError(kind, kind);

/** A breaker whose probes end as the last of `answers` says, and what it told. */
function rig(): { breaker: Breaker; told: BreakerState["state"][]; probes: () => number; answer: { with?: unknown } } {
  const told: BreakerState["state"][] = [];
  const answer: { with?: unknown } = {};
  let probes = 0;
  const breaker = new Breaker({
    probe: async () => {
      probes += 1;
      if (answer.with !== undefined) throw answer.with;
    },
    changed: ({ state }) => void told.push(state),
  });
  return { breaker, told, probes: () => probes, answer };
}

/** Lets what a probe began come to its end. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

test("three passing troubles in a row are enough, and fewer are not", () => {
  const { breaker } = rig();
  for (let round = 0; round < 5; round += 1) {
    breaker.failed(trouble("unreachable"));
    breaker.failed(trouble("busy"));
    breaker.succeeded();
  }
  expect(breaker.state.state).toBe("closed");

  for (let time = 0; time < 3; time += 1) breaker.failed(trouble("unreachable"));

  expect(breaker.state.state).toBe("open");
});

test("one that took the time limit is enough", () => {
  const { breaker } = rig();
  breaker.failed(trouble("timeout"));

  expect(breaker.state.state).toBe("open");
});

test.each(["package", "credentials", "forbidden", "missing", "region"] as const)(
  "trouble of kind %s does not pass",
  async (kind) => {
    const { breaker, told, probes } = rig();
    breaker.failed(trouble(kind));
    breaker.failed(trouble("timeout"));
    breaker.succeeded();
    vi.advanceTimersByTime(86_400_000);

    expect(breaker.state.state).toBe("off");
    expect(told).toEqual(["off"]);
    expect(probes()).toBe(0);
  },
);

test("the pause grows from half a minute to ten, and each ends with one probe", async () => {
  const { breaker, probes, answer } = rig();
  answer.with = trouble("unreachable");
  breaker.failed(trouble("timeout"));

  for (const [count, seconds] of [30, 60, 120, 240, 480, 600, 600].entries()) {
    vi.advanceTimersByTime(seconds * 1_000 - 1);
    expect(breaker.state.state).toBe("open");
    expect(probes()).toBe(count);
    vi.advanceTimersByTime(1);
    for (let asked = 0; asked < 10; asked += 1) expect(breaker.state.state).toBe("open");
    expect(probes()).toBe(count + 1);
    await settled();
  }

  answer.with = undefined;
  vi.advanceTimersByTime(600_000);
  void breaker.state;
  await settled();
  expect(breaker.state.state).toBe("closed");
  breaker.failed(trouble("timeout"));
  vi.advanceTimersByTime(30_000);
  void breaker.state;
  expect(probes()).toBe(9);
});

test("a probe that finds what does not pass turns it off", async () => {
  const { breaker, told, answer } = rig();
  answer.with = trouble("credentials");
  breaker.failed(trouble("timeout"));
  vi.advanceTimersByTime(30_000);
  void breaker.state;
  await settled();

  expect(breaker.state.state).toBe("off");
  expect(told).toEqual(["open", "off"]);
});

test("what was found to be off while a probe was under way stays off", async () => {
  const { breaker, answer } = rig();
  answer.with = trouble("timeout");
  breaker.failed(trouble("timeout"));
  vi.advanceTimersByTime(30_000);
  void breaker.state;
  breaker.failed(trouble("forbidden"));
  await settled();

  expect(breaker.state.state).toBe("off");
});

test("a probe that fails with something strange is trouble of the remote", async () => {
  const { breaker, answer } = rig();
  answer.with = new TypeError("strange");
  breaker.failed(trouble("timeout"));
  vi.advanceTimersByTime(30_000);
  void breaker.state;
  await settled();

  expect(breaker.state).toMatchObject({ state: "open", cause: { trouble: "other", message: "strange" } });
});
