import { mkdir } from "node:fs/promises";
import { onTestFinished } from "vitest";
import { ceph, type Keys } from "../../rig/ceph.ts";
import type { Finished } from "../../rig/child.ts";
import { type GcsServer, startGcs } from "../../rig/gcs-server.ts";
import type { RunOptions, Workspace } from "../../rig/workspace.ts";
import { makeBucket } from "./backends/s3-rig.ts";

/*
 * What tests of a shared cache share: the kinds of remotes there are, on real servers, and machines that use one. A machine
 * is a cache folder of its own, with processes of its own; the project's folder is the same for all.
 */

/** A place for a shared cache, until the test ends. */
export interface Place {
  readonly url: string;
  /** What processes that use it need in their environment. */
  readonly env: Env;
}

type Env = Readonly<Record<string, string | undefined>>;

export interface RemoteKind {
  readonly kind: string;
  /** Why it cannot be had on this machine. */
  readonly unavailable: string | undefined;
  /** @param options - of the URL, such as `mode=read`. */
  readonly place: (ws: Workspace, options?: string) => Promise<Place>;
}

const { server: gateway, unavailable } = await ceph();

/** All kinds of remotes, for `describe.each`. */
export const REMOTES: readonly RemoteKind[] = [
  { kind: "S3", unavailable, place: async (_, options) => s3Place(options) },
  {
    kind: "Google Cloud Storage",
    unavailable: undefined,
    place: async (_, options) => (await gcsPlace(options)).place,
  },
  { kind: "a folder", unavailable: undefined, place: folderPlace },
];

/** A new bucket on the gateway; `endpoint` where it is reached another way. */
export async function s3Place(options = "", endpoint?: string): Promise<Place> {
  if (gateway === undefined) throw new Error(`No S3: ${unavailable}`);
  const bucket = await makeBucket(gateway.endpoint, gateway.owner);
  return {
    url: withOptions(`s3://${bucket}/team`, `region=us-east-1&endpoint=${endpoint ?? gateway.endpoint}`, options),
    env: awsEnv(gateway.owner),
  };
}

/** The gateway, where there is one. */
export { gateway, unavailable as s3Unavailable };

/** As on a machine that has exactly these keys, and nothing else to do with Amazon. */
export function awsEnv({ accessKeyId, secretAccessKey }: Keys): Env {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_CONFIG_FILE: "/nonexistent/config",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

export async function gcsPlace(options = ""): Promise<{ readonly place: Place; readonly server: GcsServer }> {
  const server = await startGcs();
  onTestFinished(() => server.close());
  return { place: { url: withOptions("gs://team/shared", `endpoint=${server.url}`, options), env: {} }, server };
}

export async function folderPlace(ws: Workspace, options = ""): Promise<Place> {
  const folder = ws.resolve("shared");
  await mkdir(folder);
  return { url: withOptions(`file://${folder}`, options), env: {} };
}

export function withOptions(url: string, ...options: readonly string[]): string {
  const given = options.filter((option) => option !== "");
  return given.length === 0 ? url : `${url}${url.includes("?") ? "&" : "?"}${given.join("&")}`;
}

/** What makes a process one of a machine. Each machine writes what it ran to a file of its own. */
export function machineEnv(name: string, place: Place, more: Env = {}): Env {
  return {
    ...place.env,
    SCALABLE_CACHE_DIR: `machines/${name}/cache`,
    SCALABLE_RUNS_DIR: `machines/${name}/runs`,
    SCALABLE_CACHE_REMOTE: place.url,
    RAN: `ran-${name}`,
    ...more,
  };
}

/** Runs a script on a machine. */
export function runOn(ws: Workspace, { machine, place, script, env, ...options }: RunOn): Promise<Finished> {
  return ws.run(script, { ...options, env: machineEnv(machine, place, env) });
}

export interface RunOn extends Omit<RunOptions, "env"> {
  readonly machine: string;
  readonly place: Place;
  readonly script: string;
  readonly env?: Env;
}

/** What a machine ran since that was asked last, in the order of the alphabet. */
export async function ranOn(ws: Workspace, machine: string): Promise<string[]> {
  const text = await ws.read(`ran-${machine}`).catch(() => "");
  await ws.write(`ran-${machine}`, "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}
