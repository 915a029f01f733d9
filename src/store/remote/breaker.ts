import { messageOf } from "../../errors.ts";
import { RemoteError, type RemoteTrouble } from "./remote-error.ts";

/** So many passing troubles in a row, and a remote is left alone … */
const PATIENCE = 3;
/** … for so long at first, and twice as long each time, up to the longest. Milliseconds. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** What does not pass by waiting: somebody has to change something. */
const LASTING: ReadonlySet<RemoteTrouble> = new Set(["package", "credentials", "forbidden", "missing", "region"]);
/** What has cost so much time already that once is enough. */
const COSTLY: ReadonlySet<RemoteTrouble> = new Set(["timeout"]);

export type BreakerState =
  | { readonly state: "closed" }
  /** It is left alone. */
  | { readonly state: "open"; readonly cause: RemoteError; readonly until: number }
  /** It is left alone for good. */
  | { readonly state: "off"; readonly cause: RemoteError };

/**
 * Decides when a sick remote is left alone: after a few failures in a row, or one that took the time limit. No operation
 * is ever used to find out whether it is well again, as that would cost a call its time: `probe` does that, beside them.
 */
export class Breaker {
  readonly #probe: () => Promise<void>;
  readonly #changed: (state: BreakerState) => void;
  #state: BreakerState = { state: "closed" };
  #failures = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #probing = false;

  constructor({ probe, changed }: { probe: () => Promise<void>; changed: (state: BreakerState) => void }) {
    this.#probe = probe;
    this.#changed = changed;
  }

  /** How it stands now. Where a pause is over, begins to ask whether the remote is well. */
  get state(): BreakerState {
    const state = this.#state;
    if (state.state === "open" && performance.now() >= state.until && !this.#probing) void this.#ask();
    return state;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = FIRST_PAUSE_MS;
    if (this.#state.state === "open") this.#become({ state: "closed" });
  }

  failed(cause: RemoteError): void {
    if (this.#state.state === "off") return;
    if (LASTING.has(cause.trouble)) {
      this.#become({ state: "off", cause });
      return;
    }
    this.#failures += COSTLY.has(cause.trouble) ? PATIENCE : 1;
    if (this.#failures < PATIENCE || this.#state.state === "open") return;
    this.#pause(cause);
  }

  #pause(cause: RemoteError): void {
    const until = performance.now() + this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#become({ state: "open", cause, until });
  }

  async #ask(): Promise<void> {
    this.#probing = true;
    try {
      await this.#probe();
      this.succeeded();
    } catch (error) {
      const cause = error instanceof RemoteError ? error : new RemoteError("other", messageOf(error), error);
      if (LASTING.has(cause.trouble)) this.failed(cause);
      // An operation that was still under way may have found out more.
      else if (this.#state.state === "open") this.#pause(cause);
    } finally {
      this.#probing = false;
    }
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#changed(state);
  }
}
