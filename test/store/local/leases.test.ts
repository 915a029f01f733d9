import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import type { Acquired, Lease } from "../../../src/store/local/leases.ts";
import type { LocalStore } from "../../../src/store/local/local-store.ts";
import { emptyFolder, openStore, put, withIndex } from "../local-rig.ts";

function leaseOf(acquired: Acquired): Lease {
  if (acquired.state !== "acquired") throw new Error(`The lease is ${acquired.state}.`);
  return acquired.lease;
}

function idOf(acquired: Acquired): number {
  if (acquired.state !== "held") throw new Error(`The lease is ${acquired.state}.`);
  return acquired.id;
}

/** Two stores on one folder, as two threads have them, and a third. */
async function several(): Promise<readonly [LocalStore, LocalStore, LocalStore]> {
  const dir = await emptyFolder();
  return [await openStore(dir), await openStore(dir), await openStore(dir)];
}

test("one of two may compute; the other waits until it is done, and finds the entry", async () => {
  const [a, b] = await several();
  const lease = leaseOf(a.leases.acquire("k", "stored"));
  const held = b.leases.acquire("k", "stored");
  const waiting = b.leases.wait("k", idOf(held));

  await a.publish({ ...publication("k"), key: "k" }, lease);

  expect(await waiting).toEqual({ state: "ended" });
  expect(b.leases.acquire("k", "stored")).toEqual({ state: "stored" });
  expect(b.lookup("k")).toBeTypeOf("object");
});

function publication(key: string) {
  const value = { pieces: [Buffer.from("ff0f54", "hex")], bytes: 3, layout: [3] };
  return { key, functionName: "f", value, bare: [], captured: [], durationMs: 1, call: undefined };
}

test("different calls do not wait for each other", async () => {
  const [a, b] = await several();
  leaseOf(a.leases.acquire("k", "stored"));

  expect(b.leases.acquire("other", "stored").state).toBe("acquired");
});

test("a lease that is given back is there for one of those who wait", async () => {
  const [a, b, c] = await several();
  const lease = leaseOf(a.leases.acquire("k", "stored"));
  const waiting = [b, c].map((store) => store.leases.wait("k", idOf(store.leases.acquire("k", "stored"))));

  a.leases.release(lease);

  expect(await Promise.all(waiting)).toEqual([{ state: "ended" }, { state: "ended" }]);
  const states = [b, c].map((store) => store.leases.acquire("k", "stored").state);
  expect(states.sort()).toEqual(["acquired", "held"]);
});

test("a failure reaches all who wait; the next call runs again", async () => {
  const [a, b, c] = await several();
  const lease = leaseOf(a.leases.acquire("k", "stored"));
  const waiting = [b, c].map((store) => store.leases.wait("k", idOf(store.leases.acquire("k", "stored"))));
  const error = Object.assign(new RangeError("too far", { cause: "no road" }), { code: "E_FAR", list: [1, 2] });

  a.leases.fail(lease, error);

  for (const waited of await Promise.all(waiting)) {
    if (waited.state !== "failed") throw new Error("It did not fail.");
    expect(waited.error).toBeInstanceOf(RangeError);
    expect(waited.error).toMatchObject({ message: "too far", cause: "no road", code: "E_FAR", list: [1, 2] });
    expect((waited.error as Error).stack).toBe(error.stack);
  }
  expect(b.leases.acquire("k", "stored").state).toBe("acquired");
});

class Failure extends Error {
  override readonly name = "Failure";
  readonly callback = () => 1;
  readonly status = 7;
}

test.each<[string, unknown, unknown]>([
  ["a text", "just text", "just text"],
  ["undefined", undefined, undefined],
  ["an object", { code: 1 }, { code: 1 }],
  ["a function", () => 1, "() => 1"],
  ["a symbol", Symbol("s"), "Symbol(s)"],
  [
    "an error of a class, with what cannot be passed on",
    new Failure("no"),
    { name: "Failure", message: "no", status: 7 },
  ],
  ["an error whose cause cannot be passed on", new Error("no", { cause: () => 1 }), { name: "Error", message: "no" }],
])("%s that was thrown arrives as well as it can", async (_what, thrown, arriving) => {
  const [a, b] = await several();
  const lease = leaseOf(a.leases.acquire("k", "stored"));
  const waiting = b.leases.wait("k", idOf(b.leases.acquire("k", "stored")));

  a.leases.fail(lease, thrown);

  const waited = await waiting;
  expect(waited.state).toBe("failed");
  const { error } = waited as { error: unknown };
  if (typeof arriving === "object") expect(error).toMatchObject(arriving as object);
  else expect(error).toBe(arriving);
});

test("an error that cannot even be looked at frees those who wait", async () => {
  const [a, b] = await several();
  const lease = leaseOf(a.leases.acquire("k", "stored"));
  const waiting = b.leases.wait("k", idOf(b.leases.acquire("k", "stored")));
  const error = Object.defineProperty(new Error("no"), "worse", {
    enumerable: true,
    get: () => {
      throw new Error("do not look");
    },
  });

  a.leases.fail(lease, error);

  expect(await waiting).toMatchObject({ state: "failed", error: { message: "What was thrown cannot be shown." } });
  expect(b.leases.acquire("k", "stored").state).toBe("acquired");
});

test("whoever waits for an owner that is gone notices it, and takes over", async () => {
  const [a] = await several();
  a.lookup("k");
  // As a process that was killed leaves it.
  const insert = "INSERT INTO leases VALUES (?, 7, '1-0123456789abcdef', 0, NULL)";
  withIndex(a.dir, (db) => void db.prepare(insert).run("k"));

  expect(await a.leases.wait("k", 7)).toEqual({ state: "ended" });
  expect(a.leases.acquire("k", "stored").state).toBe("acquired");
});

test("who recomputes takes the lease although an entry is there, and who ignores one entry does not ignore another", async () => {
  const [a, b] = await several();
  await put(a, "k", 1);
  const old = a.lookup("k");
  if (typeof old === "string") throw new Error(old);

  expect(a.leases.acquire("k", "stored").state).toBe("stored");
  const lease = leaseOf(a.leases.acquire("k", { storedOtherThan: old.digest }));
  a.leases.release(lease);
  a.leases.release(leaseOf(a.leases.acquire("k", "never")));
  await put(b, "k", 2);

  expect(a.leases.acquire("k", { storedOtherThan: old.digest }).state).toBe("stored");
});

test("after the folder was deleted, the same store makes itself known again", async () => {
  const [a, b] = await several();
  leaseOf(a.leases.acquire("k", "stored"));
  rmSync(a.dir, { recursive: true });
  a.connection.close();
  b.connection.close();

  leaseOf(a.leases.acquire("k2", "stored"));

  expect(b.leases.acquire("k2", "stored").state).toBe("held");
});
