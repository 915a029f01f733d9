import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { FaultyProxyProcess } from "../../test/rig/faulty-proxy-process.ts";
import { startCeph } from "../../test/rig/start-ceph.ts";
import { NotMeasured } from "../measure.ts";
import type { Row } from "../row.ts";

const BUCKET = "bench";
/** Half of it each way: a bucket in the same part of the world. */
const ROUND_TRIP_MS = 50;

/** An S3 server in memory, near and far. */
export interface Gateway {
  /** Without a round trip of its own: to fill it. */
  readonly near: Place;
  /** Behind a proxy that adds the round trip: to measure. */
  readonly far: Place;
  /** Behind another proxy, which accepts connections and never answers. */
  readonly dead: Place;
}

/** Where a side finds the objects, and what it has to have in its environment. */
export interface Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The URL of a shared cache at a place. */
export function remoteAt({ endpoint, bucket }: Place, prefix: string, options = ""): string {
  return `s3://${bucket}/${prefix}?endpoint=${endpoint}&region=us-east-1${options}`;
}

/** @throws NotMeasured where there is no Ceph on this machine. */
export async function withGateway(measure: (gateway: Gateway) => Promise<Row[]>): Promise<Row[]> {
  const { shared, stop } = await startCeph();
  if ("unavailable" in shared) throw new NotMeasured(shared.unavailable);
  const { endpoint, owner } = shared.server;
  const port = Number(new URL(endpoint).port);
  const far = await FaultyProxyProcess.start({ port }, { latencyMs: ROUND_TRIP_MS });
  const dead = await FaultyProxyProcess.start({ port }, { hang: true });
  try {
    const client = new S3Client({ endpoint, credentials: owner, region: "us-east-1", forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    client.destroy();
    const env = {
      AWS_ACCESS_KEY_ID: owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
      AWS_CONFIG_FILE: "/nonexistent/config",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    };
    const place = (url: string): Place => ({ endpoint: url, bucket: BUCKET, env });
    return await measure({ near: place(endpoint), far: place(far.url), dead: place(dead.url) });
  } finally {
    await Promise.all([far.close(), dead.close()]);
    await stop();
  }
}
