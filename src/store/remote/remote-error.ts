import { ScalableError } from "../../errors.ts";

/**
 * What is wrong with a remote.
 *
 * - `package`: the client library is not installed.
 * - `credentials`: there are none, or they are wrong or expired.
 * - `forbidden`: they are right, and do not allow this.
 * - `missing`: there is no such bucket or folder.
 * - `region`: the bucket is in another region.
 * - `unreachable`: nobody answers at that address.
 * - `timeout`: nothing moved for too long.
 * - `busy`: it asks to be left alone for a while (503 `SlowDown`, 429).
 * - `unsupported`: it cannot do this, such as a conditional create.
 * - `damaged`: an object is not what it should be.
 * - `other`: anything else.
 */
export type RemoteTrouble =
  | "package"
  | "credentials"
  | "forbidden"
  | "missing"
  | "region"
  | "unreachable"
  | "timeout"
  | "busy"
  | "unsupported"
  | "damaged"
  | "other";

/** Why an operation on a remote failed. Its message says what to do about it. */
export class RemoteError extends ScalableError {
  readonly trouble: RemoteTrouble;

  constructor(trouble: RemoteTrouble, message: string, cause?: unknown) {
    super("E_REMOTE", message, {}, cause);
    this.trouble = trouble;
  }
}
