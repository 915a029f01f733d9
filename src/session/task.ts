import type { CachedFunction } from "../cacheable/identified-call.ts";
import type { FunctionRef, Growth, Outputs, Parcel, RemoteCall } from "../providers/provider.ts";
import type { AbsentCall } from "../store/remote/remote.ts";
import type { FutureControl } from "./future.ts";

/** How often a call is tried again, and for how long one try may run. */
export interface Effort {
  /** Tries beyond the first: so many after errors and timeouts, and so many after lost workers. */
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  /** How long to wait before the first retry. */
  readonly backoffMs: number | undefined;
  /** How many times more a call asks for after it ran out of it; where that is undefined, it is not tried again. */
  readonly factors: { readonly [what in keyof Growth]: number | undefined };
}

/** A submitted call, from its submission to its end. */
export interface Task extends Effort {
  readonly id: string;
  readonly name: string;
  readonly functionName: string;
  readonly component: string;
  readonly ref: FunctionRef;
  /** Properties of the result that name files and folders, which are captured with it. */
  readonly outputs: Outputs;
  /** What is known of a function whose calls go through the cache; absent where the body is always run. */
  readonly cached: CachedFunction | undefined;
  /**
   * Who asks the cache first. A worker, where its component's variables could make another key than the session would.
   */
  readonly asks: "session" | "worker";
  readonly control: FutureControl<unknown>;
  /** Whether it is a hit that is checked by computing it again. */
  verifies: boolean;
  args: Parcel | undefined;
  key: string | undefined;
  wants: RemoteCall["wants"];
  /** What was found out where its key was looked for in a shared cache in vain. */
  absent: AbsentCall | undefined;
  /** Whether other machines were asked to leave the call to this one: not yet, with success, or in vain. */
  lease: "open" | "held" | "none";
  attempt: number;
  failures: number;
  losses: number;
  /** What it asks for by now. */
  growth: Growth;
  /** How often it was lost for what another call did. */
  innocentLosses: number;
  timer: NodeJS.Timeout | undefined;
  workerId: string | undefined;
}
