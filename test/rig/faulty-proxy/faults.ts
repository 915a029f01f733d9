/** `up` is what the client sends, `down` what the server answers. */
export type Direction = "up" | "down";

/**
 * What happens to a connection when so many bytes of it have passed.
 *
 * - `reset`: it breaks, as when the server's process was killed.
 * - `truncate`: it ends, as if that were all.
 * - `stall`: nothing more passes, for ever, and the connection stays open.
 */
export interface Cut {
  readonly how: "reset" | "truncate" | "stall";
  /** Bytes of a connection that pass first: counted from when the fault was set, or the connection began. */
  readonly afterBytes: number;
  /** Default: `down`. */
  readonly direction?: Direction;
  /** On how many connections, each as it gets there; on all by default. */
  readonly times?: number;
}

/** What is wrong with the way between client and server. What is left out is in order. */
export interface Faults {
  /** Added to each round trip, in milliseconds: half of it each way. */
  readonly latencyMs?: number;
  /** What all connections together can carry in one direction. */
  readonly bytesPerSecond?: { readonly up?: number; readonly down?: number };
  readonly cut?: Cut;
  /** Connections are accepted, those that are there kept, and nothing ever passes on any of them again. */
  readonly hang?: boolean;
  /** Nobody listens, and the connections that are there break. */
  readonly refuse?: boolean;
  /** So many requests from now on are answered with `503 SlowDown` in the words of S3, and the server never sees them. */
  readonly slowDown?: number;
}

export interface ProxyCounts {
  readonly connections: number;
  /** First lines of HTTP/1.1 requests, where one begins what arrives at a time. */
  readonly requests: number;
  /** Requests that were answered with 503. */
  readonly slowedDown: number;
  /** Connections that were cut. */
  readonly cut: number;
  /** Bytes that passed. */
  readonly up: number;
  readonly down: number;
}
