import pLimit, { type LimitFunction } from "p-limit";
import { messageOf, systemCode } from "../../errors.ts";
import type { RemoteMode } from "../../remote-location.ts";
import type { ObjectStore, Operation } from "./backends/object-store.ts";
import { Breaker, type BreakerState } from "./breaker.ts";
import { RemoteError } from "./remote-error.ts";

/** Uploads leave the greater part of the connections to look-ups, which somebody waits for. */
const WRITES_AT_ONCE = 8;

export interface AccessOptions {
  /** How long an operation may go without moving a byte, in milliseconds. */
  readonly timeoutMs: number;
  readonly mode: RemoteMode;
  readonly changed: (state: BreakerState) => void;
  /** An operation that failed. */
  readonly failed: (what: string, error: RemoteError) => void;
}

/** The remote is left alone at present, and was not asked. */
export class LeftAlone extends Error {
  override readonly cause: RemoteError;

  constructor(cause: RemoteError) {
    super(`it is left alone after it failed: ${cause.message}`);
    this.cause = cause;
  }
}

/**
 * The way to a remote: each operation has a limit for how long nothing may move, there are only so many at once, and a
 * remote that fails is left alone for a while. Before the first one, it is checked that the remote lets us in.
 */
export class Access {
  readonly objects: ObjectStore;
  readonly #timeoutMs: number;
  readonly #mode: RemoteMode;
  readonly #failed: AccessOptions["failed"];
  readonly #breaker: Breaker;
  readonly #reads: LimitFunction;
  readonly #writes: LimitFunction;
  #checked: Promise<void> | undefined;

  constructor(objects: ObjectStore, { timeoutMs, mode, changed, failed }: AccessOptions) {
    this.objects = objects;
    this.#mode = mode;
    this.#timeoutMs = timeoutMs;
    this.#failed = failed;
    this.#breaker = new Breaker({ probe: () => this.#check(), changed });
    this.#reads = pLimit(objects.concurrency);
    this.#writes = pLimit(Math.min(WRITES_AT_ONCE, objects.concurrency));
  }

  get state(): BreakerState {
    return this.#breaker.state;
  }

  /** Whether the remote is there and lets us in: asked once. @throws RemoteError */
  ready(): Promise<void> {
    this.#checked ??= this.#guarded("read", "check", () => this.#check()).catch((error: unknown) => {
      // It may let us in later.
      this.#checked = undefined;
      throw error;
    });
    return this.#checked;
  }

  /**
   * An operation that reads.
   *
   * @throws RemoteError where it failed; LeftAlone where it was not tried; the system's error of a file of this machine.
   */
  read<T>(what: string, act: (objects: ObjectStore, operation: Operation) => Promise<T>): Promise<T> {
    return this.#reads(() => this.#run("read", what, act));
  }

  /** An operation that writes. Throws as `read` does. */
  write<T>(what: string, act: (objects: ObjectStore, operation: Operation) => Promise<T>): Promise<T> {
    return this.#writes(() => this.#run("write", what, act));
  }

  close(): void {
    this.objects.close();
  }

  async #run<T>(
    kind: "read" | "write",
    what: string,
    act: (objects: ObjectStore, operation: Operation) => Promise<T>,
  ): Promise<T> {
    const { state } = this;
    if (state.state !== "closed") throw new LeftAlone(state.cause);
    await this.ready();
    // Others may have found out meanwhile, while this one waited for its turn.
    const now = this.state;
    if (now.state !== "closed") throw new LeftAlone(now.cause);
    return this.#guarded(kind, what, () => this.#limited((operation) => act(this.objects, operation)));
  }

  async #guarded<T>(kind: "read" | "write", what: string, act: () => Promise<T>): Promise<T> {
    try {
      const result = await act();
      this.#breaker.succeeded();
      return result;
    } catch (error) {
      if (isLocal(error)) throw error;
      const failure = error instanceof RemoteError ? error : new RemoteError("other", messageOf(error), error);
      this.#failed(what, failure);
      if (concernsAll(kind, failure)) this.#breaker.failed(failure);
      throw failure;
    }
  }

  async #check(): Promise<void> {
    try {
      await this.#limited((operation) => this.objects.check(operation));
    } catch (error) {
      // Who only writes need not be allowed to look.
      if (this.#mode !== "write" || !(error instanceof RemoteError) || error.trouble !== "forbidden") throw error;
    }
  }

  /** Ends an operation in which nothing moves for too long, whether or not it listens to that. */
  async #limited<T>(act: (operation: Operation) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const seconds = this.#timeoutMs / 1000;
    const stalled = new RemoteError(
      "timeout",
      `${this.objects.url} did not answer within ${seconds} s. Where it is only slow, give it more time: ?timeout=${Math.ceil(seconds * 4)}s.`,
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const expire = (): void => {
        controller.abort(stalled);
        reject(stalled);
      };
      timer = setTimeout(expire, this.#timeoutMs);
    });
    const operation: Operation = { signal: controller.signal, progress: () => timer?.refresh() };
    try {
      const acting = act(operation);
      acting.catch(() => undefined);
      return await Promise.race([acting, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What files of this machine fail with: that they cannot be read or written is no fault of the remote. */
const LOCAL: ReadonlySet<string | undefined> = new Set(
  "E_CACHE E_FILE_UNREADABLE EACCES EDQUOT EEXIST EFBIG EIO EISDIR EMFILE ENFILE ENOENT ENOSPC ENOTDIR EPERM EROFS".split(
    " ",
  ),
);

function isLocal(error: unknown): boolean {
  return !(error instanceof RemoteError) && LOCAL.has(systemCode(error));
}

/**
 * Whether a failure says something of other operations: what one object is does not, nor that nothing may be written, or
 * that there is no room for it: what is there can still be read.
 */
function concernsAll(kind: "read" | "write", { trouble }: RemoteError): boolean {
  if (trouble === "damaged" || trouble === "unsupported") return false;
  return !(kind === "write" && (trouble === "forbidden" || trouble === "other"));
}
