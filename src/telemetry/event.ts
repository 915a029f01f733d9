/**
 * Why a call was not answered from the cache.
 *
 * - `first-call`: nothing is stored of this function.
 * - `arguments`, `files`, `code`, `package`, `version`, `env`, `seed`: this is not the same as in the stored call that is
 *   nearest. Files are arguments and inputs whose content changed; a package is one that the function's code reaches.
 * - `recompute`: it was asked for.
 * - `expired`: the stored result is older than `maxAge`.
 * - `evicted`: it was removed to keep the size limit.
 * - `pruned`, `cleared`, `forgotten`: the user removed it, by `prune`, by `clear`, or that one alone.
 * - `not-stored`: the same call was computed before, and its result was not stored.
 * - `damaged`, `type-mismatch`, `check-output`, `unreadable`: there is a stored result, and it cannot be used.
 * - `quarantined`: the stored result was found to be wrong.
 * - `remote-unreachable`: nothing is stored on this machine, and the shared cache could not be asked.
 * - `cache-off`: `SCALABLE_CACHE=off`.
 * - `absent`: it is not there, and nothing says why.
 */
export type MissReason =
  | "first-call"
  | "arguments"
  | "files"
  | "code"
  | "package"
  | "version"
  | "env"
  | "seed"
  | "recompute"
  | "expired"
  | "evicted"
  | "pruned"
  | "cleared"
  | "forgotten"
  | "not-stored"
  | "damaged"
  | "type-mismatch"
  | "check-output"
  | "unreadable"
  | "quarantined"
  | "remote-unreachable"
  | "cache-off"
  | "absent";

/**
 * One call of a cacheable, at its end. Field names are those of the run folder's `cache.jsonl`, so that scripts
 * written for it read these events as they are.
 */
export interface CacheCallEvent {
  readonly type: "cache";
  /** Wall-clock time of the call's end, ISO 8601. */
  readonly timestamp: string;
  readonly function_name: string;
  /** The call's key: 32 hexadecimal digits; empty with `SCALABLE_CACHE=off`. */
  readonly key_digest: string;
  /** Whether the result came from the cache, or from a computation of the same call that was already running. */
  readonly hit: boolean;
  /**
   * Where the result came from: an entry of this machine's store, one of the shared cache, a computation in flight that
   * this call joined, or its own body.
   */
  readonly source: "store" | "remote" | "joined" | "computed";
  /** Seconds that this call took, look-up and storing included. */
  readonly duration_s: number;
  /** Seconds that the computation itself took, when it was run (now, or when the entry was stored). */
  readonly compute_s: number;
  /** For a miss: why. */
  readonly reason?: MissReason;
  /** For a miss: in what the call differs, in a few words, such as `params.fuelCost: 3.1 → 3.4` or `fuelShare (src/fuel.ts:12)`. */
  readonly because?: string;
  /** For a miss: whether the result was stored. */
  readonly stored?: boolean;
  /** For a call whose body threw. */
  readonly failed?: boolean;
  /**
   * For a stored result that was checked by computing it again. `different`: the call is a miss, and got the fresh result.
   * `failed`: they could not be compared.
   */
  readonly verified?: "same" | "different" | "failed";
  /** Where a stored result and a fresh one differ first, such as `result.demand[3].mw`. */
  readonly differs_at?: string;
}

/**
 * How a submitted call stands: waiting for a worker (or for another call), running, about to be tried again after a
 * failure, and the three ends.
 */
export type TaskState = "submitted" | "running" | "retrying" | "succeeded" | "failed" | "cancelled";

/** A call that was submitted to a session, whenever its state changes. */
export interface TaskEvent {
  readonly type: "task";
  /** Wall-clock time, ISO 8601. */
  readonly timestamp: string;
  /** Unique within the run. */
  readonly task_id: string;
  /** The task of the manifest, where the call is bound to one; the name given to `submit`, or the function's name. */
  readonly task_name: string;
  readonly function_name: string;
  readonly component: string;
  readonly state: TaskState;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Where it runs or ran; absent for hits, which need no worker. */
  readonly worker_id?: string;
  /** At the end of a call that went through the cache: whether it was a hit. */
  readonly hit?: boolean;
  /** The call's key, from its start on, where the session knows it. */
  readonly key_digest?: string;
  /** At the end: seconds from the start of the last try to its end, in the worker. */
  readonly duration_s?: number;
  /** At the end: processor seconds that the worker spent meanwhile. */
  readonly cpu_s?: number;
  /** At the end: greatest resident memory of the worker's process so far, in bytes. */
  readonly peak_memory_bytes?: number;
}

/** A worker's beginning and end. */
export interface WorkerEvent {
  readonly type: "worker";
  readonly timestamp: string;
  readonly worker_id: string;
  readonly component: string;
  readonly state: "started" | "stopped" | "lost";
  /** Process in which it runs. */
  readonly pid?: number;
  /** For a worker that was lost: how, such as `signal SIGKILL` or `exit code 1`. */
  readonly reason?: string;
}

/**
 * How a job of a cluster ended with a call, in Slurm's words. `LOST`: Slurm does not know it any more, and it has not said how it
 * ended. `REQUEUED`: it was started again, in the same place of the queue.
 */
export type JobState =
  | "COMPLETED"
  | "FAILED"
  | "TIMEOUT"
  | "OUT_OF_MEMORY"
  | "NODE_FAIL"
  | "PREEMPTED"
  | "CANCELLED"
  | "LOST"
  | "REQUEUED";

/** One try of a call in a job of a cluster, at its end. */
export interface JobEvent {
  readonly type: "job";
  readonly timestamp: string;
  readonly task_id: string;
  readonly task_name: string;
  readonly function_name: string;
  readonly component: string;
  readonly attempt: number;
  /** How often the cluster had started the job again before. */
  readonly restart: number;
  /** As Slurm names it, such as `4711_12`. */
  readonly job_id: string;
  readonly state: JobState;
  readonly node?: string;
  /** Cores that the job had. */
  readonly cpus?: number;
  readonly key_digest?: string;
  /** Wall-clock time, ISO 8601. */
  readonly submitted_at: string;
  /** Seconds from its submission to its start. */
  readonly waited_s?: number;
  /** Where the job has told: seconds that the call took, processor seconds, and greatest resident memory in bytes. */
  readonly duration_s?: number;
  readonly cpu_s?: number;
  readonly peak_memory_bytes?: number;
}

/** What the session's own process uses, now and then. */
export interface ResourceEvent {
  readonly type: "resource";
  readonly timestamp: string;
  /** Processor time of the process and its threads, as a share of one core: 1.5 is one and a half cores. */
  readonly cpu: number;
  readonly memory_bytes: number;
  readonly workers: number;
  readonly tasks_running: number;
  readonly tasks_waiting: number;
}

/** A try that failed. */
export interface FailureEvent {
  readonly type: "failure";
  readonly timestamp: string;
  readonly task_id: string;
  readonly task_name: string;
  readonly function_name: string;
  readonly component: string;
  readonly attempt: number;
  readonly worker_id?: string;
  /** Class of the error, such as `RangeError`, `WorkerLostError` or `TimeoutError`. */
  readonly error_class: string;
  readonly message: string;
  readonly stack?: string;
  /** Whether it is tried again. */
  readonly retried: boolean;
}

/** A file or folder that the result of a task names, as the manifest's `outputs` or the function's type declares it. */
export interface ArtifactEvent {
  readonly type: "artifact";
  readonly timestamp: string;
  readonly task_id: string;
  readonly task_name: string;
  readonly kind: "file" | "folder";
  readonly path: string;
  readonly bytes: number;
}

/** Something that was done with the shared cache, or could not be. What look-ups came to is told by the calls. */
export interface RemoteEvent {
  readonly type: "remote";
  /** Wall-clock time of its end, ISO 8601. */
  readonly timestamp: string;
  /** Where it is, such as `s3://bucket/prefix`. */
  readonly remote: string;
  /**
   * `upload`: an entry was sent, or not (`ok`). `failure`: a request failed, whatever it was for. `paused`: the remote is
   * left alone for a while. `off`: for good. `resumed`: it is asked again.
   */
  readonly what: "upload" | "failure" | "paused" | "off" | "resumed";
  readonly ok: boolean;
  /** Of an upload. */
  readonly function_name?: string;
  readonly key_digest?: string;
  /** Bytes that were sent, compressed; what was there already is not sent. */
  readonly bytes?: number;
  readonly duration_s?: number;
  /** Of what failed: a word for the kind of trouble, such as `timeout` or `credentials`, and what was said. */
  readonly trouble?: string;
  readonly message?: string;
}

/** Everything that can be observed. Each view (terminal, files, report) reads these and nothing else. */
export type ScalableEvent =
  | CacheCallEvent
  | TaskEvent
  | WorkerEvent
  | JobEvent
  | ResourceEvent
  | FailureEvent
  | ArtifactEvent
  | RemoteEvent;

export type EventListener = (event: ScalableEvent) => void;

const listeners = new Set<EventListener>();

/**
 * Calls `listener` at the end of each call of a cacheable in this thread.
 *
 * @returns a function that ends the subscription.
 */
export function onEvent(listener: EventListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Whether anybody listens: building an event costs more than a hit does. */
export function observed(): boolean {
  return listeners.size > 0;
}

/** An error that a listener throws is the listener's: it must not fail the call that it was told of. */
export function emit(event: ScalableEvent): void {
  for (const listener of listeners) {
    try {
      listener(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
