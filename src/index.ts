export { type AsyncMethod, type Cacheable, type CacheableWrapper, cacheable } from "./cacheable/cacheable.ts";
export type { Difference, Explanation } from "./cacheable/explain.ts";
export type { AnyFunction, CacheableOptions } from "./cacheable/options.ts";
export { type ErrorCode, type ErrorDetails, ScalableError } from "./errors.ts";
export type { CallRecord, KeyPart, PartKind } from "./identify/key.ts";
export type { ArgumentTypes } from "./identify/parameters.ts";
export type { Constructor } from "./identify/types/constructors.ts";
export { type DefinedType, defineType, type TypeDefinition } from "./identify/types/define-type.ts";
export { DirType, FileType, Ignore, type IgnoreType, type PathType } from "./identify/types/paths.ts";
export type { TypeSpec } from "./identify/types/resolve.ts";
export type { DeclaredType } from "./identify/types/type.ts";
export { Cache, type CacheOptions } from "./store/cache.ts";
export type { Captured, CapturedMember } from "./store/capture.ts";
export type {
  EntryFilter,
  EntryInfo,
  FunctionStats,
  Problem,
  ProblemKind,
  PruneOptions,
  PruneReport,
  StoreStats,
  VerifyReport,
} from "./store/store.ts";
export {
  type ArtifactEvent,
  type CacheCallEvent,
  type EventListener,
  type FailureEvent,
  type MissReason,
  onEvent,
  type ResourceEvent,
  type ScalableEvent,
  type TaskEvent,
  type TaskState,
  type WorkerEvent,
} from "./telemetry/event.ts";
export { type CacheSummary, summarizeCache } from "./telemetry/summary.ts";
