import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Access, type AccessOptions, LeftAlone } from "../../../src/store/remote/access.ts";
import { RemoteError, type RemoteTrouble } from "../../../src/store/remote/remote-error.ts";
import { MemoryObjects } from "./memory-objects.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  return () => vi.useRealTimers();
});

class Rig {
  readonly objects = new MemoryObjects();
  readonly states: string[] = [];
  readonly failures: RemoteTrouble[] = [];
  readonly access: Access;

  constructor(options: Partial<AccessOptions> = {}) {
    this.access = new Access(this.objects, {
      timeoutMs: 5_000,
      mode: "readwrite",
      changed: ({ state }) => void this.states.push(state),
      failed: (_, { trouble }) => void this.failures.push(trouble),
      ...options,
    });
    onTestFinished(() => this.access.close());
  }

  get(name = "a"): Promise<Uint8Array | undefined> {
    return this.access.read("look-up", (objects, operation) => objects.get(name, 100, operation));
  }

  put(name = "a"): Promise<unknown> {
    return this.access.write("upload", (objects, operation) => objects.put(name, new Uint8Array(1), { operation }));
  }
}

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("before the first operation, it is checked once that the remote lets us in", async () => {
  const { objects, access, ...rig } = new Rig();
  const get = (): Promise<unknown> => access.read("look-up", (store, operation) => store.get("a", 1, operation));

  await Promise.all([get(), get(), get()]);

  expect(rig.failures).toEqual([]);
  expect(objects.requests.map(({ request }) => request)).toEqual(["check", "get", "get", "get"]);
});

test("an operation that stalls ends after its time, and whatever waited is not tried", async () => {
  const rig = new Rig();
  await rig.get();
  rig.objects.script = () => "stall";

  const asked = Array.from({ length: 100 }, () => outcome(rig.get()));
  await turn();
  await vi.advanceTimersByTimeAsync(5_000);
  const ends = await Promise.all(asked);

  expect(ends.filter((end) => end instanceof RemoteError && end.trouble === "timeout")).toHaveLength(64);
  expect(ends.filter((end) => end instanceof LeftAlone)).toHaveLength(36);
  expect(rig.states).toEqual(["open"]);
  expect(rig.objects.count("get")).toBe(65);
});

test("an operation that does not listen to its end is left behind", async () => {
  const rig = new Rig();
  await rig.get();
  rig.objects.script = () => ({ until: new Promise(() => undefined) });

  const asked = outcome(rig.get());
  await turn();
  await vi.advanceTimersByTimeAsync(5_000);

  expect(await asked).toMatchObject({ trouble: "timeout" });
});

test("as long as something moves, an operation may take any time", async () => {
  const rig = new Rig();
  const moving = rig.access.read("download", async (_, { progress, signal }) => {
    for (let second = 0; second < 60; second += 4) {
      await vi.advanceTimersByTimeAsync(4_000);
      progress(1);
    }
    return signal.aborted;
  });

  expect(await moving).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test("no timer is left behind, whatever an operation came to", async () => {
  const rig = new Rig();
  await rig.get();
  for (const fate of ["damaged", "unsupported", { error: new TypeError("strange") }] as const) {
    rig.objects.script = () => fate;
    await outcome(rig.get());
    await outcome(rig.put());
  }

  expect(vi.getTimerCount()).toBe(0);
});

test("an act that throws at once is a failure like any other", async () => {
  const rig = new Rig();
  const failing = rig.access.read("look-up", () => {
    throw new TypeError("strange");
  });

  expect(await outcome(failing)).toMatchObject({ trouble: "other", message: "strange" });
  expect(vi.getTimerCount()).toBe(0);
});

describe("a remote that failed", () => {
  test("is asked whether it is well beside the calls, which are not kept waiting", async () => {
    const rig = new Rig();
    await rig.get();
    rig.objects.script = () => "unreachable";
    for (let time = 0; time < 3; time += 1) await outcome(rig.get());
    expect(rig.states).toEqual(["open"]);

    rig.objects.script = () => "stall";
    await vi.advanceTimersByTimeAsync(30_000);
    const before = rig.objects.requests.length;
    expect(await outcome(rig.get())).toBeInstanceOf(LeftAlone);
    expect(rig.objects.requests.slice(before)).toEqual([{ request: "check", name: "" }]);
    await vi.advanceTimersByTimeAsync(5_000);

    rig.objects.script = () => undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await outcome(rig.get())).toBeInstanceOf(LeftAlone);
    await turn();

    expect(await rig.get()).toBeUndefined();
    expect(rig.states).toEqual(["open", "open", "closed"]);
  });

  test("before it let us in is checked again when it is well", async () => {
    const rig = new Rig();
    rig.objects.script = () => "unreachable";
    for (let time = 0; time < 3; time += 1) expect(await outcome(rig.get())).toMatchObject({ trouble: "unreachable" });
    expect(rig.objects.count("check")).toBe(3);
    rig.objects.script = () => undefined;

    await vi.advanceTimersByTimeAsync(30_000);
    await outcome(rig.get());
    await turn();

    expect(await rig.get()).toBeUndefined();
    await rig.access.ready();
  });

  test.each(["credentials", "missing", "region", "package"] as const)(
    "with %s is left alone for good",
    async (trouble) => {
      const rig = new Rig();
      rig.objects.script = () => trouble;

      const asked = await Promise.all(Array.from({ length: 80 }, () => outcome(rig.get())));
      await vi.advanceTimersByTimeAsync(3_600_000);
      await outcome(rig.get());

      expect(rig.objects.requests).toHaveLength(1);
      expect(rig.states).toEqual(["off"]);
      expect(asked.every((end) => end instanceof RemoteError || end instanceof LeftAlone)).toBe(true);
    },
  );
});

describe("what is no fault of the remote is not held against it", () => {
  test.each([
    ["a damaged object", () => "damaged" as const],
    ["what it cannot do", () => "unsupported" as const],
    ["a full disk here", () => ({ error: Object.assign(new Error("no space"), { code: "ENOSPC", syscall: "write" }) })],
    [
      "a file here that is gone",
      () => ({ error: Object.assign(new Error("none"), { code: "ENOENT", syscall: "open" }) }),
    ],
  ])("%s", async (_, fate) => {
    const rig = new Rig();
    await rig.get();
    rig.objects.script = fate;
    for (let time = 0; time < 10; time += 1) await outcome(rig.get());

    expect(rig.states).toEqual([]);
  });

  test.each(["forbidden", "other"] as const)("a write that ends with %s keeps nobody from reading", async (trouble) => {
    const rig = new Rig();
    await rig.get();
    rig.objects.script = (request) => (request === "put" ? trouble : undefined);
    for (let time = 0; time < 10; time += 1) await outcome(rig.put());

    expect(await rig.get()).toBeUndefined();
    expect(rig.states).toEqual([]);
  });
});

test("who only writes need not be allowed to look", async () => {
  const writer = new Rig({ mode: "write" });
  const reader = new Rig({ mode: "readwrite" });
  for (const rig of [writer, reader]) rig.objects.script = (request) => (request === "check" ? "forbidden" : undefined);

  expect(await writer.put()).toBe("stored");
  expect(await outcome(reader.put())).toMatchObject({ trouble: "forbidden" });
});
