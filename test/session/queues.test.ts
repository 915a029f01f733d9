import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Room } from "../../src/providers/provider.ts";
import { Queues } from "../../src/session/queues.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Queues with the items that are named, such as `a1`, of the component that is their first letter. */
function queuesOf(...items: readonly string[]): Queues<string> {
  const queues = new Queues<string>();
  for (const item of items) queues.push(item.slice(0, 1), item);
  return queues;
}

const rooms =
  (byComponent: Readonly<Record<string, Room>>) =>
  (component: string): Room | undefined =>
    byComponent[component];

/** Takes all that can be taken, as if each call ended at once. */
function takeAll(queues: Queues<string>, roomFor: (component: string) => Room | undefined): string[] {
  const taken: string[] = [];
  for (let next = queues.take(roomFor); next !== undefined; next = queues.take(roomFor)) {
    taken.push(next.item);
    queues.ended(next.component);
  }
  return taken;
}

test("within a component the first comes first, and components take turns", () => {
  const queues = queuesOf("a1", "a2", "a3", "b1", "c1", "b2");

  expect(queues.size).toBe(6);
  expect(takeAll(queues, () => "worker")).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  expect(queues.size).toBe(0);
});

test("a component without room is passed over", () => {
  const queues = queuesOf("a1", "b1", "b2");

  expect(takeAll(queues, rooms({ b: "worker" }))).toEqual(["b1", "b2"]);
  expect(takeAll(queues, rooms({ a: "new worker" }))).toEqual(["a1"]);
});

test("workers are exchanged when those that are up have nothing to do", () => {
  const queues = queuesOf("a1", "b1", "b2", "b3");

  expect(takeAll(queues, rooms({ a: "exchange", b: "worker" }))).toEqual(["b1", "b2", "b3", "a1"]);
});

test("a component of which nothing runs is put off for so long only", () => {
  const queues = queuesOf("a1", "b1", "b2", "b3");
  const roomFor = rooms({ a: "exchange", b: "worker" });

  expect(queues.take(roomFor)?.item).toBe("b1");
  vi.advanceTimersByTime(1_000);

  expect(queues.take(roomFor)?.item).toBe("a1");
  expect(queues.take(roomFor)?.item).toBe("b2");
});

test("a component of which something runs is in no hurry", () => {
  const queues = queuesOf("a1", "a2", "b1", "b2");
  expect(queues.take(rooms({ a: "worker" }))?.item).toBe("a1");
  vi.advanceTimersByTime(1_000);

  expect(queues.take(rooms({ a: "exchange", b: "worker" }))?.item).toBe("b1");
});

test("where a component waited for too long and there is no room for it, others wait until there is", () => {
  const queues = queuesOf("a1", "b1", "b2");
  expect(queues.take(rooms({ b: "worker" }))?.item).toBe("b1");
  vi.advanceTimersByTime(1_000);

  expect(queues.take(rooms({ b: "worker" }))).toBeUndefined();
  queues.ended("b");
  expect(queues.take(rooms({ a: "exchange", b: "worker" }))?.item).toBe("a1");
});

test("very many items come out as they went in", () => {
  const queues = queuesOf();
  for (let n = 0; n < 10_000; n += 1) queues.push("a", `a${n}`);
  const first = Array.from({ length: 5_000 }, () => queues.take(() => "worker")?.item);
  queues.push("a", "last");

  expect(first).toEqual(Array.from({ length: 5_000 }, (_, n) => `a${n}`));
  expect(takeAll(queues, () => "worker").at(-1)).toBe("last");
});
