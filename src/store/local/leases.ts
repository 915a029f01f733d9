import { setTimeout as delay } from "node:timers/promises";
import { readThrown, writeThrown } from "../thrown.ts";
import type { Connection } from "./connection.ts";
import { entryId } from "./entry-id.ts";
import { isAlive, Owner } from "./owner.ts";

/** The right to compute a call, which one thread of all processes has at a time. */
export interface Lease {
  readonly key: string;
  readonly id: number;
}

export type Acquired =
  | { readonly state: "acquired"; readonly lease: Lease }
  /** Somebody stored the entry in the meantime. */
  | { readonly state: "stored" }
  /** Somebody computes the call now. */
  | { readonly state: "held"; readonly id: number };

/** How waiting for somebody else's computation ended. */
export type Waited =
  | { readonly state: "ended" }
  /** The computation threw. */
  | { readonly state: "failed"; readonly error: unknown };

interface LeaseRow {
  readonly id: number;
  readonly owner: string;
  readonly failure: Uint8Array | null;
}

const FIRST_POLL_MS = 2;
const LONGEST_POLL_MS = 100;
/** How often a waiter asks whether the one it waits for still lives. */
const ALIVE_CHECK_MS = 1_000;
/** How long a failure stays for those who wait for it. They look several times in a second. */
const FAILURE_KEPT_MS = 3_000;
const RETRY_MS = 1_000;
/** How often this thread looks whether its own file is still there. */
const SEEN_MS = 1_000;

const INSERT = `INSERT INTO leases (key, id, owner, since)
  SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS
    (SELECT 1 FROM entries WHERE id = ?5 AND key = ?1 AND (?6 IS NULL OR substr(record, 1, 16) <> ?6))
  ON CONFLICT (key) DO NOTHING`;
const INSERT_ALWAYS = "INSERT INTO leases (key, id, owner, since) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO NOTHING";
const TAKE_OVER = "UPDATE leases SET id = ?2, owner = ?3, since = ?4, failure = NULL WHERE key = ?1 AND id = ?5";
const SELECT = "SELECT id, owner, failure FROM leases WHERE key = ?";

/** What an entry in the way of a computation does: it answers the call, or it is known and to be replaced. */
export type Unless = "stored" | "never" | { readonly storedOtherThan: Uint8Array };

/** Leases of this thread, and those that it waits for. */
export class Leases {
  readonly #connection: Connection;
  #owner: Owner | undefined;
  #seenAt = 0;
  /** Leases that a computation of this thread stands behind. */
  readonly #held = new Set<number>();
  /** Leases that are over, to be removed from the index: at once, or when it can be written again. */
  readonly #ended = new Map<number, NodeJS.Timeout>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** This thread as others see it. */
  get owner(): Owner {
    // Whoever deleted the cache folder deleted the file that says that this thread lives.
    if (performance.now() - this.#seenAt > SEEN_MS && this.#owner !== undefined) {
      this.#seenAt = performance.now();
      if (this.#owner.isThere()) return this.#owner;
      this.#owner.close();
      this.#owner = undefined;
    }
    this.#owner ??= this.#connection.beside(() => new Owner(this.#connection.layout.staging));
    return this.#owner;
  }

  /** Asks for the right to compute a call. Does not wait. */
  acquire(key: string, unless: Unless): Acquired {
    const id = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    const lease = { key, id };
    const common = [key, id, this.owner.id, Date.now()] as const;
    const inserted =
      unless === "never"
        ? this.#connection.run(INSERT_ALWAYS, ...common)
        : this.#connection.run(INSERT, ...common, entryId(key), unless === "stored" ? null : unless.storedOtherThan);
    if (inserted === 1) return this.#hold(lease);
    const row = this.#row(key);
    if (row === undefined) return { state: "stored" };
    if (row.failure === null && this.#isHeld(row)) return { state: "held", id: row.id };
    const taken = this.#connection.run(TAKE_OVER, ...common, row.id);
    return taken === 1 ? this.#hold(lease) : { state: "held", id: row.id };
  }

  #hold(lease: Lease): Acquired {
    this.#held.add(lease.id);
    return { state: "acquired", lease };
  }

  /** Whether a computation still stands behind a lease. */
  #isHeld({ id, owner }: LeaseRow): boolean {
    if (owner === this.#owner?.id) return this.#held.has(id);
    return isAlive(this.#connection.layout.staging, owner);
  }

  /** Waits until the computation with lease `id` is over, or whoever ran it is gone. */
  async wait(key: string, id: number): Promise<Waited> {
    let pause = FIRST_POLL_MS;
    // By a clock that nobody can set.
    let nextAliveCheck = performance.now() + ALIVE_CHECK_MS;
    for (;;) {
      await delay(pause);
      pause = Math.min(LONGEST_POLL_MS, pause * 2);
      const row = this.#row(key);
      if (row === undefined || row.id !== id) return { state: "ended" };
      if (row.failure !== null) return { state: "failed", error: readThrown(row.failure) };
      if (performance.now() < nextAliveCheck) continue;
      nextAliveCheck = performance.now() + ALIVE_CHECK_MS;
      if (!this.#isHeld(row)) return { state: "ended" };
    }
  }

  /** Notes that a lease was given back together with the entry that it was for. */
  published({ id }: Lease): void {
    this.#held.delete(id);
  }

  /** Gives the right back; others that wait compute themselves. */
  release(lease: Lease): void {
    this.#held.delete(lease.id);
    this.#remove(lease, 0);
  }

  /** Gives the right back, and tells those who wait what the computation threw. */
  fail(lease: Lease, error: unknown): void {
    const { key, id } = lease;
    this.#held.delete(id);
    try {
      this.#connection.run("UPDATE leases SET failure = ?3 WHERE key = ?1 AND id = ?2", key, id, writeThrown(error));
      this.#remove(lease, FAILURE_KEPT_MS);
    } catch {
      this.#remove(lease, 0);
    }
  }

  /** Removes a lease that is over, and tries again where the index cannot be written: others wait for it. */
  #remove(lease: Lease, afterMs: number): void {
    const remove = (): void => {
      this.#ended.delete(lease.id);
      try {
        this.#connection.run("DELETE FROM leases WHERE key = ? AND id = ?", lease.key, lease.id);
      } catch {
        this.#remove(lease, RETRY_MS);
      }
    };
    if (afterMs === 0) remove();
    else this.#ended.set(lease.id, setTimeout(remove, afterMs).unref());
  }

  close(): void {
    for (const timer of this.#ended.values()) clearTimeout(timer);
    if (this.#owner === undefined) return;
    try {
      // What has failed is left for those who wait to be told of; it is in nobody's way.
      this.#connection.run("DELETE FROM leases WHERE owner = ? AND failure IS NULL", this.#owner.id);
    } catch {
      // Without its owner's lock a lease holds nobody up.
    }
    this.#owner.close();
    this.#owner = undefined;
  }

  #row(key: string): LeaseRow | undefined {
    return this.#connection.read((index) => index.statement(SELECT).get(key)) as LeaseRow | undefined;
  }
}
