import type { Place } from "../cacheable/registry.ts";
import type { AbsentCall, ForwardedUpload, RemoteStanding } from "../store/remote/remote.ts";
import type { ScalableEvent } from "../telemetry/event.ts";

/** A value on its way to or from a worker, in the form in which values are stored. */
export interface Parcel {
  readonly bytes: Uint8Array;
  readonly layout: readonly number[];
  readonly bare: readonly (readonly (string | number)[])[];
}

/**
 * How a function is found in a worker: a cacheable by its place, a plain function as the export of its module that has
 * this text.
 */
export type FunctionRef =
  | { readonly kind: "cacheable"; readonly place: Place }
  | { readonly kind: "export"; readonly module: string; readonly name: string; readonly text: string };

/** Properties of a result whose values are paths of files and folders that belong to it. */
export type Outputs = readonly (readonly [property: string, kind: "file" | "folder"])[];

/** How many times as much a call may ask for as its component says, as it ran out of that before. */
export interface Growth {
  readonly memory: number;
  readonly walltime: number;
}

/** A call as a provider gets it. */
export interface RemoteCall {
  readonly id: string;
  /** What it is called in reports. */
  readonly name: string;
  readonly functionName: string;
  /** Its key, where the session knows it. */
  readonly key: string | undefined;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly growth: Growth;
  /** `a new result`: what was computed for others, or before, will not do. */
  readonly wants: "any result" | "a new result";
  readonly fn: FunctionRef;
  /** The arguments, as an array. */
  readonly args: Parcel;
  readonly outputs: Outputs;
  /**
   * `use`: through the cache. `verify`: the same, and a stored result is checked by computing it again. `none`: the body
   * runs, and nothing is read or stored.
   */
  readonly cache: "use" | "verify" | "none";
  /** Which results come back as they are: `short` leaves those that are long, and stored, in the store. */
  readonly handOver: "always" | "short";
  /** What its session has found out, where it looked for the call in a shared cache in vain. */
  readonly absent: AbsentCall | undefined;
  /** How the shared cache of its session stands, where there is one. */
  readonly shared: RemoteStanding | undefined;
  readonly timeoutMs: number | undefined;
  /** `alone`: in a worker that runs nothing else meanwhile, so that it is known who takes it away. */
  readonly company: "any" | "alone";
}

/**
 * Where a call could start now: on a worker that is up, on a new one, or on a new one for which idle workers of other
 * components are stopped.
 */
export type Room = "worker" | "new worker" | "exchange";

/** What one try of a call used. */
export interface Usage {
  readonly durationS: number;
  readonly cpuS: number;
  readonly peakMemoryBytes: number;
}

/** How one try of a call ended. */
export type Outcome =
  /** `unshared`: it belongs into the cache, and whoever computed it could not put it there. */
  | { readonly end: "value"; readonly value: Parcel; readonly usage: Usage; readonly unshared?: boolean }
  /** The result is in the store, and too long to be handed over. */
  | { readonly end: "stored"; readonly usage: Usage }
  | { readonly end: "error"; readonly error: unknown; readonly usage: Usage }
  | { readonly end: "timeout" }
  /** Its worker is gone. `bystander`: something else than this call was why. */
  | { readonly end: "lost"; readonly reason: string; readonly bystander: boolean }
  /** It needed more than its job had asked for. */
  | { readonly end: "exhausted"; readonly what: keyof Growth; readonly reason: string }
  /** Somebody else ended it. */
  | { readonly end: "cancelled"; readonly reason: string };

/** What a provider tells of a call. */
export interface CallListener {
  started(workerId: string): void;
  ended(outcome: Outcome): void;
}

/** What a provider tells of all calls. */
export interface ProviderListener {
  event(event: ScalableEvent): void;
  /** Something that a call printed. */
  output(callId: string, text: string): void;
  /** Something that a call stored, and that is to be uploaded to a shared cache. */
  upload(upload: ForwardedUpload): void;
}

/** A place where calls run. */
export interface Provider {
  /** Whether a call of a component could start now, and where. */
  roomFor(component: string, call: Pick<RemoteCall, "company">): Room | undefined;
  /** Starts a call. Only where there is room. */
  run(component: string, call: RemoteCall, listener: CallListener): void;
  /** Ends a call that runs, with its worker. Its listener is told that it is lost. */
  kill(callId: string): void;
  /** What becomes of calls that run when the session is closed: they are waited for, or ended, as they may take days. */
  readonly whenClosed: "wait" | "cancel";
  /** Stops all workers; calls that still run are lost. */
  close(): Promise<void>;
  /** The process is about to end, without closing anything: what can go on without it does. */
  leave(): void;
  /** How many workers there are. */
  readonly workers: number;
}
