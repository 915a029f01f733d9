import { afterEach, expect, test, vi } from "vitest";
import { Access } from "../../../src/store/remote/access.ts";
import { RemoteLeases } from "../../../src/store/remote/leases.ts";
import { LEASES } from "../../../src/store/remote/names.ts";
import { RemoteError } from "../../../src/store/remote/remote-error.ts";
import { MemoryObjects, MemoryPlace } from "./memory-objects.ts";

const CALL = { key: "0123456789abcdef0123456789abcdef", functionName: "simulate" };
const SECOND = 1_000;

afterEach(() => void vi.useRealTimers());

/** The leases of a machine. */
function machine(objects: MemoryObjects): RemoteLeases {
  const quiet = { changed: () => undefined, failed: () => undefined };
  return new RemoteLeases(new Access(objects, { timeoutMs: 5 * SECOND, mode: "readwrite", ...quiet }));
}

/** Waits for a call, and says whether that is over. */
function waiting(leases: RemoteLeases): { over: boolean } {
  const state = { over: false };
  void leases.wait(CALL).then(() => {
    state.over = true;
  });
  return state;
}

test("of machines that race for a call, one computes it", async () => {
  const place = new MemoryPlace();
  const machines = Array.from({ length: 20 }, () => machine(new MemoryObjects(place)));

  const answers = await Promise.all(machines.map((each) => each.acquire(CALL)));

  expect(answers.filter((answer) => answer === "ours")).toHaveLength(1);
  expect(answers.filter((answer) => answer === "theirs")).toHaveLength(19);
  await Promise.all(machines.map((each) => each.release(CALL)));
  expect(place.names(LEASES)).toEqual([]);
});

test("who waits goes on when the lease is given back", async () => {
  vi.useFakeTimers();
  const place = new MemoryPlace();
  const [one, other] = [machine(new MemoryObjects(place)), machine(new MemoryObjects(place))];
  await one.acquire(CALL);
  const state = waiting(other);

  await vi.advanceTimersByTimeAsync(30 * SECOND);
  expect(state.over).toBe(false);
  await one.release(CALL);
  await vi.advanceTimersByTimeAsync(10 * SECOND);

  expect(state.over).toBe(true);
  expect(await other.acquire(CALL)).toBe("ours");
});

test("a lease is kept for hours while its owner lives, and taken over a minute after it died", async () => {
  vi.useFakeTimers();
  const place = new MemoryPlace();
  const objects = new MemoryObjects(place);
  const [one, other] = [machine(objects), machine(new MemoryObjects(place))];
  await one.acquire(CALL);
  const state = waiting(other);

  await vi.advanceTimersByTimeAsync(3 * 3600 * SECOND);
  expect(state.over).toBe(false);
  objects.script = () => "unreachable"; // as of a machine that is gone
  await vi.advanceTimersByTimeAsync(40 * SECOND);
  expect(state.over).toBe(false);
  await vi.advanceTimersByTimeAsync(60 * SECOND);

  expect(state.over).toBe(true);
  expect(await other.acquire(CALL)).toBe("ours");
});

test("waiting ends where nobody waits any more", async () => {
  vi.useFakeTimers();
  const place = new MemoryPlace();
  const [one, other] = [machine(new MemoryObjects(place)), machine(new MemoryObjects(place))];
  await one.acquire(CALL);
  let [wanted, over] = [true, false];
  void other
    .wait(CALL, () => wanted)
    .then(() => {
      over = true;
    });
  await vi.advanceTimersByTimeAsync(30 * SECOND);
  expect(over).toBe(false);

  wanted = false;
  await vi.advanceTimersByTimeAsync(5 * SECOND);

  expect(over).toBe(true);
  expect(await other.acquire(CALL)).toBe("theirs");
});

test("a machine that slept does not give back the lease of the one that took it over", async () => {
  const place = new MemoryPlace();
  const [one, other] = [machine(new MemoryObjects(place)), machine(new MemoryObjects(place))];
  await one.acquire(CALL);
  for (const name of place.names(LEASES)) place.objects.delete(name);
  await other.acquire(CALL);

  await one.release(CALL);

  expect(place.names(LEASES)).toHaveLength(1);
});

test("a lease whose answer was lost on its way is ours all the same", async () => {
  class Forgetful extends MemoryObjects {
    override async put(...args: Parameters<MemoryObjects["put"]>): Promise<"stored" | "exists"> {
      await super.put(...args);
      return "exists";
    }
  }

  expect(await machine(new Forgetful()).acquire(CALL)).toBe("ours");
});

test("where none can be had, the call is computed without one, and who waits does not wait for ever", async () => {
  const objects = new MemoryObjects();
  const leases = machine(objects);
  objects.script = (request) =>
    request === "put" ? { error: new RemoteError("unsupported", "no conditional create") } : undefined;

  expect(await leases.acquire(CALL)).toBe("none");
  objects.script = (request) => (request === "list" ? "other" : undefined);
  await leases.wait(CALL);
});
