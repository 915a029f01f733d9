import { inject } from "vitest";
import { demand } from "./on-demand.ts";

/** A Ceph object gateway on this machine: an S3 server that is real, and in memory. */
export interface Ceph {
  readonly endpoint: string;
  /** May make buckets. */
  readonly owner: Keys;
  /** Another user, who may do nothing in the first one's buckets. */
  readonly stranger: Keys;
}

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * The gateway that the whole test run shares, or why there is none on this machine. In CI that is an error, so that
 * nothing is left out unnoticed.
 */
export async function ceph(): Promise<{ readonly server?: Ceph; readonly unavailable?: string }> {
  const shared = await demand<Ceph>(inject("serversDoor"), "ceph");
  if ("unavailable" in shared && process.env["CI"] === "true") {
    throw new Error(`No Ceph for the tests of S3: ${shared.unavailable}`);
  }
  return shared;
}
