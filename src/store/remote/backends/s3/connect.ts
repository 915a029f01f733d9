import http from "node:http";
import https from "node:https";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { S3Location } from "../../../../remote-location.ts";
import { RemoteError } from "../../remote-error.ts";
import type { S3Package } from "./load-package.ts";
import { translate } from "./translate.ts";

/** A client that knows where it talks to. */
export interface Connection {
  readonly s3: S3Package;
  readonly client: S3Client;
  readonly location: S3Location;
  readonly region: string;
  /** Undefined for Amazon's own. */
  readonly endpoint: string | undefined;
  /** Its connections, for what goes past the client. */
  readonly agents: { readonly "http:": http.Agent; readonly "https:": https.Agent };
}

export interface ConnectOptions {
  readonly location: S3Location;
  /** Connections at most. */
  readonly sockets: number;
}

/** Credentials, profile, endpoint and region come from wherever the client finds them, unless the location names them. */
export async function connect(s3: S3Package, { location, sockets }: ConnectOptions): Promise<Connection> {
  const pool = { keepAlive: true, noDelay: true, maxSockets: sockets, maxFreeSockets: sockets };
  const agents = { "http:": new http.Agent(pool), "https:": new https.Agent(pool) };
  const config: S3ClientConfig = {
    ...(location.region === undefined ? {} : { region: location.region }),
    ...(location.profile === undefined ? {} : { profile: location.profile }),
    // Otherwise uploads carry trailing checksums, which only Amazon's servers are sure to know. Content-MD5 is known by all.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { httpAgent: agents["http:"], httpsAgent: agents["https:"], logger: SILENT },
  };
  const client = new s3.S3Client(config);
  try {
    const endpoint = location.endpoint ?? (await client.config.serviceConfiguredEndpoint?.());
    const region = await client.config.region().catch((error: unknown) => {
      if (endpoint !== undefined) return ANY_REGION;
      throw noRegion(location, error);
    });
    if (endpoint === undefined) return { s3, client, location, region, endpoint, agents };
    // A server of one's own rarely has a name for each bucket.
    const own = new s3.S3Client({ ...config, region, endpoint, forcePathStyle: true });
    return { s3, client: own, location, region, endpoint, agents };
  } catch (error) {
    throw error instanceof RemoteError ? error : translate(error, { location, region: undefined, endpoint: undefined });
  }
}

/** What servers that have no regions expect in a signature. */
const ANY_REGION = "us-east-1";

// The handler warns on the console of a busy pool. Being busy is what the pool is for.
const silent = (): void => undefined;
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

function noRegion({ url }: S3Location, cause: unknown): RemoteError {
  const how = "set AWS_REGION, or add ?region=… to its URL";
  return new RemoteError("region", `nothing says in which region ${url} is: ${how}`, cause);
}
