import type { Comparison } from "../identify/differences.ts";
import type { CallRecord } from "../identify/key.ts";
import type { EntryInfo, Fate } from "../store/store.ts";
import type { MissReason } from "../telemetry/event.ts";
import { explanationText } from "./explanation-text.ts";

/** The stored call that another one was compared with, and in what that differs from it. */
export interface NearestCall extends Comparison {
  readonly entry: EntryInfo;
}

/** What all explanations say. */
export interface Explained {
  /** 32 hexadecimal digits. */
  readonly key: string;
  readonly functionName: string;
  /** What the call is identified by. Absent where only the key is known, and nothing is stored under it. */
  readonly call?: CallRecord;
  /**
   * The stored call of the same function that is nearest: the same call with other code or files, or else the one that
   * differs in the fewest arguments. For a hit, of those that were stored before it. Absent where there is none.
   */
  readonly nearest?: NearestCall;
}

/** Why a call is answered from the cache, or is not. `String(explanation)` says it in lines. */
export type Explanation =
  | (Explained & {
      readonly state: "hit";
      /** The entry that answers the call. */
      readonly entry: EntryInfo;
      /** Where it is, where it is not on this machine: the URL of the shared cache. */
      readonly remote?: string;
    })
  | (Explained & {
      readonly state: "miss";
      readonly reason: MissReason;
      /** The reason in a few words, such as `params.fuelCost: 3.1 → 3.4`. */
      readonly because?: string;
      /** What is stored and does not answer the call, as it is too old, say. */
      readonly entry?: EntryInfo;
      /** What became of the call's entry. */
      readonly fate?: Fate;
    });

/** Makes `String(explanation)` say it in lines, without a property that JSON or a comparison would see. */
export function withText<E extends Explanation>(explanation: E): E {
  return Object.defineProperty(explanation, "toString", { value: () => explanationText(explanation) });
}
