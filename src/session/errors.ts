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
