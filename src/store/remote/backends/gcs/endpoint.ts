import type { GcsLocation } from "../../../../remote-location.ts";

const GOOGLE = "https://storage.googleapis.com";

/** Where the JSON API is, and which credentials may go there. */
export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string;
  /** Whether it is on this machine. */
  readonly local: boolean;
  /**
   * - `found`: those of the client's chain, and none where it finds none.
   * - `named`: those that `GOOGLE_APPLICATION_CREDENTIALS` names; nothing is looked for.
   * - `none`: none.
   */
  readonly credentials: "found" | "named" | "none";
}

/**
 * `?endpoint=`, else `STORAGE_EMULATOR_HOST`, else Google's own. The client sends no credentials to any other server than
 * Google's, which shuts out private addresses of Google; here they go wherever the connection is encrypted. An emulator gets
 * none. A server on this machine, such as a tunnel, gets those that were named, since looking for others asks the network.
 */
export function endpointOf({ endpoint }: GcsLocation): Endpoint {
  const emulator = process.env["STORAGE_EMULATOR_HOST"];
  if (endpoint === undefined && emulator !== undefined && emulator !== "") {
    const url = /^\w+:\/\//.test(emulator) ? emulator : `http://${emulator}`;
    return { url: trimmed(url).replace(/\/storage\/v1$/, ""), local: isLocal(url), credentials: "none" };
  }
  const url = trimmed(endpoint ?? GOOGLE);
  const local = isLocal(url);
  if (url.startsWith("https:")) return { url, local, credentials: "found" };
  const named = (process.env["GOOGLE_APPLICATION_CREDENTIALS"] ?? "") !== "";
  return { url, local, credentials: local && named ? "named" : "none" };
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, "");
}

function isLocal(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
