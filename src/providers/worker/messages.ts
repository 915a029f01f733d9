import type { Warning } from "../../log.ts";
import type { ForwardedUpload } from "../../store/remote/remote.ts";
import type { ScalableEvent } from "../../telemetry/event.ts";
import type { Parcel, RemoteCall, Usage } from "../provider.ts";

/** What a worker is told when it starts. */
export interface WorkerSettings {
  /** A script that runs before anything else, as `preload_script` names it: URL or absolute path. */
  readonly preload: string | undefined;
}

/** To a worker. */
export interface ToWorker
  extends Pick<RemoteCall, "id" | "fn" | "args" | "outputs" | "cache" | "handOver" | "absent" | "shared"> {
  /** The key that the call must have in the worker too; undefined where nobody waits for one. */
  readonly key?: string | undefined;
}

/** From a worker. */
export type FromWorker =
  | { readonly type: "event"; readonly event: ScalableEvent }
  | { readonly type: "warning"; readonly warning: Warning }
  | { readonly type: "output"; readonly id: string; readonly text: string }
  | { readonly type: "upload"; readonly upload: ForwardedUpload }
  | { readonly type: "value"; readonly id: string; readonly value: Parcel; readonly usage: Usage }
  | { readonly type: "stored"; readonly id: string; readonly usage: Usage }
  /** `error` as `writeThrown` wrote it. */
  | { readonly type: "error"; readonly id: string; readonly error: Uint8Array; readonly usage: Usage };
