import { ScalableError } from "../errors.ts";

/** A call's worker was gone before the call ended: it exited, was killed, or ran out of memory. */
export class WorkerLostError extends ScalableError {
  override readonly name = "WorkerLostError";
  /** How the worker ended, such as `signal SIGKILL` or `exit code 1`. */
  readonly reason: string;

  constructor(functionName: string, reason: string) {
    super("E_WORKER_LOST", `The worker of ${functionName} was lost (${reason}) before the call ended.`, {
      functionName,
    });
    this.reason = reason;
  }
}

/** One try of a call ran longer than its `timeout`, and was ended with its worker. */
export class TaskTimeoutError extends ScalableError {
  override readonly name = "TaskTimeoutError";

  constructor(functionName: string, timeoutMs: number) {
    super("E_TIMEOUT", `${functionName} ran longer than its timeout of ${timeoutMs} ms, and was ended.`, {
      functionName,
    });
  }
}

/** A call needed more memory or walltime than its job had asked for. */
export class JobExhaustedError extends ScalableError {
  override readonly name = "JobExhaustedError";
  readonly what: "memory" | "walltime";
  /** How its job ended. */
  readonly reason: string;

  constructor(functionName: string, { what, reason }: Pick<JobExhaustedError, "what" | "reason">) {
    const where = what === "memory" ? "memory of its component" : "walltime of the target";
    super(
      "E_EXHAUSTED",
      `${functionName} needed more ${what} than its job had asked for: raise the ${where}, or let retries do it, such as retries: { max: 2, ${what}: 2x }. (${reason})`,
      { functionName },
    );
    this.what = what;
    this.reason = reason;
  }
}

/** Somebody ended the job of a call: not this session. */
export class JobCancelledError extends ScalableError {
  override readonly name = "JobCancelledError";
  /** How its job ended. */
  readonly reason: string;

  constructor(functionName: string, reason: string) {
    super("E_CANCELLED", `The job of ${functionName} was cancelled from outside. (${reason})`, { functionName });
    this.reason = reason;
  }
}
