export { type AsyncMethod, type Cacheable, type CacheableWrapper, cacheable } from "./cacheable/cacheable.ts";
export type { Explained, Explanation, NearestCall } from "./cacheable/explanation.ts";
export type { AnyFunction, CacheableOptions } from "./cacheable/options.ts";
export { type ErrorCode, type ErrorDetails, ScalableError } from "./errors.ts";
export type { CodeDifference } from "./identify/code/compare.ts";
export type { Comparison, Difference } from "./identify/differences.ts";
export type { CallRecord, KeyPart, PartKind } from "./identify/key.ts";
export type { Leaf } from "./identify/leaves.ts";
export type { ArgumentTypes } from "./identify/parameters.ts";
export type { Constructor } from "./identify/types/constructors.ts";
export { type DefinedType, defineType, type TypeDefinition } from "./identify/types/define-type.ts";
export { DirType, FileType, Ignore, type IgnoreType, type PathType } from "./identify/types/paths.ts";
export type { TypeSpec } from "./identify/types/resolve.ts";
export type { DeclaredType } from "./identify/types/type.ts";
export { ManifestError } from "./manifest/manifest-error.ts";
export type { Problem as ManifestProblem, ProblemCode as ManifestProblemCode } from "./manifest/problem.ts";
export type { ArrayPlan } from "./session/array-plan.ts";
export { Client, type Settled, type SubmitOptions, type Submitted } from "./session/client.ts";
export { JobCancelledError, JobExhaustedError, TaskTimeoutError, WorkerLostError } from "./session/errors.ts";
export { asCompleted, type Completed, Future, type FutureStatus } from "./session/future.ts";
export { isMain } from "./session/is-main.ts";
export type { ComponentPlan, Plan, TaskPlan } from "./session/plan.ts";
export { ScalableSession } from "./session/session.ts";
export { Cache, type CacheOptions } from "./store/cache.ts";
export type { Captured, CapturedMember } from "./store/capture.ts";
export { flush } from "./store/remote/remote.ts";
export { RemoteError, type RemoteTrouble } from "./store/remote/remote-error.ts";
export type {
  EntryFilter,
  EntryInfo,
  Fate,
  FateKind,
  FunctionStats,
  Problem,
  ProblemKind,
  PruneOptions,
  PruneReport,
  Quarantine,
  StoreStats,
  VerifyReport,
} from "./store/store.ts";
export {
  type ArtifactEvent,
  type CacheCallEvent,
  type EventListener,
  type FailureEvent,
  type JobEvent,
  type JobState,
  type MissReason,
  onEvent,
  type RemoteEvent,
  type ResourceEvent,
  type ScalableEvent,
  type TaskEvent,
  type TaskState,
  type WorkerEvent,
} from "./telemetry/event.ts";
export { type CacheSummary, summarizeCache } from "./telemetry/summary.ts";
