import fs from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf, ScalableError, systemCode } from "../../errors.ts";
import { info, warnOnce } from "../../log.ts";
import { sqliteTrouble } from "../sqlite.ts";
import { type OpenedIndex, openIndex, setAside } from "./database.ts";
import { networkFileSystemOf } from "./file-system.ts";
import type { Layout } from "./layout.ts";
import { salvage } from "./salvage.ts";

/** The store cannot do what was asked, and the user has been told. A call then does without it. */
export class StoreUnavailable extends ScalableError {
  constructor(message: string) {
    super("E_CACHE", message);
  }
}

/** How long an operation waits, without blocking the thread, for others to let go of the index. */
const PATIENCE_MS = 10_000;
/** After waiting in vain: how long operations do not wait at all. */
const IMPATIENCE_MS = 30_000;
const RECHECK_MS = 1_000;
/** How long an index that can only be read is taken for one, and for as new as it was. */
const REOPEN_MS = 10_000;

/**
 * This thread's connection to the index: opened when it is first used, opened again where the file was replaced, and
 * healed where it is damaged. All trouble ends here, as {@link StoreUnavailable} and one warning for each cause.
 */
export class Connection {
  readonly layout: Layout;
  #opened: OpenedIndex | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #impatientUntil = 0;
  #checkedAt = 0;

  constructor(layout: Layout) {
    this.layout = layout;
  }

  /** Runs something that only reads. */
  read<T>(operation: (index: Connection) => T): T {
    return this.#guarded(() => {
      this.#open();
      return operation(this);
    });
  }

  /** Runs `operation` in one transaction, all of it or nothing. Throws "busy" where another process holds the index. */
  write<T>(operation: (index: Connection) => T): T {
    return this.#guarded(() => {
      const db = this.#writable();
      this.statement("BEGIN IMMEDIATE").run();
      try {
        const result = operation(this);
        this.statement("COMMIT").run();
        return result;
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** A single statement, which is a transaction of its own. */
  run(sql: string, ...parameters: SqlValue[]): number {
    return this.#guarded(() => {
      this.#writable();
      return Number(this.statement(sql).run(...parameters).changes);
    });
  }

  /** Runs something that writes beside the index, such as a file that says that this thread lives. */
  beside<T>(operation: () => T): T {
    this.#guarded(() => this.#writable());
    return this.#once(operation);
  }

  /** Does `attempt` again while another process holds the index, waiting in between. */
  async patiently<T>(attempt: () => T): Promise<T> {
    const deadline = performance.now() < this.#impatientUntil ? 0 : performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (performance.now() >= deadline) {
          this.#impatientUntil = performance.now() + IMPATIENCE_MS;
          throw this.#unavailable("busy", "another process has locked its index for long");
        }
        await delay(5 + Math.random() * 45);
      }
    }
  }

  /** The prepared statement. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#open().prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Whether anything can be written, as far as is known. */
  get writable(): boolean {
    return this.#opened === undefined || this.#opened.state === "open";
  }

  /** Stands for the index that is open: another one after it was opened again. */
  get current(): unknown {
    return this.#opened;
  }

  /** What keeps the index from being used, if anything. */
  probe(): OpenedIndex {
    this.#opened ??= openIndex(this.layout);
    return this.#opened;
  }

  close(): void {
    this.#statements.clear();
    if (this.#opened !== undefined && "db" in this.#opened) this.#opened.db.close();
    this.#opened = undefined;
  }

  #open(): DatabaseSync {
    if (this.#opened?.state === "read-only" && performance.now() - this.#checkedAt > REOPEN_MS) this.close();
    if (this.#opened === undefined) {
      this.#checkedAt = performance.now();
      this.#opened = openIndex(this.layout);
      this.#warnOfNetwork();
    }
    if (this.#opened.state === "damaged") {
      this.heal(this.#opened.reason);
      this.#opened = openIndex(this.layout);
    }
    if ("db" in this.#opened) return this.#opened.db;
    const { state, reason } = this.#opened;
    // What cannot be used now may be usable at the next call: the disk is mounted, the folder made writable.
    this.#opened = undefined;
    throw this.#unavailable(state, reason);
  }

  /** The locks that the index depends on are not to be relied on there, neither between machines nor always on one. */
  #warnOfNetwork(): void {
    const { dir } = this.layout;
    const network = networkFileSystemOf(dir);
    if (network === undefined) return;
    warnOnce(
      dir,
      "network",
      `The cache in ${dir} is on a network file system (${network}), where its index must not be shared between machines and may be damaged. Set SCALABLE_CACHE_DIR to a folder on a disk of this machine.`,
    );
  }

  #writable(): DatabaseSync {
    if (this.#opened?.state === "open" && performance.now() - this.#checkedAt > RECHECK_MS) {
      this.#checkedAt = performance.now();
      // Somebody deleted or replaced the index: what is written into the old one would be lost.
      const now = fs.statSync(this.layout.index, { bigint: true, throwIfNoEntry: false });
      if (now?.ino !== this.#opened.inode) this.close();
    }
    const db = this.#open();
    if (this.#opened?.state === "read-only") throw this.#unavailable("read-only", this.#opened.reason);
    return db;
  }

  #guarded<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      const trouble = sqliteTrouble(error);
      if (trouble === "corrupt" || trouble === "notADatabase") {
        this.heal(messageOf(error));
        return this.#once(operation);
      }
      throw this.#explained(error);
    }
  }

  #once<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** Trouble as {@link StoreUnavailable}; "busy" and mistakes of ours as they are. */
  #explained(error: unknown): unknown {
    const trouble = sqliteTrouble(error);
    if (trouble === "busy" || trouble === "locked" || error instanceof StoreUnavailable) return error;
    const cause = trouble ?? systemCode(error);
    return cause === undefined ? error : this.#unavailable(cause, messageOf(error));
  }

  #unavailable(cause: string, reason: string): StoreUnavailable {
    const { dir } = this.layout;
    const message = `The cache in ${dir} cannot be used${cause === "read-only" ? " for storing" : ""}: ${reason}. Calls are computed without it.`;
    warnOnce(dir, cause, message);
    return new StoreUnavailable(message);
  }

  /** Sets a damaged index aside, and makes a new one of what is good in it. */
  heal(reason: string): void {
    this.close();
    const { dir } = this.layout;
    try {
      const aside = setAside(this.layout);
      if (aside === undefined) return;
      const opened = openIndex(this.layout);
      if (opened.state !== "open") return;
      const saved = salvage(aside, opened.db);
      opened.db.close();
      warnOnce(
        dir,
        `damaged ${aside}`,
        `The index of the cache in ${dir} was damaged (${reason}). A new one was made, with ${saved} entries of the old one, which is now ${aside}.`,
      );
    } catch (error) {
      info(`Healing the index of ${dir} failed: ${messageOf(error)}`);
    }
  }
}

export type SqlValue = null | number | bigint | string | Uint8Array;

/** Whether another process or thread had the index locked. */
export function isBusy(error: unknown): boolean {
  const trouble = sqliteTrouble(error);
  return trouble === "busy" || trouble === "locked";
}
